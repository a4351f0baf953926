// libFuzzer: any bytes are a frame of a DICOM file or a DamagedStream. The first byte chooses the decoder.
// clang++ -fsanitize=fuzzer,address; seeds: streams of tests/io/jpeg_streams.inc with one byte put before them.
#include "io/code_stream.hpp"

#include <array>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace radloom::io;
  static const std::array decoders{
      decode_jpeg_lossless, decode_jpeg_ls, reads_high_throughput() ? decode_high_throughput : decode_jpeg_2000};
  if (size == 0) return 0;
  std::vector<std::int32_t> values;
  try {
    const SampleFormat samples = decoders[data[0] % decoders.size()]({data + 1, size - 1}, {19, 24, 16}, values);
    if (values.size() != 19 * 24 || samples.bits < 1 || samples.bits > 16) std::abort();
  } catch (const DamagedStream&) {
  }
  return 0;
}
