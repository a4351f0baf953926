#pragma once
// Decompression that trusts nothing: every stream is decoded to its end and its checksum compared.
#include <isa-l.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace radloom::io {

/// Bytes of output that a byte of a deflate stream can make at most (a 258-byte match costs two bits).
constexpr std::uint64_t deflate_expansion = 1032;

/// Decodes a gzip file (RFC 1952; any number of members, zero bytes may follow the last one) or a zlib stream (RFC 1950;
/// likewise padded), whichever the first bytes say. `name` is the file in the messages.
/// Throws Error(file_truncated) where the input ends inside a stream, Error(file_corrupt) for anything else that is wrong.
class Inflater {
 public:
  Inflater(std::span<const std::byte> stored, std::string name);

  /// Decodes up to `count` bytes; fewer only at the end of the stream, whose checksum has then been compared.
  std::size_t read(void* to, std::size_t count);
  /// Decodes and drops what is left, so that the checksum is compared. Returns how many bytes that was.
  std::uint64_t finish();
  /// Bytes decoded so far.
  std::uint64_t decoded() const noexcept { return decoded_; }

 private:
  enum class Wrapper { gzip, zlib };
  void begin_member();
  void begin_deflate();
  void end_member();
  std::size_t left() const noexcept { return stored_.size() - at_; }
  std::uint8_t byte(std::size_t offset) const { return std::uint8_t(stored_[at_ + offset]); }
  [[noreturn]] void truncated() const;
  [[noreturn]] void corrupt(const std::string& what) const;

  std::span<const std::byte> stored_;
  std::size_t at_ = 0;  ///< first byte not consumed yet, between members
  std::string name_;
  Wrapper wrapper_ = Wrapper::gzip;
  std::unique_ptr<inflate_state> state_;
  bool ended_ = false;
  std::uint32_t checksum_ = 0;  ///< CRC-32 or Adler-32 of the member so far
  std::uint64_t member_decoded_ = 0;
  std::uint64_t decoded_ = 0;
};

}  // namespace radloom::io
