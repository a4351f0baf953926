// JPEG 2000 (ISO/IEC 15444-1, ITU-T T.800), high-throughput too (15444-15, T.814), through OpenJPEG.
#include <fmt/format.h>
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "io/code_stream.hpp"
#include "io/text.hpp"

namespace radloom::io {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Markers (table A.2).
namespace marker {
constexpr unsigned codestream = 0xFF4F, size = 0xFF51, coding = 0xFF52, component_coding = 0xFF53, tile = 0xFF90,
                   data = 0xFF93, end = 0xFFD9;
/// Those that OpenJPEG knows in headers. It searches the bytes behind others for the next it knows, and would find some unseen by us.
constexpr bool known(unsigned which) {
  return (which >= 0xFF50 && which <= 0xFF59 && which != 0xFF54 && which != 0xFF56) ||
         (which >= 0xFF5C && which <= 0xFF64 && which != 0xFF62) ||
         (which >= 0xFF74 && which <= 0xFF78 && which != 0xFF76);
}
}  // namespace marker

/// Walks through the headers of a code stream before OpenJPEG sees it: OpenJPEG would ask for whatever memory they promise, and takes
/// tiles that are missing for black.
class Structure {
 public:
  Structure(Bytes coded, const FrameSize& size, bool high_throughput)
      : coded_(coded), high_throughput_(high_throughput) {
    read_size(size);
    std::size_t at = walk(2, coded_.size(), marker::tile);
    while (at < coded_.size() && word(at, 2) != marker::end) at = read_tile(at);
    if (tiles_met_ != tiles_.size())
      throw DamagedStream(fmt::format("has {} of its {} tiles", tiles_met_, tiles_.size()));
    // Of every packet a byte is there, even of an empty one (B.10.3).
    if (layers_ * precincts_ > coded_.size()) throw DamagedStream("promises more packets than it has bytes");
  }

 private:
  std::uint32_t word(std::size_t at, std::size_t count) const { return big_endian(coded_, at, count); }

  /// A.5.1
  void read_size(const FrameSize& expected) {
    if (word(0, 2) != marker::codestream || word(2, 2) != marker::size)
      throw DamagedStream("does not begin as a JPEG 2000 code stream does");
    struct Axis {
      std::uint64_t end, begin, tile, tile_begin;
      std::uint64_t length() const { return end - begin; }
      std::uint64_t tiles() const { return (end - tile_begin + tile - 1) / tile; }
    };
    const auto axis = [&](std::size_t at) {
      const Axis a{word(at, 4), word(at + 8, 4), word(at + 16, 4), word(at + 24, 4)};
      if (a.end <= a.begin || a.tile == 0 || a.tile_begin > a.begin || a.tile_begin + a.tile <= a.begin)
        throw DamagedStream("has a size or tiles of nothing");
      return a;
    };
    const Axis x = axis(8), y = axis(12);
    const unsigned depth = word(42, 1);
    check_size(expected, y.length(), x.length(), word(40, 2), (depth & 127) + 1);
    if (word(43, 2) != 0x0101) throw DamagedStream("has fewer samples than pixels");
    // OpenJPEG keeps 5 kB of every tile.
    if (x.tiles() * y.tiles() > 64 + x.length() * y.length() / 256)
      throw DamagedStream(fmt::format("is cut into {} tiles", x.tiles() * y.tiles()));
    tiles_.resize(std::size_t(x.tiles() * y.tiles()));
    tile_width_ = std::min(x.tile, x.length());
    tile_height_ = std::min(y.tile, y.length());
  }

  /// The marker segments of a header, from `at` to the marker that ends it. Returns where that one stands.
  std::size_t walk(std::size_t at, std::size_t end, unsigned last) {
    while (true) {
      const unsigned which = word(at, 2);
      if (which == last) return at;
      if (!marker::known(which)) throw DamagedStream("lacks a marker where one is due");
      const std::size_t length = word(at + 2, 2);
      if (length < 2) throw DamagedStream("has a segment without a length");
      if (end - at < length + 2) throw DamagedStream("ends too early");
      if (which == marker::coding) {  // A.6.1
        layers_ = std::max<std::uint64_t>(layers_, word(at + 6, 2));
        read_coding(at + 9, (word(at + 4, 1) & 1) != 0);
      } else if (which == marker::component_coding) {  // A.6.2
        read_coding(at + 6, (word(at + 5, 1) & 1) != 0);
      }
      at += length + 2;
    }
  }

  /// Levels of decomposition, and the sizes of precincts where they are given (table A.15).
  void read_coding(std::size_t at, bool with_precincts) {
    const unsigned levels = word(at, 1);
    if (levels > 32) throw DamagedStream(fmt::format("has {} levels of decomposition", levels));
    if (!high_throughput_ && (word(at + 3, 1) & 0x40) != 0)  // T.814, A.4
      throw DamagedStream("has blocks of high throughput, which its syntax does not have");
    std::uint64_t sum = 0;
    for (unsigned i = 0; i <= levels; ++i) {
      const unsigned exponents = with_precincts ? word(at + 5 + i, 1) : 0xFF;
      const auto count = [&](std::uint64_t length, unsigned exponent) {
        const unsigned shift = levels - i + exponent;
        return shift > 32 ? 1 : (length + (std::uint64_t(1) << shift) - 1) >> shift;
      };
      sum += count(tile_width_, exponents & 15) * count(tile_height_, exponents >> 4);
    }
    precincts_ = std::max(precincts_, sum);
  }

  /// A tile-part (A.4.2). Returns where the next one stands.
  std::size_t read_tile(std::size_t at) {
    if (word(at, 2) != marker::tile || word(at + 2, 2) != 10) throw DamagedStream("lacks a tile where one is due");
    const std::size_t index = word(at + 4, 2), length = word(at + 6, 4);
    std::size_t end = at + length;
    if (length == 0) {  // up to the end of the stream, which may be padded by a byte
      end = coded_.size();
      if (end > 0 && coded_[end - 1] == 0) --end;
      if (end < at + 2 || word(end - 2, 2) != marker::end) throw DamagedStream("ends too early");
      end -= 2;
    }
    if (end > coded_.size()) throw DamagedStream("ends too early");
    if (end < at + 14) throw DamagedStream("has a tile without a length");
    if (index >= tiles_.size()) throw DamagedStream("has a tile that lies outside");
    if (walk(at + 12, end, marker::data) + 2 > end) throw DamagedStream("has a tile without data");
    if (!tiles_[index]) ++tiles_met_;
    tiles_[index] = true;
    return end;
  }

  Bytes coded_;
  bool high_throughput_;
  std::vector<bool> tiles_;  ///< which have been met
  std::size_t tiles_met_ = 0;
  std::uint64_t tile_width_ = 1, tile_height_ = 1;
  std::uint64_t layers_ = 1, precincts_ = 1;  ///< the most of any tile
};

/// What OpenJPEG reads from and reports to, of one code stream.
struct Source {
  Bytes coded;
  std::size_t at = 0;
  std::string problem;  ///< the first
};

OPJ_SIZE_T read(void* to, OPJ_SIZE_T count, void* user) {
  Source& source = *static_cast<Source*>(user);
  count = std::min(count, source.coded.size() - source.at);
  if (count == 0) return OPJ_SIZE_T(-1);
  std::memcpy(to, source.coded.data() + source.at, count);
  source.at += count;
  return count;
}
OPJ_OFF_T skip(OPJ_OFF_T count, void* user) {
  Source& source = *static_cast<Source*>(user);
  if (count < 0) return -1;
  count = OPJ_OFF_T(std::min(OPJ_SIZE_T(count), source.coded.size() - source.at));
  source.at += std::size_t(count);
  return count;
}
OPJ_BOOL seek(OPJ_OFF_T to, void* user) {
  Source& source = *static_cast<Source*>(user);
  if (to < 0 || std::uint64_t(to) > source.coded.size()) return OPJ_FALSE;
  source.at = std::size_t(to);
  return OPJ_TRUE;
}
void keep(const char* message, void* user) {
  std::string& problem = static_cast<Source*>(user)->problem;
  if (problem.empty()) problem = message;
  while (problem.ends_with('\n')) problem.pop_back();
}
void drop(const char*, void*) {}

SampleFormat decode(Bytes coded, const FrameSize& size, std::vector<std::int32_t>& values, bool high_throughput) {
  const Structure checked(coded, size, high_throughput);
  Source source{coded, 0, {}};
  const auto damaged = [&] { return DamagedStream(fmt::format("cannot be decoded: {}", shown(source.problem))); };

  const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(
      opj_create_decompress(OPJ_CODEC_J2K), opj_destroy_codec);
  constexpr std::size_t buffer = 1 << 16;
  const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> stream(
      opj_stream_create(buffer, OPJ_TRUE), opj_stream_destroy);
  if (!codec || !stream) throw std::bad_alloc();
  opj_set_info_handler(codec.get(), drop, nullptr);
  opj_set_warning_handler(codec.get(), drop, nullptr);
  opj_set_error_handler(codec.get(), keep, &source);
  opj_stream_set_read_function(stream.get(), read);
  opj_stream_set_skip_function(stream.get(), skip);
  opj_stream_set_seek_function(stream.get(), seek);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), coded.size());

  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* header = nullptr;
  const bool begun = opj_setup_decoder(codec.get(), &parameters) && opj_read_header(stream.get(), codec.get(), &header);
  const std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)> image(header, opj_image_destroy);
  if (!begun || !image) throw damaged();
  check_size(size, image->y1 - image->y0, image->x1 - image->x0, image->numcomps, image->comps[0].prec);
  // Of the data, a warning tells of damage that OpenJPEG goes on from.
  opj_set_warning_handler(codec.get(), keep, &source);
  if (!opj_decode(codec.get(), stream.get(), image.get()) || !source.problem.empty()) throw damaged();
  const opj_image_comp_t& component = image->comps[0];
  check_size(size, component.h, component.w, image->numcomps, component.prec);
  if (!component.data) throw damaged();
  values.assign(component.data, component.data + std::size_t(component.w) * component.h);
  return {component.prec, component.sgnd != 0};
}

}  // namespace

SampleFormat decode_jpeg_2000(Bytes coded, const FrameSize& size, std::vector<std::int32_t>& values) {
  return decode(coded, size, values, false);
}
SampleFormat decode_high_throughput(Bytes coded, const FrameSize& size, std::vector<std::int32_t>& values) {
  return decode(coded, size, values, true);
}
bool reads_high_throughput() { return std::string_view(opj_version()) != "2.5.0"; }

}  // namespace radloom::io
