#include "io/code_stream.hpp"

#include <fmt/format.h>

namespace radloom::io {

std::uint32_t big_endian(std::span<const std::uint8_t> coded, std::size_t at, std::size_t count) {
  if (at > coded.size() || coded.size() - at < count) throw DamagedStream("ends too early");
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | coded[at + i];
  return value;
}

void check_size(
    const FrameSize& size, std::uint64_t rows, std::uint64_t columns, std::uint64_t components, unsigned bits) {
  if (components != 1) throw DamagedStream(fmt::format("has {} values in a pixel, not one", components));
  if (rows != std::uint64_t(size.rows) || columns != std::uint64_t(size.columns))
    throw DamagedStream(
        fmt::format("has {} x {} pixels where the header says {} x {}", columns, rows, size.columns, size.rows));
  if (bits < 1 || bits > size.most_bits)
    throw DamagedStream(fmt::format("has {} bits in a pixel where the header allots {}", bits, size.most_bits));
}

}  // namespace radloom::io
