#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "io/stored_file.hpp"

namespace radloom::io {

/// Stored bytes that are gone through from the front: of a file a block at a time, so that what is compressed takes no memory of its size, or of memory.
class StoredBytes {
 public:
  explicit StoredBytes(std::span<const std::byte> memory) : size_(memory.size()), ready_(memory) {}
  /// Bytes [first, first + count) of a file that outlives this.
  StoredBytes(const StoredFile& file, std::uint64_t first, std::uint64_t count)
      : file_(&file), first_(first), size_(count) {}
  StoredBytes(StoredBytes&&) = default;
  StoredBytes(const StoredBytes&) = delete;

  /// The same bytes for another thread, from a position on.
  StoredBytes from(std::uint64_t position) const {
    StoredBytes other = file_ ? StoredBytes(*file_, first_, size_) : StoredBytes(ready_);
    other.seek(position);
    return other;
  }
  std::uint64_t size() const noexcept { return size_; }
  std::uint64_t position() const noexcept { return position_; }
  std::uint64_t left() const noexcept { return size_ - position_; }
  void seek(std::uint64_t position) noexcept { position_ = position; }

  /// What lies ready from the position on, at least a byte where one is left. It is gone with the next call after a seek.
  /// Throws as StoredFile::read does.
  std::span<const std::byte> ready();
  /// Bytes from a position on, as many as `to` has room for; all of them are there.
  void copy(std::uint64_t position, std::span<std::byte> to) const;
  /// The byte at the position, which moves on. Only where one is left.
  std::uint8_t take() {
    const std::byte byte = ready().front();
    ++position_;
    return std::uint8_t(byte);
  }

 private:
  const StoredFile* file_ = nullptr;
  std::uint64_t first_ = 0, size_, position_ = 0;
  std::unique_ptr<std::byte[]> block_;
  std::uint64_t ready_at_ = 0;
  std::span<const std::byte> ready_;  ///< from ready_at_ on
};

}  // namespace radloom::io
