// JPEG-LS (ISO/IEC 14495-1, ITU-T T.87) through CharLS.
#include <charls/charls.h>

#include <algorithm>

#include "io/code_stream.hpp"

namespace radloom::io {

SampleFormat decode_jpeg_ls(
    std::span<const std::uint8_t> coded, const FrameSize& size, std::vector<std::int32_t>& values) try {
  // CharLS (2.4) goes on for seconds where a stream ends in the middle of a code, but not where a marker stands there: so one does.
  std::vector<std::uint8_t> ended(coded.begin(), coded.end());
  ended.insert(ended.end(), {0xFF, 0xD9});
  charls::jpegls_decoder decoder(ended.data(), ended.size(), false);
  decoder.read_header();  // a SPIFF header before it is passed over: only the header of the file counts
  const charls::frame_info& info = decoder.frame_info();
  const auto bits = unsigned(info.bits_per_sample);
  check_size(size, info.height, info.width, std::uint64_t(info.component_count), bits);
  const auto decode_as = [&](auto type) {
    std::vector<decltype(type)> samples(std::size_t(size.rows * size.columns));
    decoder.decode(samples);
    values.assign(samples.begin(), samples.end());
  };
  if (bits <= 8) decode_as(std::uint8_t{});
  else decode_as(std::uint16_t{});
  return {bits, false};
} catch (const charls::jpegls_error& error) {
  throw DamagedStream(std::string("cannot be decoded: ") + error.what());
}

}  // namespace radloom::io
