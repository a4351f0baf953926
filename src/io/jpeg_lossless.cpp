// JPEG lossless, process 14: ITU-T T.81 (ISO/IEC 10918-1), Annex H, with the Huffman coding of Annexes C and F.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "io/code_stream.hpp"

namespace radloom::io {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Markers (table B.1), without the 0xFF before them.
namespace marker {
constexpr unsigned frame_first = 0xC0, frame_lossless = 0xC3, huffman_tables = 0xC4, arithmetic_tables = 0xCC,
                   frame_last = 0xCF, restart = 0xD0, image_begin = 0xD8, image_end = 0xD9, scan = 0xDA,
                   number_of_lines = 0xDC, restart_interval = 0xDD;
}

/// The entropy-coded data up to the next marker, bit by bit (F.2.2.5).
class Bits {
 public:
  Bits(Bytes coded, std::size_t at) : coded_(coded), at_(at) {}

  /// The next 16 bits. Behind the last one follow zeros, so that a code can be looked up there too.
  unsigned peek() {
    if (count_ < 16) fill();
    return unsigned(held_ >> 48);
  }
  void skip(unsigned count) {
    if (count > count_) throw DamagedStream("ends too early");
    held_ <<= count;
    count_ -= count;
  }

  /// The marker that ends the data, of whose last byte a part may be left; nothing where the stream ends without one.
  std::optional<unsigned> next_marker() {
    fill();
    if (count_ >= 8) throw DamagedStream("goes on behind its last pixel");
    held_ = count_ = 0;
    while (coded_.size() - at_ >= 2 && coded_[at_ + 1] == 0xFF)
      ++at_;  // a marker may be preceded by any number of these
    if (coded_.size() - at_ < 2) return std::nullopt;
    at_ += 2;
    return coded_[at_ - 1];
  }

 private:
  void fill() {
    while (count_ <= 56 && at_ < coded_.size()) {
      const std::uint64_t byte = coded_[at_];
      if (byte == 0xFF) {  // is followed by 0, else it begins a marker
        if (coded_.size() - at_ < 2 || coded_[at_ + 1] != 0) return;
        ++at_;
      }
      ++at_;
      held_ |= byte << (56 - count_);
      count_ += 8;
    }
  }

  Bytes coded_;
  std::size_t at_;
  std::uint64_t held_ = 0;  ///< the next bit is the highest
  unsigned count_ = 0;      ///< bits held
};

/// Codes of the categories of differences (C.2; H.1.2.2).
class HuffmanTable {
 public:
  /// `counts` of the codes of 1 to 16 bits, and what they stand for in that order.
  HuffmanTable(Bytes counts, Bytes categories) : categories_(categories.begin(), categories.end()) {
    unsigned code = 0, index = 0;
    for (unsigned length = 1; length <= 16; ++length) {
      code <<= 1;
      index_less_code_[length] = int(index) - int(code);
      for (unsigned i = 0; i < counts[length - 1]; ++i, ++code, ++index) {
        if (code >> length != 0) throw DamagedStream("has a Huffman table of more codes than there are");
        if (categories_[index] > 16) throw DamagedStream("has differences of more than 16 bits");
        if (length <= quick_bits)
          std::fill_n(quick_.begin() + (code << (quick_bits - length)), std::size_t(1) << (quick_bits - length),
              Entry{std::uint8_t(length), categories_[index]});
      }
      end_[length] = code << (16 - length);
    }
  }

  unsigned category(Bits& bits) const {
    const unsigned next = bits.peek();
    Entry entry = quick_[next >> (16 - quick_bits)];
    if (entry.length == 0) {
      unsigned length = quick_bits + 1;
      while (length <= 16 && next >= end_[length]) ++length;
      if (length > 16) throw DamagedStream("holds a code that stands for nothing");
      const int index = index_less_code_[length] + int(next >> (16 - length));
      entry = {std::uint8_t(length), categories_[std::size_t(index)]};
    }
    bits.skip(entry.length);
    return entry.category;
  }

 private:
  struct Entry {
    std::uint8_t length = 0, category = 0;
  };
  static constexpr unsigned quick_bits = 9;  ///< codes up to this length are looked up

  std::vector<std::uint8_t> categories_;
  std::array<Entry, std::size_t(1) << quick_bits> quick_{};  ///< by the next bits; length 0: longer codes, or none
  std::array<unsigned, 17> end_{};                           ///< behind the codes of a length, as if they had 16 bits
  std::array<int, 17> index_less_code_{};
};

/// The next difference from what was predicted (H.1.2.2; F.2.2.1).
std::int32_t difference(Bits& bits, const HuffmanTable& table) {
  const unsigned category = table.category(bits);
  if (category == 0) return 0;
  if (category == 16) return 32768;  // no more bits follow
  const auto more = std::int32_t(bits.peek() >> (16 - category));
  bits.skip(category);
  return more >= 1 << (category - 1) ? more : more - (1 << category) + 1;
}

/// Samples are taken modulo 2^16 (H.2.1).
constexpr std::int32_t sample(std::int32_t value) { return value & 0xFFFF; }

/// A line but for its first sample. `predict` is given the samples at the left (Ra), above (Rb) and above at the left (Rc).
template <class Predict>
void decode_line(Bits& bits, const HuffmanTable& table, std::int32_t* line, const std::int32_t* above,
    std::size_t columns, Predict predict) {
  for (std::size_t x = 1; x < columns; ++x)
    line[x] = sample(predict(line[x - 1], above[x], above[x - 1]) + difference(bits, table));
}

class Image {
 public:
  Image(Bytes coded, const FrameSize& size) : coded_(coded), size_(size) {
    if (big_endian(coded_, 0, 2) != (0xFF00 | marker::image_begin))
      throw DamagedStream("does not begin as a JPEG image does");
    std::size_t at = 2;
    while (!scan_) {
      if (big_endian(coded_, at, 1) != 0xFF) throw DamagedStream("lacks a marker where one is due");
      while (big_endian(coded_, at, 1) == 0xFF) ++at;
      const unsigned which = coded_[at++];
      if (which < marker::frame_first || (which >= marker::restart && which <= marker::image_end))
        throw DamagedStream(fmt::format("has the marker FF{:02X} before its pixels", which));
      const std::size_t length = big_endian(coded_, at, 2);
      if (length < 2) throw DamagedStream("has a segment without a length");
      if (coded_.size() - at < length) throw DamagedStream("ends too early");
      read_segment(which, coded_.subspan(at + 2, length - 2));
      at += length;
    }
    first_ = at;
  }

  SampleFormat decode(std::vector<std::int32_t>& values) const {
    const auto columns = std::size_t(size_.columns), rows = std::size_t(size_.rows);
    if ((coded_.size() - first_) * 8 / columns < rows)
      throw DamagedStream("ends too early");  // a sample takes a bit or more
    values.resize(rows * columns);
    Bits bits(coded_, first_);
    unsigned restarts = 0;
    for (std::size_t y = 0; y < rows; ++y) {
      const bool begins = y == 0 || (lines_between_ != 0 && y % lines_between_ == 0);
      if (begins && y > 0 && bits.next_marker() != marker::restart + restarts++ % 8)
        throw DamagedStream("lacks a restart marker where one is due");
      decode_one(bits, values.data() + y * columns, columns, begins);
    }
    const auto end = bits.next_marker();
    if (end && *end != marker::image_end && *end != marker::number_of_lines)
      throw DamagedStream(fmt::format("has the marker FF{:02X} behind its pixels", *end));
    if (shift_ > 0)
      for (std::int32_t& value : values) value = sample(value << shift_);
    return {bits_, false};
  }

 private:
  /// Predictions of H.1.2.1, table H.1. A line that begins the image or follows a restart is predicted from the left alone.
  void decode_one(Bits& bits, std::int32_t* line, std::size_t columns, bool begins) const {
    const HuffmanTable& table = *scan_;
    const std::int32_t* const above = begins ? line : line - columns;
    line[0] = sample((begins ? 1 << (bits_ - shift_ - 1) : above[0]) + difference(bits, table));
    const auto rest = [&](auto predict) { decode_line(bits, table, line, above, columns, predict); };
    using Sample = std::int32_t;
    switch (begins ? 1 : predictor_) {
      case 1: return rest([](Sample a, Sample, Sample) { return a; });
      case 2: return rest([](Sample, Sample b, Sample) { return b; });
      case 3: return rest([](Sample, Sample, Sample c) { return c; });
      case 4: return rest([](Sample a, Sample b, Sample c) { return a + b - c; });
      case 5: return rest([](Sample a, Sample b, Sample c) { return a + ((b - c) >> 1); });
      case 6: return rest([](Sample a, Sample b, Sample c) { return b + ((a - c) >> 1); });
      default: return rest([](Sample a, Sample b, Sample) { return (a + b) >> 1; });
    }
  }

  void read_segment(unsigned which, Bytes segment) {
    if (which == marker::huffman_tables) return read_tables(segment);
    if (which == marker::restart_interval) {
      interval_ = big_endian(segment, 0, 2);
    } else if (which == marker::scan) {
      read_scan(segment);
    } else if (which >= marker::frame_first && which <= marker::frame_last && which != 0xC8 &&
               which != marker::arithmetic_tables) {
      if (which != marker::frame_lossless)
        throw DamagedStream(fmt::format("is of another process than the transfer syntax says (FF{:02X})", which));
      bits_ = big_endian(segment, 0, 1);
      check_size(size_, big_endian(segment, 1, 2), big_endian(segment, 3, 2), big_endian(segment, 5, 1), bits_);
      if (bits_ < 2 || bits_ > 16) throw DamagedStream(fmt::format("has {} bits in a pixel, not 2 to 16", bits_));
      component_ = big_endian(segment, 6, 1);
    }
  }

  /// B.2.4.2
  void read_tables(Bytes segment) {
    while (!segment.empty()) {
      const unsigned place = big_endian(segment, 0, 1);
      big_endian(segment, 13, 4);  // all 16 counts are there
      const Bytes counts = segment.subspan(1, 16);
      std::size_t sum = 0;
      for (const std::uint8_t count : counts) sum += count;
      if (segment.size() - 17 < sum) throw DamagedStream("has a Huffman table that is not complete");
      if (place < tables_.size())
        tables_[place].emplace(counts, segment.subspan(17, sum));  // others are of DCT coefficients
      segment = segment.subspan(17 + sum);
    }
  }

  /// B.2.3
  void read_scan(Bytes segment) {
    if (bits_ == 0) throw DamagedStream("has pixels before it says how many");
    if (big_endian(segment, 0, 1) != 1 || big_endian(segment, 1, 1) != component_)
      throw DamagedStream("has pixels of something that it does not describe");
    const unsigned table = big_endian(segment, 2, 1) >> 4;
    if (table >= tables_.size() || !tables_[table]) throw DamagedStream("lacks the Huffman table of its pixels");
    predictor_ = big_endian(segment, 3, 1);
    shift_ = big_endian(segment, 5, 1) & 15;
    if (predictor_ < 1 || predictor_ > 7 || shift_ >= bits_)
      throw DamagedStream(fmt::format("has the predictor {} and the point transform {}", predictor_, shift_));
    if (interval_ % std::size_t(size_.columns) != 0)  // H.1.1
      throw DamagedStream(fmt::format("restarts after every {} pixels, which are no whole lines", interval_));
    lines_between_ = interval_ / std::size_t(size_.columns);
    scan_ = &*tables_[table];
  }

  Bytes coded_;
  FrameSize size_;
  std::array<std::optional<HuffmanTable>, 4> tables_;
  const HuffmanTable* scan_ = nullptr;  ///< the table of the pixels, once they are reached
  std::size_t first_ = 0;               ///< where they begin
  std::size_t interval_ = 0, lines_between_ = 0;
  unsigned bits_ = 0, component_ = 0, predictor_ = 1, shift_ = 0;
};

}  // namespace

SampleFormat decode_jpeg_lossless(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values) {
  return Image(coded, size).decode(values);
}

}  // namespace radloom::io
