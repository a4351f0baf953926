#include "io/inflate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "radloom/error.hpp"

namespace radloom::io {
namespace {

/// Small enough that the checksum finds the bytes in the cache, large enough that isa-l's copy of its 32 KiB history is
/// little beside the decoding.
constexpr std::size_t step = std::size_t(1) << 20;

}  // namespace

Inflater::Inflater(std::span<const std::byte> stored, std::string name)
    : stored_(stored), name_(std::move(name)), state_(std::make_unique<inflate_state>()) {
  if (left() < 2) truncated();
  if (byte(0) == 0x1f && byte(1) == 0x8b) {
    wrapper_ = Wrapper::gzip;
  } else if ((byte(0) & 0x0f) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0) {
    wrapper_ = Wrapper::zlib;
  } else {
    corrupt("is no compressed stream, though its header says so");
  }
  begin_member();
}

void Inflater::truncated() const {
  throw Error(ErrorCode::file_truncated,
      fmt::format("{}: the compressed data end too early, after {} bytes; copy the file again", name_, stored_.size()));
}

void Inflater::corrupt(const std::string& what) const {
  throw Error(ErrorCode::file_corrupt, fmt::format("{}: {}; copy the file again", name_, what));
}

void Inflater::begin_member() {
  if (wrapper_ == Wrapper::zlib) {
    if (byte(1) & 0x20) corrupt("the zlib stream needs a dictionary");
    at_ += 2;
    checksum_ = 1;
    return begin_deflate();
  }
  if (left() < 10) truncated();
  if (byte(2) != 8) corrupt("the gzip stream uses an unknown method");
  const unsigned flags = byte(3);
  if (flags & 0xe0) corrupt("the gzip header has unknown flags");
  at_ += 10;
  if (flags & 4) {  // extra field
    if (left() < 2) truncated();
    const std::size_t length = 2 + byte(0) + 256u * byte(1);
    if (left() < length) truncated();
    at_ += length;
  }
  for (const unsigned flag : {8u, 16u}) {  // name, comment
    if (!(flags & flag)) continue;
    const auto end = std::find(stored_.begin() + std::ptrdiff_t(at_), stored_.end(), std::byte{0});
    if (end == stored_.end()) truncated();
    at_ = std::size_t(end - stored_.begin()) + 1;
  }
  if (flags & 2) {  // checksum of the header
    if (left() < 2) truncated();
    at_ += 2;
  }
  checksum_ = 0;
  begin_deflate();
}

void Inflater::begin_deflate() {
  isal_inflate_init(state_.get());
  state_->crc_flag = ISAL_DEFLATE;
  state_->avail_in = 0;
  member_decoded_ = 0;
}

std::size_t Inflater::read(void* to, std::size_t count) {
  auto* const target = static_cast<std::byte*>(to);
  std::size_t done = 0;
  while (done < count && !ended_) {
    // isa-l counts in 32 bits, so input and output are handed over in steps.
    if (state_->avail_in == 0) {
      state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(stored_.data() + at_));
      state_->avail_in = std::uint32_t(std::min<std::size_t>(left(), std::size_t(1) << 30));
      at_ += state_->avail_in;
    }
    const std::size_t wanted = std::min(count - done, step);
    state_->next_out = reinterpret_cast<std::uint8_t*>(target + done);
    state_->avail_out = std::uint32_t(wanted);
    const std::uint32_t input_before = state_->avail_in;
    const int result = isal_inflate(state_.get());
    if (result != ISAL_DECOMP_OK)
      corrupt(fmt::format("the compressed data are damaged near byte {}", at_ - state_->avail_in));
    const std::size_t got = wanted - state_->avail_out;
    checksum_ = wrapper_ == Wrapper::gzip
                    ? crc32_gzip_refl(checksum_, reinterpret_cast<const std::uint8_t*>(target + done), got)
                    : isal_adler32(checksum_, reinterpret_cast<const std::uint8_t*>(target + done), got);
    done += got;
    member_decoded_ += got;
    decoded_ += got;
    if (state_->block_state == ISAL_BLOCK_FINISH) {
      end_member();
    } else if (got == 0 && state_->avail_in == input_before && left() == 0) {
      truncated();
    }
  }
  return done;
}

void Inflater::end_member() {
  // What isa-l took in and did not use: the rest of its input and whole bytes in its bit buffer.
  at_ -= state_->avail_in + std::size_t(std::max(state_->read_in_length, 0)) / 8;
  const std::size_t trailer = wrapper_ == Wrapper::gzip ? 8 : 4;
  if (left() < trailer) truncated();
  if (wrapper_ == Wrapper::gzip) {
    std::uint32_t stored_checksum = 0, stored_size = 0;
    for (unsigned i = 0; i < 4; ++i) {
      stored_checksum |= std::uint32_t(byte(i)) << (8 * i);
      stored_size |= std::uint32_t(byte(4 + i)) << (8 * i);
    }
    if (stored_checksum != checksum_) corrupt("the checksum (CRC-32) of the compressed data does not match");
    if (stored_size != std::uint32_t(member_decoded_)) corrupt("the length of the compressed data does not match");
  } else {
    std::uint32_t stored_checksum = 0;
    for (unsigned i = 0; i < 4; ++i) stored_checksum = (stored_checksum << 8) | byte(i);
    if (stored_checksum != checksum_) corrupt("the checksum (Adler-32) of the compressed data does not match");
  }
  at_ += trailer;
  if (wrapper_ == Wrapper::gzip && left() >= 2 && byte(0) == 0x1f && byte(1) == 0x8b) return begin_member();
  if (std::any_of(stored_.begin() + std::ptrdiff_t(at_), stored_.end(), [](std::byte b) { return b != std::byte{0}; }))
    corrupt(fmt::format("{} bytes that belong to no stream follow the compressed data", left()));
  ended_ = true;
}

std::uint64_t Inflater::finish() {
  std::uint64_t dropped = 0;
  std::vector<std::byte> sink;
  while (!ended_) {
    sink.resize(std::size_t(1) << 16);
    dropped += read(sink.data(), sink.size());
  }
  return dropped;
}

}  // namespace radloom::io
