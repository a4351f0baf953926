#pragma once
// Where decoded bytes go.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/summary.hpp"
#include "radloom/geometry.hpp"

namespace radloom::io {

/// Takes bytes in their order.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Where the next bytes may be put before they are taken: as many as asked for, or fewer.
  virtual std::span<std::byte> room(std::size_t count) = 0;
  /// The next bytes, put into what room() gave last or lying elsewhere.
  virtual void take(std::span<const std::byte> bytes) = 0;
  /// Everything begins anew.
  virtual void restart() = 0;
};

/// All bytes, one after the other.
class WholeSink : public Sink {
 public:
  explicit WholeSink(std::byte* to) : to_(to) {}
  std::span<std::byte> room(std::size_t count) override { return {to_ + done_, count}; }
  void take(std::span<const std::byte> bytes) override;
  void restart() override { done_ = 0; }

 private:
  std::byte* to_;
  std::size_t done_ = 0;
};

/// The same, to memory that holds zeros: where there are more of them, as in most of a mask, no page is touched.
class SparseSink : public Sink {
 public:
  explicit SparseSink(std::byte* to) : to_(to) {}
  std::span<std::byte> room(std::size_t count) override;
  void take(std::span<const std::byte> bytes) override;
  void restart() override;

 private:
  std::byte* to_;
  std::size_t done_ = 0;
  std::unique_ptr<std::byte[]> scratch_;
};

/// The voxels of a box, which need not be known before the bytes come: what came before is kept until it is. Of the others there is a summary,
/// where one is asked for. One thread takes, another may say which box.
class BoxSink : public Sink {
 public:
  /// Of voxels of `width` bytes in a volume of `size`. `reader` is named where memory runs out.
  BoxSink(const std::array<std::int64_t, 3>& size, std::size_t width, std::optional<RunningSummary> summary,
      std::filesystem::path reader);
  /// The voxels of `box` go to `to`.
  void want(const Box& box, std::byte* to);
  /// Nobody wants any: what comes next is refused with Error(interrupted).
  void abandon() { abandoned_ = true; }
  std::span<std::byte> room(std::size_t count) override;
  void take(std::span<const std::byte> bytes) override;
  void restart() override;
  /// Once everything was taken and the box is known: the box is whole.
  void finish() { copy_kept(); }
  const std::optional<RunningSummary>& summary() const { return summary_; }

 private:
  /// What was taken before the box was known, and room for more.
  struct Block {
    std::shared_ptr<std::byte> memory;
    std::size_t bytes = 0;  ///< taken
  };
  void copy(std::span<const std::byte> bytes);
  void copy_kept();

  const std::array<std::int64_t, 3> size_;
  const std::size_t width_;
  const std::filesystem::path reader_;
  const std::size_t block_bytes_;
  std::optional<RunningSummary> summary_;
  Box box_;
  std::byte* to_ = nullptr;
  std::atomic<bool> wanted_ = false, abandoned_ = false;
  std::vector<Block> blocks_;
  std::uint64_t copied_ = 0;
  std::int64_t row_ = 0;  ///< of the box, the first that is not whole
};

}  // namespace radloom::io
