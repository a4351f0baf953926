#include "io/stored_bytes.hpp"

#include <algorithm>

namespace radloom::io {
namespace {

/// A fraction of a core's cache, which what is decompressed needs too.
constexpr std::uint64_t block_bytes = std::uint64_t(1) << 18;

}  // namespace

std::span<const std::byte> StoredBytes::ready() {
  if (file_ && (position_ < ready_at_ || position_ >= ready_at_ + ready_.size())) {
    if (!block_) block_ = std::make_unique_for_overwrite<std::byte[]>(std::size_t(std::min(block_bytes, size_)));
    const auto count = std::size_t(std::min(block_bytes, left()));
    file_->read(first_ + position_, block_.get(), count);
    ready_at_ = position_;
    ready_ = {block_.get(), count};
  }
  return ready_.subspan(std::size_t(position_ - ready_at_));
}

void StoredBytes::copy(std::uint64_t position, std::span<std::byte> to) const {
  if (file_) file_->read(first_ + position, to.data(), to.size());
  else std::copy_n(ready_.begin() + std::ptrdiff_t(position), to.size(), to.begin());
}

}  // namespace radloom::io
