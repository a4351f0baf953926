#pragma once
// Compressed frames of DICOM files (PS3.5, A.4): code streams of the JPEG family, decoded from memory.
//
// Each decoder trusts nothing: what the stream says of its size is compared with the header of the file before memory is asked for,
// and every damage ends in a DamagedStream. None keeps a state or prints: frames are decoded on several threads at once.
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace radloom::io {

/// What a frame has to hold, by the header of its file.
struct FrameSize {
  std::int64_t rows = 0, columns = 0;
  unsigned most_bits = 16;  ///< of a sample
};

/// What is wrong with a code stream, in words that go on from "its JPEG-LS code stream ".
class DamagedStream : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a stream has its samples. JPEG and JPEG-LS know no sign.
struct SampleFormat {
  unsigned bits = 0;
  bool is_signed = false;
};

/// Each sets `values` to rows x columns samples, row by row, as the stream has them.
SampleFormat decode_jpeg_lossless(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values);
SampleFormat decode_jpeg_ls(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values);
SampleFormat decode_jpeg_2000(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values);
/// The same, and streams with blocks of high throughput (ITU-T T.814), which are damage to the former.
SampleFormat decode_high_throughput(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values);

/// Whether that one may be called. Not with OpenJPEG 2.5.0, as Debian 12 and Ubuntu 24.04 have it: its decoder of such blocks writes
/// beyond its memory (its issue 1413), and ends the program over damaged ones.
bool reads_high_throughput();

/// The number in `count` bytes (up to 4) of a stream, the highest first. Throws DamagedStream where the stream ends before.
std::uint32_t big_endian(std::span<const std::uint8_t> coded, std::size_t at, std::size_t count);

/// Throws DamagedStream where a stream says something else of itself than the header of the file does.
void check_size(
    const FrameSize& size, std::uint64_t rows, std::uint64_t columns, std::uint64_t components, unsigned bits);

}  // namespace radloom::io
