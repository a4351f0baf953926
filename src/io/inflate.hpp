#pragma once
// Decompression that trusts nothing: every stream is decoded to its end and its checksum compared.
#include <isa-l.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "io/sink.hpp"
#include "io/stored_bytes.hpp"

namespace radloom::io {

/// Bytes of output that a byte of a deflate stream can make at most (a 258-byte match costs two bits).
constexpr std::uint64_t deflate_expansion = 1032;

/// Decodes a gzip file (RFC 1952; any number of members, zero bytes may follow the last one) or a zlib stream (RFC 1950;
/// likewise padded), whichever the first bytes say. `name` is the file in the messages.
/// Throws Error(file_truncated) where the input ends inside a stream, Error(file_corrupt) for anything else that is wrong.
class Inflater {
 public:
  Inflater(StoredBytes stored, std::string name);

  /// Decodes up to `count` bytes; fewer only at the end of the stream, whose checksum has then been compared.
  std::size_t read(void* to, std::size_t count);
  /// The same, into a sink.
  std::size_t read(Sink& sink, std::size_t count);
  /// Drops `skip` bytes and gives the sink up to `count`; where there are many, idle threads of the task arena help. Returns how many bytes came
  /// after the dropped ones; this is meant for all of a stream, before anything of it was read.
  std::size_t read_together(std::uint64_t skip, std::size_t count, Sink& sink);
  /// Decodes and drops up to `count` bytes. Returns how many.
  std::uint64_t drop(std::uint64_t count);
  /// Decodes and drops what is left, so that the checksum is compared.
  void finish() { drop(std::numeric_limits<std::uint64_t>::max()); }
  /// Bytes decoded so far.
  std::uint64_t decoded() const noexcept { return decoded_; }

 private:
  enum class Wrapper { gzip, zlib };
  void begin_member();
  void begin_deflate();
  void end_member();
  void see(const std::byte* bytes, std::size_t count);
  /// Whether two bytes are left and begin a gzip member; they are not taken.
  bool at_gzip();
  /// The next byte. Throws Error(file_truncated) where there is none.
  std::uint8_t take();
  [[noreturn]] void truncated() const;
  [[noreturn]] void corrupt(const std::string& what) const;

  StoredBytes stored_;  ///< what isa-l has been handed counts as gone through
  std::string name_;
  Wrapper wrapper_ = Wrapper::gzip;
  std::unique_ptr<inflate_state> state_;
  bool ended_ = false;
  std::uint32_t checksum_ = 0;  ///< CRC-32 or Adler-32 of the member so far
  std::uint64_t member_decoded_ = 0;
  std::uint64_t decoded_ = 0;
};

}  // namespace radloom::io
