#include "io/sink.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/skip_zeros.hpp"

namespace radloom::io {
namespace {

/// What is decoded before it is looked through: a fraction of a core's cache.
constexpr std::size_t page = 4096, few_pages = 32 * page, block_bytes = std::size_t(1) << 19;

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

void BoxSink::want(const Box& box, std::byte* to) {
  box_ = box;
  to_ = to;
  wanted_.store(true, std::memory_order_release);
}

std::span<std::byte> BoxSink::room(std::size_t count) {
  if (kept_.empty() || kept_.back().bytes > 0)
    kept_.push_back({std::make_unique_for_overwrite<std::byte[]>(block_bytes), 0});
  return {kept_.back().memory.get(), std::min(block_bytes, count)};
}

void BoxSink::take(std::span<const std::byte> bytes) {
  if (summary_) summary_->add(bytes);
  if (wanted_.load(std::memory_order_acquire)) {
    copy_kept();
    return copy(bytes);
  }
  while (!bytes.empty()) {
    const auto to = room(bytes.size());
    if (bytes.data() != to.data()) std::memcpy(to.data(), bytes.data(), to.size());
    kept_.back().bytes = to.size();
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
  if (kept_.empty() || kept_.front().bytes == 0) return;
  for (auto& kept : kept_) copy({kept.memory.get(), std::exchange(kept.bytes, 0)});
  std::swap(kept_.front(), kept_.back());  // the last may hold what is about to be taken
  kept_.erase(kept_.begin() + 1, kept_.end());
}

void BoxSink::restart() {
  if (summary_) summary_->restart();
  kept_.clear();
  copied_ = 0;
  row_ = 0;
}

}  // namespace radloom::io
