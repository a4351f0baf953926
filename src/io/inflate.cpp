#include "io/inflate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "io/inflate_together.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

/// Small enough that the checksum finds the bytes in the cache, large enough that isa-l's copy of its 32 KiB history is
/// little beside the decoding.
constexpr std::size_t step = std::size_t(1) << 20;

}  // namespace

Inflater::Inflater(StoredBytes stored, std::string name)
    : stored_(std::move(stored)), name_(std::move(name)), state_(std::make_unique_for_overwrite<inflate_state>()) {
  if (!at_gzip()) {
    const unsigned method = take(), flags = take();
    if ((method & 0x0f) != 8 || (method * 256 + flags) % 31 != 0)
      corrupt("is no compressed stream, though its header says so");
    stored_.seek(0);
    wrapper_ = Wrapper::zlib;
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

std::uint8_t Inflater::take() {
  if (stored_.left() == 0) truncated();
  return stored_.take();
}

bool Inflater::at_gzip() {
  if (stored_.left() < 2) return false;
  const auto at = stored_.position();
  const bool is = stored_.take() == 0x1f && stored_.take() == 0x8b;
  stored_.seek(at);
  return is;
}

void Inflater::begin_member() {
  if (wrapper_ == Wrapper::zlib) {
    take();
    if (take() & 0x20) corrupt("the zlib stream needs a dictionary");
    checksum_ = 1;
    return begin_deflate();
  }
  const auto skip = [&](unsigned bytes) {
    while (bytes-- > 0) take();
  };
  skip(2);
  if (take() != 8) corrupt("the gzip stream uses an unknown method");
  const unsigned flags = take();
  if (flags & 0xe0) corrupt("the gzip header has unknown flags");
  skip(6);          // time, how it was compressed, system
  if (flags & 4) {  // extra field
    const unsigned low = take();
    skip(low + 256u * take());
  }
  for (const unsigned flag : {8u, 16u})  // name, comment
    if (flags & flag)
      while (take() != 0) continue;
  if (flags & 2) skip(2);  // checksum of the header
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
    if (state_->avail_in == 0 && stored_.left() > 0) {
      const auto ready = stored_.ready();
      state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(ready.data()));
      state_->avail_in = std::uint32_t(std::min<std::size_t>(ready.size(), std::size_t(1) << 30));
      stored_.seek(stored_.position() + state_->avail_in);
    }
    const std::size_t wanted = std::min(count - done, step);
    state_->next_out = reinterpret_cast<std::uint8_t*>(target + done);
    state_->avail_out = std::uint32_t(wanted);
    const std::uint32_t input_before = state_->avail_in;
    const int result = isal_inflate(state_.get());
    if (result != ISAL_DECOMP_OK)
      corrupt(fmt::format("the compressed data are damaged near byte {}", stored_.position() - state_->avail_in));
    const std::size_t got = wanted - state_->avail_out;
    see(target + done, got);
    done += got;
    if (state_->block_state == ISAL_BLOCK_FINISH) {
      end_member();
    } else if (got == 0 && state_->avail_in == input_before && stored_.left() == 0) {
      truncated();
    }
  }
  return done;
}

std::size_t Inflater::read(Sink& sink, std::size_t count) {
  std::size_t done = 0;
  while (done < count && !ended_) {
    const auto room = sink.room(std::min(step, count - done));
    const std::size_t got = read(room.data(), room.size());
    sink.take(room.first(got));
    done += got;
  }
  return done;
}

void Inflater::see(const std::byte* bytes, std::size_t count) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes);
  checksum_ =
      wrapper_ == Wrapper::gzip ? crc32_gzip_refl(checksum_, data, count) : isal_adler32(checksum_, data, count);
  member_decoded_ += count;
  decoded_ += count;
}

std::size_t Inflater::read_together(std::uint64_t skip, std::size_t count, Sink& sink) {
  if (helpers_worth_having(stored_) > 0) {
    const auto first = stored_.position();
    const auto checksum = checksum_;
    if (const auto inflated =
            inflate_together(stored_, skip, count, sink, [&](auto bytes) { see(bytes.data(), bytes.size()); })) {
      stored_.seek(inflated->end);
      end_member();
      return count;
    }
    stored_.seek(first);
    checksum_ = checksum;
    member_decoded_ = decoded_ = 0;
    sink.restart();
  }
  return drop(skip) < skip ? 0 : read(sink, count);
}

void Inflater::end_member() {
  // What isa-l took in and did not use: the rest of its input and whole bytes in its bit buffer.
  stored_.seek(stored_.position() - state_->avail_in - std::uint64_t(std::max(state_->read_in_length, 0)) / 8);
  const auto number = [&](bool little_endian) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t(take()) << (little_endian ? 8 * i : 24 - 8 * i);
    return value;
  };
  if (wrapper_ == Wrapper::gzip) {
    const std::uint32_t stored_checksum = number(true), stored_size = number(true);
    if (stored_checksum != checksum_) corrupt("the checksum (CRC-32) of the compressed data does not match");
    if (stored_size != std::uint32_t(member_decoded_)) corrupt("the length of the compressed data does not match");
  } else {
    if (number(false) != checksum_) corrupt("the checksum (Adler-32) of the compressed data does not match");
  }
  if (wrapper_ == Wrapper::gzip && at_gzip()) return begin_member();
  const auto after = stored_.left();
  while (stored_.left() > 0)
    if (take() != 0) corrupt(fmt::format("{} bytes that belong to no stream follow the compressed data", after));
  ended_ = true;
}

std::uint64_t Inflater::drop(std::uint64_t count) {
  std::array<std::byte, 64> few;  // mostly there is no more than a header, or nothing at all
  std::uint64_t dropped = read(few.data(), std::size_t(std::min<std::uint64_t>(few.size(), count)));
  if (dropped == count || ended_) return dropped;
  const auto size = std::size_t(std::min<std::uint64_t>(count - dropped, std::uint64_t(1) << 16));
  const auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  while (dropped < count && !ended_)
    dropped += read(bytes.get(), std::size_t(std::min<std::uint64_t>(size, count - dropped)));
  return dropped;
}

}  // namespace radloom::io
