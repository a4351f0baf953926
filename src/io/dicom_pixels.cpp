#include "io/dicom_pixels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "io/code_stream.hpp"
#include "io/text.hpp"

namespace radloom::io {
namespace {

constexpr std::string_view rle = "1.2.840.10008.1.2.5";

/// Decodes a code stream; src/io/code_stream.hpp has the rules.
using Decoder = SampleFormat (*)(std::span<const std::uint8_t>, const FrameSize&, std::vector<std::int32_t>&);

struct Syntax {
  std::string_view uid, name;
  Decoder decode = nullptr;       ///< of the code streams that are read
  bool loses = false;             ///< may be encoded with loss
  std::uint64_t most_pixels = 0;  ///< that a byte of such a stream stands for
};
/// JPEG lossless has a bit for every pixel. JPEG-LS and JPEG 2000 have none for what is all the same: an empty slice of 4096 x 4096
/// pixels takes about 200 bytes.
constexpr std::uint64_t most_of_bits = 8, most_of_runs = std::uint64_t(1) << 17;
constexpr Syntax syntaxes[] = {
    {"1.2.840.10008.1.2", "implicit little endian"},
    {"1.2.840.10008.1.2.1", "explicit little endian"},
    {"1.2.840.10008.1.2.2", "explicit big endian"},
    {rle, "RLE"},
    {"1.2.840.10008.1.2.4.50", "JPEG baseline, lossy"},
    {"1.2.840.10008.1.2.4.51", "JPEG extended, lossy"},
    {"1.2.840.10008.1.2.4.57", "JPEG lossless", decode_jpeg_lossless, false, most_of_bits},
    {"1.2.840.10008.1.2.4.70", "JPEG lossless, first-order prediction", decode_jpeg_lossless, false, most_of_bits},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS lossless", decode_jpeg_ls, false, most_of_runs},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless", decode_jpeg_ls, true, most_of_runs},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 lossless", decode_jpeg_2000, false, most_of_runs},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000", decode_jpeg_2000, true, most_of_runs},
    {"1.2.840.10008.1.2.4.100", "MPEG-2"},
    {"1.2.840.10008.1.2.4.102", "MPEG-4"},
    {"1.2.840.10008.1.2.4.201", "high-throughput JPEG 2000 lossless", decode_high_throughput, false, most_of_runs},
    {"1.2.840.10008.1.2.4.202", "high-throughput JPEG 2000 lossless RPCL", decode_high_throughput, false, most_of_runs},
    {"1.2.840.10008.1.2.4.203", "high-throughput JPEG 2000", decode_high_throughput, true, most_of_runs},
    {"1.2.840.10008.1.2.8.1", "deflated frames"},
};

const Syntax* syntax_of(const DicomObject& object) {
  for (const Syntax& syntax : syntaxes)
    if (object.transfer_syntax == syntax.uid) return &syntax;
  return nullptr;
}

/// PackBits (PS3.5, G.3.2). What is left over after the last byte is padding.
void unpack_bits(const DicomObject& object, const std::uint8_t* from, std::size_t count, std::uint8_t* to,
    std::size_t expected, std::size_t stride) {
  std::size_t at = 0, done = 0;
  while (done < expected) {
    if (at >= count) object.refuse(ErrorCode::file_truncated, "a run-length coded segment ends too early");
    const unsigned head = from[at++];
    if (head == 128) continue;
    const bool repeats = head > 128;
    const std::size_t length = repeats ? 257 - head : head + 1;
    if ((repeats ? 1 : length) > count - at)
      object.refuse(ErrorCode::file_truncated, "a run-length coded segment ends too early");
    if (length > expected - done)
      object.refuse(
          ErrorCode::file_corrupt, "a run-length coded segment holds another number of pixels than the header says");
    for (std::size_t i = 0; i < length; ++i, ++done) to[done * stride] = from[repeats ? at : at + i];
    at += repeats ? 1 : length;
  }
}

/// A frame of bytes planes, the most significant first (PS3.5, G.2), to little-endian pixels.
void decode_rle(const DicomObject& object, const std::vector<std::uint8_t>& coded, std::size_t pixels,
    std::size_t width, std::vector<std::uint8_t>& bytes) {
  const auto word = [&](std::size_t i) {
    return std::uint64_t(coded[4 * i]) | std::uint64_t(coded[4 * i + 1]) << 8 | std::uint64_t(coded[4 * i + 2]) << 16 |
           std::uint64_t(coded[4 * i + 3]) << 24;
  };
  if (coded.size() < 64)
    object.refuse(ErrorCode::file_truncated, "a run-length coded frame is shorter than its header");
  if (word(0) != width)
    object.refuse(ErrorCode::file_corrupt,
        fmt::format("a run-length coded frame has {} segments where {} are due", word(0), width));
  bytes.resize(pixels * width);
  for (std::size_t segment = 0; segment < width; ++segment) {
    const std::uint64_t first = word(1 + segment), last = segment + 1 < width ? word(2 + segment) : coded.size();
    if (first < 64 || last < first || last > coded.size())
      object.refuse(ErrorCode::file_corrupt, "the segments of a run-length coded frame do not lie behind one another");
    unpack_bits(
        object, coded.data() + first, std::size_t(last - first), bytes.data() + (width - 1 - segment), pixels, width);
  }
}

/// The stored bytes of an encapsulated frame: a fragment of its own, or all that the offset table gives it.
std::vector<std::uint8_t> coded_frame(
    const StoredFile& file, const DicomObject& object, const PixelFormat& format, std::int64_t index) {
  const auto& fragments = object.fragments;
  std::size_t first = 0, last = fragments.size();
  if (format.frames > 1 && std::int64_t(fragments.size()) == format.frames) {
    first = std::size_t(index), last = first + 1;
  } else if (format.frames > 1) {
    const auto& table = object.frame_offsets;
    if (std::int64_t(table.size()) != format.frames)
      object.refuse(ErrorCode::file_unreadable,
          fmt::format("has {} compressed pieces for {} frames and no table that says which belong together",
              fragments.size(), format.frames));
    const std::uint64_t base = fragments.empty() ? 0 : fragments.front().offset - 8;
    const auto piece_at = [&](std::uint64_t offset) {
      const auto found = std::lower_bound(fragments.begin(), fragments.end(), base + offset + 8,
          [](const Extent64& fragment, std::uint64_t at) { return fragment.offset < at; });
      if (found == fragments.end() || found->offset - 8 - base != offset)
        object.refuse(ErrorCode::file_corrupt, "its table of frames points between the compressed pieces");
      return std::size_t(found - fragments.begin());
    };
    first = piece_at(table[std::size_t(index)]);
    if (index + 1 < format.frames) last = piece_at(table[std::size_t(index) + 1]);
  }
  if (first >= last)
    object.refuse(ErrorCode::file_truncated, fmt::format("has no compressed pixels of frame {}", index + 1));
  std::uint64_t length = 0;
  for (std::size_t i = first; i < last; ++i) length += fragments[i].length;
  std::vector<std::uint8_t> coded(static_cast<std::size_t>(length));
  std::size_t at = 0;
  for (std::size_t i = first; i < last; at += std::size_t(fragments[i++].length))
    file.read(fragments[i].offset, coded.data() + at, std::size_t(fragments[i].length));
  return coded;
}

}  // namespace

std::string transfer_syntax_text(const std::string& uid) {
  for (const Syntax& syntax : syntaxes)
    if (uid == syntax.uid) return fmt::format("{} ({})", uid, syntax.name);
  return shown(uid);
}

PixelFormat pixel_format(const DicomObject& object) {
  const auto need = [&](Tag which, const char* name) {
    const auto value = object.number(object.root, which, name);
    if (!value) object.refuse(ErrorCode::file_corrupt, fmt::format("has no {} {}", name, tag_text(which)));
    return *value;
  };
  if (!object.has_pixels) object.refuse(ErrorCode::file_unreadable, "holds no pixels");
  if (object.float_pixels)
    object.refuse(ErrorCode::file_unreadable, "holds floating-point pixels, which are not read; convert it to NIfTI");
  if (const auto samples = object.number(object.root, tags::samples, "SamplesPerPixel"); samples && *samples != 1)
    object.refuse(ErrorCode::vector_image, fmt::format("has {} values in a pixel; an image has one", *samples));
  if (const std::string kind = object.root.text(tags::photometric); !kind.empty() && !kind.starts_with("MONOCHROME"))
    object.refuse(
        ErrorCode::file_unreadable, fmt::format("its pixels are colours (\"{}\"), no intensities", shown(kind)));
  PixelFormat format;
  format.rows = need(tags::rows, "Rows");
  format.columns = need(tags::columns, "Columns");
  format.allocated = need(tags::bits_allocated, "BitsAllocated");
  format.stored = object.number(object.root, tags::bits_stored, "BitsStored").value_or(format.allocated);
  format.high_bit = object.number(object.root, tags::high_bit, "HighBit").value_or(format.stored - 1);
  format.is_signed = object.number(object.root, tags::pixel_representation, "PixelRepresentation").value_or(0) == 1;
  if (const auto frames = object.decimal(object.root, tags::frames, "NumberOfFrames")) {
    if (!(*frames >= 1 && *frames <= 1e6))
      object.refuse(ErrorCode::file_corrupt, fmt::format("promises {} frames", *frames));
    format.frames = std::int64_t(*frames);
  }
  if (format.rows < 1 || format.columns < 1)
    object.refuse(ErrorCode::file_corrupt, fmt::format("has {} x {} pixels", format.columns, format.rows));
  const unsigned bits = format.allocated;
  if ((bits != 1 && bits != 8 && bits != 16 && bits != 32) || format.stored < 1 || format.stored > bits ||
      format.high_bit + 1 < format.stored || format.high_bit >= bits ||
      (bits == 32 && !format.is_signed && format.stored == 32))
    object.refuse(ErrorCode::file_unreadable,
        fmt::format("its pixels have {} bits of which {} count, up to bit {}, {}; such are not read", bits,
            format.stored, format.high_bit, format.is_signed ? "signed" : "unsigned"));
  // What a file cannot hold is refused before memory is asked for.
  const std::uint64_t pixels = std::uint64_t(format.pixels_of_a_frame()) * std::uint64_t(format.frames);
  std::uint64_t most = object.pixels.length * 8 / bits;
  if (object.encapsulated) {
    const Syntax* const syntax = syntax_of(object);
    if (object.transfer_syntax != rle && !(syntax && syntax->decode))
      object.refuse(ErrorCode::file_unreadable,
          fmt::format("its pixels are compressed as {}, which is not read; decompress it (gdcmconv --raw, dcmdjpeg)",
              transfer_syntax_text(object.transfer_syntax)));
    if (syntax && syntax->decode == decode_high_throughput && !reads_high_throughput())
      object.refuse(ErrorCode::file_unreadable,
          fmt::format(
              "its pixels are compressed as {}, which OpenJPEG 2.5.0, found here, does not decode safely: run radloom with OpenJPEG "
              "2.5.1 or later, or decompress the files (pydicom with pylibjpeg-openjpeg)",
              transfer_syntax_text(object.transfer_syntax)));
    std::uint64_t length = 0;
    for (const Extent64& fragment : object.fragments) length += fragment.length;
    most = length * (syntax->decode ? syntax->most_pixels : 64);  // of RLE two bytes stand for 128 at most
    if (syntax->decode && format.high_bit + 1 != format.stored)
      object.refuse(ErrorCode::file_unreadable,
          fmt::format(
              "its pixels are compressed and end at bit {} of {} where {} count, which is not read; decompress it "
              "(gdcmconv --raw, dcmdjpeg)",
              format.high_bit, bits, format.stored));
  } else if (bits == 8 && object.transfer_syntax == "1.2.840.10008.1.2.2") {
    object.refuse(ErrorCode::file_unreadable, "8-bit pixels in big endian are not read; convert it (dcmconv +te)");
  }
  if (most < pixels)
    object.refuse(ErrorCode::file_truncated,
        fmt::format(
            "its pixels cannot be the {} x {} x {} that its header promises; it is truncated or its header damaged",
            format.columns, format.rows, format.frames));
  return format;
}

void read_frame(const StoredFile& file, const DicomObject& object, const PixelFormat& format, std::int64_t index,
    std::vector<std::int32_t>& values) {
  // What does not count is cut off, and the sign is extended.
  const auto cut = [&](std::uint32_t bits, unsigned low, unsigned unused) {
    bits = bits >> low << unused;
    return format.is_signed ? std::int32_t(bits) >> unused : std::int32_t(bits >> unused);
  };
  if (object.encapsulated && syntax_of(object)->decode) {
    const Syntax& syntax = *syntax_of(object);
    const auto coded = coded_frame(file, object, format, index);
    SampleFormat samples;
    try {
      samples = syntax.decode(coded, {format.rows, format.columns, format.allocated}, values);
    } catch (const DamagedStream& damage) {
      object.refuse(ErrorCode::file_corrupt, fmt::format("frame {}, {}, {}; it is damaged: copy it again", index + 1,
                                                 transfer_syntax_text(object.transfer_syntax), damage.what()));
    }
    // Loss may carry a sample beyond the bits that count: cutting there would turn the largest values into the smallest.
    const bool clamps = syntax.loses && samples.is_signed == format.is_signed;
    const bool unclear = samples.is_signed != format.is_signed && samples.bits < format.stored;
    const auto lowest = std::int32_t(format.lowest()), highest = std::int32_t(format.highest());
    for (std::int32_t& value : values) {
      if (unclear && value >> (samples.bits - 1) != 0)
        object.refuse(ErrorCode::file_corrupt,
            fmt::format(
                "frame {} has {} pixels of {} bits by the header and {} samples of {} bits in its code stream, so which bit "
                "is the sign is unclear; correct BitsStored (0028,0101)",
                index + 1, format.is_signed ? "signed" : "unsigned", format.stored,
                samples.is_signed ? "signed" : "unsigned", samples.bits));
      value = clamps ? std::clamp(value, lowest, highest) : cut(std::uint32_t(value), 0, 32 - format.stored);
    }
    return;
  }
  const std::size_t width = format.allocated / 8, pixels = std::size_t(format.pixels_of_a_frame());
  std::vector<std::uint8_t> bytes;
  const bool big = !object.encapsulated && object.transfer_syntax == "1.2.840.10008.1.2.2";
  if (object.encapsulated) {
    decode_rle(object, coded_frame(file, object, format, index), pixels, width, bytes);
  } else {
    bytes.resize(pixels * width);
    file.read(object.pixels.offset + std::uint64_t(index) * bytes.size(), bytes.data(), bytes.size());
  }
  values.resize(pixels);
  const unsigned low = format.high_bit + 1 - format.stored, unused = 32 - format.stored;
  const auto load = [&](auto byte_count) {
    constexpr std::size_t n = decltype(byte_count)::value;
    for (std::size_t i = 0; i < pixels; ++i) {
      std::uint32_t bits = 0;
      for (std::size_t k = 0; k < n; ++k) bits |= std::uint32_t(bytes[i * n + (big ? n - 1 - k : k)]) << (8 * k);
      values[i] = cut(bits, low, unused);
    }
  };
  if (width == 1) load(std::integral_constant<std::size_t, 1>{});
  else if (width == 2) load(std::integral_constant<std::size_t, 2>{});
  else load(std::integral_constant<std::size_t, 4>{});
}

}  // namespace radloom::io
