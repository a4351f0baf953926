#include "io/sink.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/skip_zeros.hpp"
#include "io/stored_file.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

constexpr std::size_t page = 4096;
/// What is decoded before it is looked through: a fraction of a core's cache.
constexpr std::size_t few_pages = 32 * page, step = std::size_t(1) << 19;
/// What is kept is kept in blocks that the system is given back at once.
constexpr std::size_t most_of_a_block = std::size_t(1) << 21;

}  // namespace

void WholeSink::take(std::span<const std::byte> bytes) {
  if (bytes.data() != to_ + done_) std::memcpy(to_ + done_, bytes.data(), bytes.size());
  done_ += bytes.size();
}

std::span<std::byte> SparseSink::room(std::size_t count) {
  if (!scratch_) scratch_ = std::make_unique_for_overwrite<std::byte[]>(few_pages);
  return {scratch_.get(), std::min(few_pages, count)};
}

void SparseSink::take(std::span<const std::byte> bytes) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(bytes.data());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t end = std::min(i + page - (done_ + i) % page, bytes.size());
    if (skip_zeros(from, std::int64_t(i), std::int64_t(end)) < std::int64_t(end))
      std::memcpy(to_ + done_ + i, from + i, end - i);
    i = end;
  }
  done_ += bytes.size();
}

void SparseSink::restart() {
  std::memset(to_, 0, done_);
  done_ = 0;
}

BoxSink::BoxSink(const std::array<std::int64_t, 3>& size, std::size_t width, std::optional<RunningSummary> summary,
    std::filesystem::path reader)
    : size_(size), width_(width), reader_(std::move(reader)),
      block_bytes_(std::min(most_of_a_block, std::size_t(size[0] * size[1] * size[2]) * width)),
      summary_(std::move(summary)) {}

void BoxSink::want(const Box& box, std::byte* to) {
  box_ = box;
  to_ = to;
  wanted_.store(true, std::memory_order_release);
}

std::span<std::byte> BoxSink::room(std::size_t count) {
  if (blocks_.empty() || blocks_.back().bytes == block_bytes_) blocks_.push_back({allocate(block_bytes_, reader_)});
  const Block& block = blocks_.back();
  return {block.memory.get() + block.bytes, std::min({step, count, block_bytes_ - block.bytes})};
}

void BoxSink::take(std::span<const std::byte> bytes) {
  if (abandoned_) throw Error(ErrorCode::interrupted, "nobody wants this image");
  if (summary_) summary_->add(bytes);
  if (wanted_.load(std::memory_order_acquire)) {
    copy_kept();
    return copy(bytes);
  }
  while (!bytes.empty()) {
    const auto to = room(bytes.size());
    if (bytes.data() != to.data()) std::memcpy(to.data(), bytes.data(), to.size());
    blocks_.back().bytes += to.size();
    bytes = bytes.subspan(to.size());
  }
}

void BoxSink::copy(std::span<const std::byte> bytes) {
  const auto first_byte = [&](std::int64_t row) {
    const std::int64_t y = box_.first[1] + row % box_.size[1], z = box_.first[2] + row / box_.size[1];
    return std::uint64_t((z * size_[1] + y) * size_[0] + box_.first[0]) * width_;
  };
  const std::uint64_t end = copied_ + bytes.size(), row_bytes = std::uint64_t(box_.size[0]) * width_;
  for (const std::int64_t rows = box_.size[1] * box_.size[2]; row_ < rows; ++row_) {
    const std::uint64_t first = first_byte(row_), last = first + row_bytes;
    if (first >= end) break;
    const std::uint64_t from = std::max(first, copied_), count = std::min(last, end) - from;
    std::memcpy(to_ + std::uint64_t(row_) * row_bytes + (from - first), bytes.data() + (from - copied_), count);
    if (last > end) break;
  }
  copied_ = end;
}

void BoxSink::copy_kept() {
  if (blocks_.empty() || blocks_.front().bytes == 0) return;
  Block last = std::move(blocks_.back());  // what is about to be taken may lie in it
  blocks_.pop_back();
  for (Block& block : blocks_) {
    copy({block.memory.get(), block.bytes});
    block.memory.reset();
  }
  copy({last.memory.get(), std::exchange(last.bytes, 0)});
  blocks_.assign(1, std::move(last));
}

void BoxSink::restart() {
  if (summary_) summary_->restart();
  blocks_.clear();
  copied_ = 0;
  row_ = 0;
}

}  // namespace radloom::io
