// Compressed DICOM files, of GDCM's encoders and of encoders that have no part in it (make_jpeg.py): read as the plain files are.
#include "io/code_stream.hpp"
#include "io/dicom_files.hpp"
#include "io/itk.hpp"
#include "io/jpeg_streams.inc"
#include "radloom/mask.hpp"

namespace radloom::test {
namespace {

constexpr unsigned rows = 19, columns = 24;
const std::string jpeg_lossless = "1.2.840.10008.1.2.4.57", jpeg_first_order = "1.2.840.10008.1.2.4.70",
                  jpeg_ls = "1.2.840.10008.1.2.4.80", jpeg_ls_near = "1.2.840.10008.1.2.4.81",
                  jpeg_2000 = "1.2.840.10008.1.2.4.90", jpeg_2000_lossy = "1.2.840.10008.1.2.4.91",
                  high_throughput = "1.2.840.10008.1.2.4.201", high_throughput_rpcl = "1.2.840.10008.1.2.4.202",
                  high_throughput_lossy = "1.2.840.10008.1.2.4.203";

struct Depth {
  unsigned allocated = 16, stored = 16;
  bool is_signed = false;
};

/// The pixels of make_jpeg.py: a smooth rise with jumps, a run, and differences of half the range.
std::vector<std::int32_t> coded_pixels(unsigned bits) {
  std::vector<std::int32_t> pixels;
  for (int y = 0; y < int(rows); ++y)
    for (int x = 0; x < int(columns); ++x) {
      int value = 37 * x * x + 11 * y * y + 97 * (x * y % 13) + (1 << (bits - 1)) / 3;
      if (x > 14 && y < 9) value = 5;
      if ((x == 3 && y == 5) || (x == 9 && y == 12)) value = 0;
      if ((x == 4 && y == 5) || (x == 9 && y == 13)) value = 1 << (bits - 1);
      pixels.push_back(value & ((1 << bits) - 1));
    }
  return pixels;
}

/// What the bits of a pixel mean.
std::int32_t meant(std::int32_t value, const Depth& depth) {
  return depth.is_signed && value >> (depth.stored - 1) != 0 ? value - (1 << depth.stored) : value;
}

/// A slice without its pixels.
DicomDataset empty_slice(int number, const Depth& depth) {
  DicomDataset d = ct_slice(number, {});
  d.number(0x28, 0x10, rows).number(0x28, 0x11, columns).number(0x28, 0x100, depth.allocated);
  d.number(0x28, 0x101, depth.stored).number(0x28, 0x102, depth.stored - 1).number(0x28, 0x103, depth.is_signed);
  return d.text(0x28, 0x1052, "DS", "0");
}

DicomDataset plain_slice(int number, const Depth& depth) {
  DicomDataset d = empty_slice(number, depth);
  std::string bytes;
  for (const std::int32_t value : coded_pixels(depth.stored)) {
    const std::int32_t shown = meant((value + 3 * number) & ((1 << depth.stored) - 1), depth);
    bytes += depth.allocated == 8 ? std::string(1, char(shown)) : bytes_of_number(std::uint16_t(shown));
  }
  return d.text(0x7FE0, 0x10, depth.allocated == 8 ? "OB" : "OW", bytes);
}

/// A file of one slice whose pixels are given as encapsulated() gives them.
std::string coded_file(const std::string& syntax, const Depth& depth, const std::string& pixels) {
  DicomSyntax compressed = explicit_little;
  compressed.uid = syntax;
  return dicom_file(empty_slice(0, depth).text(0x7FE0, 0x10, "encapsulated", pixels), compressed);
}

std::vector<std::int32_t> values_in(const Volume& volume) {
  std::vector<std::int32_t> values;
  volume.visit([&](auto span) {
    for (const auto value : span) values.push_back(std::int32_t(value));
  });
  return values;
}

/// Every lossless syntax, depth and sign, encoded by GDCM, against the plain files and against what GDCM decodes.
TEST(DicomJpeg, EqualsPlainFiles) {
  for (const Depth& depth : {Depth{8, 8, false}, Depth{16, 8, false}, Depth{16, 10, false}, Depth{16, 12, false},
           Depth{16, 12, true}, Depth{16, 16, false}, Depth{16, 16, true}}) {
    const Folder plain;
    for (int i = 0; i < 3; ++i) plain.write("IM" + std::to_string(i), dicom_file(plain_slice(i, depth)));
    const ReadVolume expected = read_volume(plain.path());
    for (const std::string& syntax : {jpeg_lossless, jpeg_first_order, jpeg_ls, jpeg_2000}) {
      SCOPED_TRACE(syntax + ", " + std::to_string(depth.stored) + (depth.is_signed ? " signed" : ""));
      const Folder folder;
      for (int i = 0; i < 3; ++i) {
        const std::string name = "IM" + std::to_string(i);
        compress_with_gdcm(plain.path() / name, folder.path() / name, syntax);
        EXPECT_NE(contents(folder.path() / name).find(syntax), std::string::npos);
      }
      const ReadVolume read = read_volume(folder.path());
      EXPECT_EQ(values_in(read.volume), values_in(expected.volume));
      EXPECT_EQ(read.volume.type(), expected.volume.type());
      expect_same_voxels(read.volume, read_series_with_itk(folder.path()), syntax);
    }
  }
}

/// What is lost is lost alike.
TEST(DicomJpeg, LossyEqualsGdcm) {
  for (const Depth& depth : {Depth{8, 8, false}, Depth{16, 12, false}, Depth{16, 16, true}})
    for (const std::string& syntax : {jpeg_ls_near, jpeg_2000_lossy}) {
      SCOPED_TRACE(syntax + ", " + std::to_string(depth.stored));
      const Folder plain, folder;
      const auto path = plain.write("IM", dicom_file(plain_slice(0, depth)));
      compress_with_gdcm(path, folder.path() / "IM", syntax, false);
      const Volume volume = read_volume(folder.path()).volume;
      ItkVolume gdcm = read_series_with_itk(folder.path());
      // GDCM encodes all allocated bits, and leaves what was carried beyond those that count.
      if (depth.stored == 12)
        for (double& value : gdcm.values) value = std::min(value, 4095.0);
      expect_same_voxels(volume, gdcm, syntax);
      EXPECT_NE(values_in(volume), values_in(read_volume(plain.path()).volume)) << "something is lost";
    }
}

/// OpenJPEG 2.5.0 is not let near blocks of high throughput: there the file has to be refused, and is read with any other.
bool refused_here(const std::string& syntax, const std::filesystem::path& file) {
  if (io::reads_high_throughput() || !syntax.starts_with("1.2.840.10008.1.2.4.20")) return false;
  expect_read_error(
      ErrorCode::file_unreadable, {"high-throughput JPEG 2000", syntax, "OpenJPEG 2.5.1", "decompress"}, file);
  return true;
}

/// Streams of libjpeg-turbo (all seven predictors), FFmpeg and OpenJPH, and some that T.81 allows and no encoder at hand makes.
TEST(DicomJpeg, OtherEncoders) {
  struct Stream {
    std::string syntax, base64;
    unsigned bits;
    int shift = 0;
  };
  const std::vector<Stream> streams{
      {jpeg_first_order, turbo_predictor_1_of_8_bits, 8},
      {jpeg_first_order, turbo_predictor_1_of_12_bits, 12},
      {jpeg_first_order, turbo_predictor_1_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_2_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_3_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_4_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_5_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_6_of_16_bits, 16},
      {jpeg_lossless, turbo_predictor_7_of_16_bits, 16},
      {jpeg_lossless, written_shifted, 12, 3},
      {jpeg_lossless, written_restarts, 16},
      {jpeg_lossless, written_long_codes, 16},
      {jpeg_ls, ffmpeg_jpeg_ls_of_8_bits, 8},
      {jpeg_ls, ffmpeg_jpeg_ls_of_16_bits, 16},
      {jpeg_ls, spiff_jpeg_ls_of_16_bits, 16},
      {jpeg_2000, ffmpeg_jpeg_2000_of_8_bits, 8},
      {jpeg_2000, ffmpeg_jpeg_2000_of_12_bits, 12},
      {jpeg_2000, ffmpeg_jpeg_2000_of_16_bits, 16},
      {high_throughput, openjph_of_8_bits, 8},
      {high_throughput_rpcl, openjph_of_16_bits, 16},
  };
  const Folder folder;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto& [syntax, base64, bits, shift] = streams[i];
    for (const bool is_signed : {false, true}) {
      SCOPED_TRACE("stream " + std::to_string(i) + (is_signed ? " signed" : ""));
      const Depth depth{16, bits, is_signed};
      const auto path = folder.write("a.dcm", coded_file(syntax, depth, encapsulated({from_base64(base64)})));
      if (refused_here(syntax, path)) continue;
      const Volume volume = read_volume(path).volume;
      std::vector<std::int32_t> expected;
      for (const std::int32_t value : coded_pixels(bits)) expected.push_back(meant(value >> shift << shift, depth));
      EXPECT_EQ(values_in(volume), expected);
    }
  }
}

TEST(DicomJpeg, HighThroughputWithLoss) {
  const Folder folder;
  const std::string stream = from_base64(openjph_with_loss);
  const auto path = folder.write("a.dcm", coded_file(high_throughput_lossy, {8, 8, false}, encapsulated({stream})));
  if (refused_here(high_throughput_lossy, path)) return;
  const Volume volume = read_volume(path).volume;
  std::vector<std::int32_t> expected;
  for (const char c : from_base64(openjph_with_loss_decoded)) expected.push_back(std::uint8_t(c));
  EXPECT_EQ(values_in(volume), expected);
  EXPECT_NE(expected, coded_pixels(8)) << "something is lost";
}

/// JPEG 2000 says by itself whether its samples are signed; the header says what their bits mean.
TEST(DicomJpeg, SignsOfStreams) {
  std::string stream = from_base64(ffmpeg_jpeg_2000_of_12_bits);
  stream[42] = char(stream[42] | 0x80);  // signed: what was 2048 is 0 (ITU-T T.800, A.5.1 and G.1)
  const Folder folder;
  const auto write = [&](const Depth& depth) {
    return folder.write("sign.dcm", coded_file(jpeg_2000, depth, encapsulated({stream})));
  };
  std::vector<std::int32_t> with_sign, bits_alone;
  for (const std::int32_t value : coded_pixels(12)) {
    with_sign.push_back(value - 2048);
    bits_alone.push_back((value - 2048) & 0xFFF);
  }
  for (const unsigned stored : {12U, 16U})
    EXPECT_EQ(values_in(read_volume(write({16, stored, true})).volume), with_sign);
  EXPECT_EQ(values_in(read_volume(write({16, 12, false})).volume), bits_alone);
  expect_read_error(ErrorCode::file_corrupt, {"frame 1", "unsigned pixels of 16 bits", " signed samples of 12 bits"},
      write({16, 16, false}));
}

/// Planes of segmentations are decoded as those of images are.
TEST(DicomJpeg, Segments) {
  const Folder folder;
  for (const auto& [syntax, base64] : {std::pair{jpeg_lossless, turbo_predictor_1_of_8_bits},
           std::pair{jpeg_ls, ffmpeg_jpeg_ls_of_8_bits}, std::pair{jpeg_2000, ffmpeg_jpeg_2000_of_8_bits}})
    for (const std::string kind : {"LABELMAP", "FRACTIONAL"}) {
      SCOPED_TRACE(syntax + " " + kind);
      DicomSyntax compressed = explicit_little;
      compressed.uid = syntax;
      DicomDataset d = empty_slice(0, {8, 8, false}), segment, shared, belongs;
      segment.number(0x62, 4, 5).text(0x62, 5, "LO", "run");
      d.text(8, 0x60, "CS", "SEG").text(0x62, 1, "CS", kind).sequence(0x62, 2, {segment}).number(0x62, 0xE, 255);
      d.text(0x7FE0, 0x10, "encapsulated", encapsulated({from_base64(base64)}));
      d.sequence(0x5200, 0x9229, {shared.sequence(0x62, 0xA, {belongs.number(0x62, 0xB, 5)})});
      const auto mask = NamedMask::open(folder.write("seg.dcm", dicom_file(d, compressed)));
      Geometry grid;
      grid.size = {columns, rows, 1};
      grid.spacing_mm = {0.5, 0.75, 1};
      grid.origin_mm = {-10.5, 20.25, -7};
      const DrawnMask drawn = mask->draw(grid, "", {5});
      ASSERT_FALSE(drawn.regions[0].problem) << drawn.regions[0].problem->what();
      std::vector<std::int32_t> expected;
      for (const std::int32_t value : coded_pixels(8))
        expected.push_back(kind == "LABELMAP" ? value == 5 : 2 * value >= 255);
      EXPECT_EQ(values_in(drawn.volume), expected);
    }
}

/// Frames in one piece or several, with a table or without.
TEST(DicomJpeg, PiecesAndFrames) {
  const std::string stream = from_base64(turbo_predictor_1_of_16_bits);
  const auto cut = [&](std::size_t from, std::size_t to) { return stream.substr(from, to - from); };
  const std::size_t a = 100, b = 102, all = stream.size();
  const Depth depth{16, 16, false};
  const auto expected = coded_pixels(16);
  const Folder folder;
  for (const bool with_table : {false, true}) {
    const std::string pixels =
        encapsulated({cut(0, a), cut(a, b), cut(b, all)}, std::vector<std::uint32_t>(with_table, 0));
    EXPECT_EQ(values_in(read_volume(folder.write("a.dcm", coded_file(jpeg_lossless, depth, pixels))).volume), expected);
  }
  DicomDataset shared, orientation, measures, group;
  orientation.text(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0");
  measures.text(0x28, 0x30, "DS", "0.75\\0.5");
  shared.sequence(0x20, 0x9116, {orientation}).sequence(0x28, 0x9110, {measures});
  std::vector<DicomDataset> groups;
  for (int i = 0; i < 2; ++i) {
    DicomDataset position;
    groups.push_back(group.sequence(0x20, 0x9113, {position.text(0x20, 0x32, "DS", decimal_text({0, 0, 2.0 * i}))}));
  }
  DicomSyntax compressed = explicit_little;
  compressed.uid = jpeg_lossless;
  const auto read = [&](const std::string& pixels) {
    DicomDataset d = empty_slice(0, depth);
    d.text(0x28, 8, "IS", "2").sequence(0x5200, 0x9229, {shared}).sequence(0x5200, 0x9230, groups);
    d.drop(0x20, 0x32).drop(0x20, 0x37).drop(0x28, 0x30).text(0x7FE0, 0x10, "encapsulated", pixels);
    return values_in(read_volume(folder.write("frames.dcm", dicom_file(d, compressed))).volume);
  };
  auto twice = expected;
  twice.insert(twice.end(), expected.begin(), expected.end());
  EXPECT_EQ(read(encapsulated({stream, stream})), twice);
  const std::vector<std::string> pieces{cut(0, a), cut(a, b), cut(b, all), cut(0, a), cut(a, all)};
  const auto second = std::uint32_t(3 * 8 + (all + 1) / 2 * 2);
  EXPECT_EQ(read(encapsulated(pieces, {0, second})), twice);
  expect_error(ErrorCode::file_unreadable, {"5 compressed pieces for 2 frames"}, [&] { read(encapsulated(pieces)); });
  expect_error(ErrorCode::file_corrupt, {"between the compressed pieces"}, [&] {
    read(encapsulated(pieces, {0, second + 2}));
  });
  expect_error(ErrorCode::file_corrupt, {"frames.dcm", "frame 2", "ends too early"}, [&] {
    read(encapsulated({stream, cut(0, 300)}));
  });
}

struct Sample {
  std::string syntax, stream;
  int decoder;
};
std::vector<Sample> samples() {
  std::vector<Sample> all{{jpeg_lossless, from_base64(turbo_predictor_7_of_16_bits), 0},
      {jpeg_lossless, from_base64(written_restarts), 0}, {jpeg_ls, from_base64(ffmpeg_jpeg_ls_of_16_bits), 1},
      {jpeg_2000, from_base64(ffmpeg_jpeg_2000_of_16_bits), 2}};
  if (io::reads_high_throughput()) all.push_back({high_throughput, from_base64(openjph_of_16_bits), 2});
  return all;
}

/// A header that says something else than the code stream: told before memory is asked for, by file and frame.
TEST(DicomJpeg, HeadersThatDiffer) {
  const Folder folder;
  for (const Sample& sample : samples()) {
    const std::string &syntax = sample.syntax, &stream = sample.stream;
    SCOPED_TRACE(syntax);
    DicomSyntax compressed = explicit_little;
    compressed.uid = syntax;
    const auto write = [&](unsigned height, unsigned width, const Depth& depth) {
      DicomDataset d = empty_slice(0, depth).number(0x28, 0x10, height).number(0x28, 0x11, width);
      return folder.write(
          "IM.dcm", dicom_file(d.text(0x7FE0, 0x10, "encapsulated", encapsulated({stream})), compressed));
    };
    expect_read_error(ErrorCode::file_corrupt, {"frame 1", syntax, "24 x 19", "24 x 18", "damaged"}, write(18, 24, {}));
    expect_read_error(ErrorCode::file_corrupt, {"frame 1", "24 x 19", "19 x 24"}, write(24, 19, {}));
    expect_read_error(ErrorCode::file_corrupt, {"frame 1", "16 bits", "allots 8"}, write(19, 24, {8, 8, false}));
    expect_read_error(ErrorCode::file_truncated, {"65535 x 65535"}, write(65535, 65535, {}));
    // Fewer bits count than the stream has: as of plain files, they are cut off.
    const auto cut = values_in(read_volume(write(19, 24, {16, 12, false})).volume);
    for (std::size_t i = 0; i < cut.size(); ++i) ASSERT_EQ(cut[i], coded_pixels(16)[i] & 0xFFF);
    // A stream of another kind than the syntax says.
    for (const Sample& other : samples())
      if (other.decoder != sample.decoder)
        expect_read_error(ErrorCode::file_corrupt, {"frame 1"},
            folder.write("other.dcm", coded_file(other.syntax, {}, encapsulated({stream}))));
    DicomDataset shifted = empty_slice(0, {16, 12, false});
    shifted.number(0x28, 0x102, 15).text(0x7FE0, 0x10, "encapsulated", encapsulated({stream}));
    expect_read_error(ErrorCode::file_unreadable, {"end at bit 15", "12 count"},
        folder.write("b.dcm", dicom_file(shifted, compressed)));
  }
  // Signed by the header, in more bits than the stream has: where the sign is, neither says.
  const std::string twelve = encapsulated({from_base64(turbo_predictor_1_of_12_bits)});
  expect_read_error(ErrorCode::file_corrupt, {"frame 1", " signed pixels of 16 bits", "unsigned samples of 12 bits"},
      folder.write("sign.dcm", coded_file(jpeg_lossless, {16, 16, true}, twelve)));
  EXPECT_EQ(values_in(read_volume(folder.write("a.dcm", coded_file(jpeg_lossless, {16, 16, false}, twelve))).volume),
      coded_pixels(12));
  for (const char* uid : {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.102"})
    expect_read_error(
        ErrorCode::file_unreadable, {uid, "decompress it"}, folder.write("c.dcm", coded_file(uid, {}, twelve)));
}

/// Whether it was read. Anything but an Error that names the file is a failure of the test.
bool is_read(const std::filesystem::path& path) {
  try {
    return !read_volume(path).volume.empty();
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::file_corrupt || error.code() == ErrorCode::file_truncated) << error.what();
    EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos) << error.what();
  }
  return false;
}

TEST(DicomJpeg, EveryTruncation) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const Folder folder;
  for (const auto& [syntax, stream, decoder] : samples())
    for (std::size_t length = 0; length + 3 < stream.size(); length += length < 70 ? 1 : 7)
      EXPECT_FALSE(is_read(folder.write("cut.dcm", coded_file(syntax, {}, encapsulated({stream.substr(0, length)})))))
          << syntax << " cut at " << length;
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(DicomJpeg, BitsAndBytes) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const Folder folder;
  std::uint32_t state = 7;
  const auto random = [&](std::size_t below) {
    return std::size_t((state = state * 1664525U + 1013904223U) >> 8) % below;
  };
  int read = 0, refused = 0;
  for (const auto& [syntax, stream, decoder] : samples())
    for (int i = 0; i < 150; ++i) {
      std::string damaged = stream;
      const std::size_t at = random(i % 2 ? 90 : stream.size());  // half of them in what comes first
      if (i % 3 == 0) damaged[at] = char(0xFF);
      else damaged[at] = char(damaged[at] ^ 1 << random(8));
      if (i % 3 == 2) damaged.erase(random(stream.size()), 1 + random(3));
      ++(is_read(folder.write("damaged.dcm", coded_file(syntax, {}, encapsulated({damaged})))) ? read : refused);
    }
  EXPECT_GT(read, 20) << "what has no checksum cannot tell";
  EXPECT_GT(refused, 300);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Code streams that promise much: tiles, packets and codes that are not there.
TEST(DicomJpeg, StreamsMadeToHarm) {
  const Folder folder;
  const auto expect = [&](const std::string& syntax, const std::string& stream, const std::string& said) {
    SCOPED_TRACE(said);
    expect_read_error(ErrorCode::file_corrupt, {"frame 1", said},
        folder.write("harm.dcm", coded_file(syntax, {}, encapsulated({stream}))));
  };
  const auto changed = [](std::string stream, std::size_t at, const std::string& bytes) {
    return stream.replace(at, bytes.size(), bytes);
  };
  const std::string j2k = from_base64(ffmpeg_jpeg_2000_of_16_bits);
  const std::size_t coding = j2k.find("\xFF\x52");
  const auto big = [](std::uint32_t number) { return bytes_of_number(number, true); };
  expect(jpeg_2000, changed(j2k, 24, big(1) + big(1)), "cut into 456 tiles");
  expect(jpeg_2000, changed(j2k, 24, big(12)), "1 of its 2 tiles");
  expect(jpeg_2000, changed(j2k, coding + 6, "\xFF\xFF"), "more packets");
  expect(jpeg_2000, changed(j2k, coding + 9, "\xFF"), "255 levels");
  expect(jpeg_2000, changed(j2k, 24, big(0)), "tiles of nothing");
  const std::size_t tile = j2k.find("\xFF\x90");
  expect(jpeg_2000, changed(j2k, tile + 6, big(0xFFFFFFFF)), "ends too early");
  expect(jpeg_2000, changed(j2k, tile + 6, big(3)), "tile without a length");
  expect(jpeg_2000, changed(j2k, tile + 4, std::string("\0\7", 2)), "tile that lies outside");
  // Blocks of high throughput where the syntax has none, whether COD says so or a second one behind it does, and a segment of no known kind.
  expect(jpeg_2000, from_base64(openjph_of_16_bits), "blocks of high throughput");
  expect(jpeg_2000, changed(j2k, coding + 12, "\x40"), "blocks of high throughput");
  const std::string known = j2k.substr(coding, 2 + 12);
  std::string second = j2k;
  expect(jpeg_2000, second.insert(tile, changed(known, 12, "\x40")), "blocks of high throughput");
  second = j2k;
  expect(jpeg_2000, second.insert(tile, std::string("\xFF\x70\0\2", 4)), "lacks a marker");
  // A tile-part may leave its length out: then the end of the image has to be there.
  const std::string open = changed(j2k, tile + 6, big(0));
  EXPECT_EQ(values_in(read_volume(folder.write("a.dcm", coded_file(jpeg_2000, {}, encapsulated({open})))).volume),
      coded_pixels(16));
  expect(jpeg_2000, open.substr(0, open.size() - 2), "ends too early");

  const std::string jpeg = from_base64(written_restarts);
  const std::size_t frame = jpeg.find("\xFF\xC3"), tables = jpeg.find("\xFF\xC4"), scan = jpeg.find("\xFF\xDA");
  expect(jpeg_lossless, changed(jpeg, frame, "\xFF\xC1"), "another process");
  expect(jpeg_lossless, changed(jpeg, frame + 9, "\3"), "3 values in a pixel");
  expect(jpeg_lossless, changed(jpeg, frame + 4, "\1"), "has 1 bits in a pixel");
  expect(jpeg_lossless, changed(jpeg, tables + 8, std::string("\x11\0", 2)), "more codes than there are");
  expect(jpeg_lossless, changed(jpeg, tables + 21 + 3, "\x11"), "more than 16 bits");
  expect(jpeg_lossless, changed(jpeg, scan + 6, "\x10"), "lacks the Huffman table");
  expect(jpeg_lossless, changed(jpeg, scan + 7, "\x08"), "the predictor 8");
  const std::string shifted = from_base64(written_shifted);
  expect(jpeg_lossless, changed(shifted, shifted.find("\xFF\xDA") + 9, "\x0C"), "point transform 12");
  expect(jpeg_lossless, changed(jpeg, jpeg.find("\xFF\xDD") + 4, std::string("\0\7", 2)), "no whole lines");
  expect(jpeg_lossless, changed(jpeg, jpeg.find("\xFF\xD1"), "\xFF\xD3"), "restart marker");
  expect(jpeg_lossless, changed(jpeg, jpeg.size() - 2, std::string(16, 'x') + "\xFF\xD9"), "goes on behind");
}

}  // namespace
}  // namespace radloom::test
