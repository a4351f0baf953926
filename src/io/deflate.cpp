#include "io/deflate.hpp"

#include <isa-l.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "core/bits.hpp"
#include "core/simd.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

// What deflate (RFC 1951) counts in bytes is counted in words here.
constexpr std::size_t word_bytes = 8;
constexpr std::size_t window = 32768 / word_bytes;  ///< how far back a match may lie
constexpr std::size_t longest = 256 / word_bytes;   ///< that a match may be
constexpr std::size_t block_words = 1 << 17;        ///< that share codes, which take 30 microseconds to make
constexpr std::size_t largest_head = 65535;

std::uint64_t word(const std::byte* words, std::size_t i) {
  std::uint64_t w;
  std::memcpy(&w, words + i * word_bytes, word_bytes);
  return w;
}

std::uint32_t distance_symbol(std::uint32_t back) {
  const std::uint32_t x = back * word_bytes - 1;
  const int high = highest_bit(x);
  return std::uint32_t(2 * high) + (x >> (high - 1) & 1);
}

std::uint32_t length_symbol(std::uint32_t matched) {
  const std::uint32_t x = matched * word_bytes - 3;
  const int high = highest_bit(x);
  return std::uint32_t(253 + 4 * high) + (x >> (high - 2) & 3);
}

/// Words that are coded byte by byte, and words behind them that are the same as those so far back.
struct Token {
  std::uint32_t literals, matched, back;
};

/// What a block of a stream says, and how often it says what.
struct Block {
  const std::byte* words = nullptr;
  std::size_t size = 0;
  std::unique_ptr<Token[]> token;
  std::size_t tokens = 0;
  std::array<std::array<std::uint32_t, 256>, word_bytes> literals;  ///< bytes by their place in a word, about
  std::array<std::uint32_t, longest + 1> lengths;
  std::array<std::uint32_t, ISAL_DEF_DIST_SYMBOLS> distances;
};

/// Finds words that were there before. Where hardly any was, few are looked up, at steps that no period goes with.
RL_SIMD_CLONES void tokenise(Block& block) {
  const std::byte* const words = block.words;
  const std::size_t size = block.size;
  block.literals = {};
  block.lengths = {};
  block.distances = {};
  Token* token = block.token.get();
  std::array<std::uint32_t, window> seen{};  // where a word of this hash was last
  std::size_t begin = 0, misses = 0;         // of the literals; without a match
  for (std::size_t i = 0; i < size;) {
    const std::uint64_t w = word(words, i);
    std::size_t at = std::exchange(seen[w * 0x9E3779B97F4A7C15 >> 52], std::uint32_t(i));
    if (word(words, at) != w || at == i || i - at > window) {
      const auto step = std::uint32_t(misses < 32 ? 1 : 1 + misses % 8);
      for (std::size_t b = 0; b < word_bytes; ++b) block.literals[b][std::uint8_t(words[i * word_bytes + b])] += step;
      i += step;
      ++misses;
      continue;
    }
    for (; i > begin && at > 0 && word(words, i - 1) == word(words, at - 1); --i) --at;
    // A stretch shows in four words, foreseeably; two or three are matched one by one, which takes hardly more room.
    std::size_t end = i + 1;
    const std::size_t back = i - at;
    if (i + 4 <= size && std::memcmp(words + (at + 1) * word_bytes, words + end * word_bytes, 3 * word_bytes) == 0)
      for (end = i + 4; end < size && word(words, end - back) == word(words, end);) ++end;
    else misses /= 2;
    *token++ = {std::uint32_t(i - begin), std::uint32_t(end - i), std::uint32_t(back)};
    const auto whole = std::uint32_t((end - i) / longest), rest = std::uint32_t((end - i) % longest);
    block.lengths[longest] += whole;
    block.lengths[rest] += rest != 0;
    block.distances[distance_symbol(std::uint32_t(back))] += whole + (rest != 0);
    begin = i = end;
  }
  *token++ = {std::uint32_t(size - begin), 0, 0};
  block.tokens = std::size_t(token - block.token.get());
}

/// Puts bits behind each other, the lowest first.
class BitWriter {
 public:
  explicit BitWriter(std::byte* to) : to_(to) {}
  /// At most 56 bits may wait for `flush`.
  void put(std::uint64_t bits, std::uint32_t count) {
    bits_ |= bits << count_;
    count_ += count;
  }
  /// Whole bytes go to memory, of which 8 bytes are written.
  void flush() {
    for (int i = 0; i < 8; ++i) to_[i] = std::byte(bits_ >> 8 * i);
    to_ += count_ / 8;
    bits_ >>= count_ & ~7U;
    count_ &= 7;
  }
  void put_now(std::uint64_t bits, std::uint32_t count) {
    put(bits, count);
    flush();
  }
  /// Bytes as they are, to the end of which the stream is filled up with zeros.
  void put_stored(std::span<const std::byte> bytes, bool last) {
    put_now(last, 3);
    count_ = (count_ + 7) & ~7U;
    flush();
    put_now(bytes.size() | (~bytes.size() & 0xFFFF) << 16, 32);
    to_ = std::copy(bytes.begin(), bytes.end(), to_);
  }
  std::byte* end() const { return to_; }
  void move_to(std::byte* to) { to_ = to; }

 private:
  std::byte* to_;
  std::uint64_t bits_ = 0;
  std::uint32_t count_ = 0;
};

RL_SIMD_CLONES void encode(const Block& block, const isal_hufftables& codes, BitWriter& out) {
  BitWriter bits = out;  // in registers
  for (std::uint32_t i = 0; i < codes.deflate_hdr_count; ++i)
    bits.put_now(codes.deflate_hdr[i] & (i == 0 ? 0xFEU : 0xFFU), 8);  // isa-l means it to be the last block
  bits.put_now(codes.deflate_hdr[codes.deflate_hdr_count], codes.deflate_hdr_extra_bits);
  const std::byte* byte = block.words;
  for (std::size_t t = 0; t < block.tokens; ++t) {
    const Token token = block.token[t];
    for (const std::byte* const end = byte + token.literals * word_bytes; byte < end; byte += word_bytes)
      for (std::size_t b = 0; b < word_bytes; ++b) {
        const auto value = std::uint8_t(byte[b]);
        bits.put(codes.lit_table[value], codes.lit_table_sizes[value]);
        if (b % 3 == 2 || b + 1 == word_bytes) bits.flush();
      }
    for (std::uint32_t left = token.matched; left > 0;) {
      const std::uint32_t matched = std::min<std::uint32_t>(left, longest);
      const std::uint32_t length = codes.len_table[matched * word_bytes - 3];
      bits.put(length >> 5, length & 31);
      const std::uint32_t symbol = distance_symbol(token.back), more = symbol / 2 - 1;
      bits.put(codes.dcodes[symbol], codes.dcodes_sizes[symbol]);
      bits.put_now((token.back * word_bytes - 1) & ((1U << more) - 1), more);
      left -= matched;
    }
    byte += token.matched * word_bytes;
  }
  bits.put_now(codes.lit_table[256], codes.lit_table_sizes[256]);
  out = bits;
}

/// Huffman codes for what a block says.
void make_codes(const Block& block, isal_hufftables& codes) {
  const auto counts = std::make_unique<isal_huff_histogram>();
  for (const auto& literals : block.literals)
    for (std::size_t value = 0; value < literals.size(); ++value) counts->lit_len_histogram[value] += literals[value];
  counts->lit_len_histogram[256] = 1;
  for (std::uint32_t n = 1; n <= longest; ++n) counts->lit_len_histogram[length_symbol(n)] += block.lengths[n];
  std::copy(block.distances.begin(), block.distances.end(), counts->dist_histogram);
  if (isal_create_hufftables(&codes, counts.get()) != 0) throw Error(ErrorCode::internal, "isa-l makes no codes");
}

}  // namespace

void compress(std::span<const std::byte> head, std::span<const std::byte> body,
    const std::function<void(std::span<const std::byte>)>& write) {
  if (head.size() > largest_head) throw Error(ErrorCode::internal, "a head that one stored block does not hold");
  const std::size_t most = std::min(block_words, body.size() / word_bytes);
  const std::size_t room = 2 * most * word_bytes + head.size() + 1024;  // a code has at most 15 bits
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(room);
  const auto codes = std::make_unique<isal_hufftables>();
  Block block;
  block.token = std::make_unique_for_overwrite<Token[]>(most + 1);
  BitWriter out(memory.get());
  out.put_now(0x00088B1F, 32);        // gzip, of deflate, without a name
  out.put_now(0xFF00'0000'0000, 48);  // nor a time, on a system that is not told
  std::uint32_t checksum = 0;
  const auto sum_up = [&](std::span<const std::byte> bytes) {
    checksum = crc32_gzip_refl(checksum, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  };
  const auto hand_over = [&] {
    write({memory.get(), out.end()});
    out.move_to(memory.get());
  };
  const std::uint64_t size = head.size() + body.size();
  if (!head.empty()) out.put_stored(head, false);
  sum_up(head);
  for (; body.size() >= word_bytes; body = body.subspan(block.size * word_bytes)) {
    block.words = body.data();
    block.size = std::min(block_words, body.size() / word_bytes);
    tokenise(block);
    make_codes(block, *codes);
    encode(block, *codes, out);
    sum_up(body.first(block.size * word_bytes));
    hand_over();
  }
  out.put_stored(body, true);
  sum_up(body);
  out.put_now(checksum, 32);
  out.put_now(std::uint32_t(size), 32);
  hand_over();
}

}  // namespace radloom::io
