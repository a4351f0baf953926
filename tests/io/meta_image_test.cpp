#include "io/files.hpp"

namespace radloom::test {
namespace {

const std::string voxels = bytes_of_numbers(ramp());

std::string header(const std::string& fields = "BinaryData = True\n", const std::string& data = "LOCAL") {
  return "ObjectType = Image\nNDims = 3\n" + fields +
         "ElementSpacing = 1 2 3\nDimSize = 4 3 2\nElementType = MET_SHORT\nElementDataFile = " + data + "\n";
}

class MetaImage : public testing::Test {
 protected:
  std::vector<std::int16_t> read(const std::string& bytes, const std::string& name = "a.mha") {
    return values_of<std::int16_t>(read_volume(folder.write(name, bytes)).volume);
  }
  Folder folder;
};

TEST_F(MetaImage, ReadsEveryEncoding) {
  EXPECT_EQ(read(header() + voxels), ramp());
  EXPECT_EQ(
      read(header("BinaryData = True\nBinaryDataByteOrderMSB = True\n") + bytes_of_numbers(ramp(), true)), ramp());
  std::string text;
  for (const std::int16_t v : ramp()) text += std::to_string(v) + " ";
  EXPECT_EQ(read(header("BinaryData = False\n") + text), ramp());
}

// What Python's zlib made of `curve`, at level 9: dynamic Huffman codes and matches.
TEST_F(MetaImage, ReadsZlibStreams) {
  const std::string packed =
      from_hex("78daed8bb10d00300cc21c3519f8ffe1d23cd185c142202c8a36c56c360790739672d7ae32efa7183162c4f8625cb3bc08d1");
  const auto file = [](const std::string& fields) {
    std::string text = header("BinaryData = True\nCompressedData = True\n" + fields);
    return text.replace(text.find("4 3 2"), 5, "10 10 6");
  };
  EXPECT_EQ(read(file({}) + packed), curve());
  EXPECT_EQ(read(file({}) + packed + std::string(99, '\0')), curve());
  EXPECT_EQ(
      read(file("CompressedDataSize = " + std::to_string(packed.size()) + "\n") + packed + "what follows"), curve());
  std::string damaged = packed;
  damaged.back() ^= 1;
  expect_read_error(ErrorCode::file_corrupt, {"Adler-32"}, folder.write("a.mha", file({}) + damaged));
  expect_read_error(
      ErrorCode::file_corrupt, {"belong to no stream"}, folder.write("a.mha", file({}) + packed + "junk"));
  expect_read_error(
      ErrorCode::file_truncated, {"too early"}, folder.write("a.mha", file({}) + packed.substr(0, packed.size() - 2)));
  expect_read_error(
      ErrorCode::file_truncated, {"promises"}, folder.write("a.mha", file("CompressedDataSize = 99999\n") + packed));
}

TEST_F(MetaImage, GeometryHasSeveralNames) {
  for (const char* names : {"TransformMatrix Offset", "Rotation Position", "Orientation Origin"}) {
    const std::string both(names), matrix = both.substr(0, both.find(' ')), origin = both.substr(both.find(' ') + 1);
    const Geometry grid = read_header(
        folder.write("a.mha",
            header("BinaryData = True\n" + matrix + " = 0 1 0 -1 0 0 0 0 1\n" + origin + " = 5 6 7\n") + voxels))
                              .geometry;
    EXPECT_EQ(grid.origin_mm, (std::array<double, 3>{5, 6, 7}));
    EXPECT_EQ(grid.spacing_mm, (std::array<double, 3>{1, 2, 3}));
    EXPECT_EQ(grid.direction, (std::array<double, 9>{0, -1, 0, 1, 0, 0, 0, 0, 1}));  // rows of the file are axes
  }
}

TEST_F(MetaImage, DetachedData) {
  folder.write("x.raw", "12345" + voxels);
  folder.write("s1.raw", voxels.substr(0, 24));
  folder.write("s2.raw", voxels.substr(24));
  EXPECT_EQ(read(header("BinaryData = True\nHeaderSize = 5\n", "x.raw"), "a.mhd"), ramp());
  EXPECT_EQ(read(header("BinaryData = True\nHeaderSize = -1\n", "x.raw"), "a.mhd"), ramp());
  EXPECT_EQ(read(header("BinaryData = True\n", "LIST\ns1.raw\ns2.raw"), "a.mhd"), ramp());
  EXPECT_EQ(read(header("BinaryData = True\n", "s%d.raw 1 2 1"), "a.mhd"), ramp());
  expect_error(ErrorCode::file_missing, {"gone.raw", "a.mhd"},
      [&] { read(header("BinaryData = True\n", "gone.raw"), "a.mhd"); });
  expect_error(ErrorCode::file_unreadable, {"1 data files for 2 slices"},
      [&] { read(header("BinaryData = True\n", "LIST\ns1.raw"), "a.mhd"); });
  expect_error(ErrorCode::file_truncated, {"s1.raw"}, [&] { read(header("BinaryData = True\n", "s1.raw"), "a.mhd"); });
}

TEST_F(MetaImage, ChannelsLieTogether) {
  std::string text = header("BinaryData = True\nElementNumberOfChannels = 2\n");
  text.replace(text.find("4 3 2"), 5, "2 3 2");
  const auto path = folder.write("a.mha", text + voxels);
  expect_read_error(ErrorCode::vector_image, {"2 components"}, path);
  std::vector<std::int16_t> odd;
  for (std::size_t i = 1; i < 24; i += 2) odd.push_back(ramp()[i]);
  EXPECT_EQ(values_of<std::int16_t>(read_volume(path, {.channel = 1}).volume), odd);
}

TEST_F(MetaImage, HeadersThatCannotBe) {
  const auto refused = [&](ErrorCode code, const std::string& from, const std::string& to, const std::string& said) {
    std::string text = header();
    text.replace(text.find(from), from.size(), to);
    expect_read_error(code, {said}, folder.write("a.mha", text + voxels));
  };
  refused(ErrorCode::geometry_invalid, "1 2 3", "1 0 3", "spacing along y");
  refused(ErrorCode::geometry_invalid, "1 2 3", "1 2 -3", "spacing along z");
  refused(ErrorCode::geometry_invalid, "1 2 3", "nan 2 3", "spacing along x");
  refused(ErrorCode::geometry_invalid, "4 3 2", "4 0 2", "size along y");
  refused(ErrorCode::file_truncated, "4 3 2", "2147483647 3 2", "stored bytes");
  refused(ErrorCode::file_unreadable, "4 3 2", "4 3", "2 numbers for 3 dimensions");
  refused(ErrorCode::file_unreadable, "MET_SHORT", "MET_STRING", "MET_STRING");
  refused(ErrorCode::file_unreadable, "NDims = 3", "NDims = 99999", "NDims");
  refused(ErrorCode::file_unreadable, "= Image", "= Tube", "Tube");
  refused(ErrorCode::geometry_invalid, "BinaryData", "TransformMatrix = 1 0 0 0 1 0 1 1 0\nBinaryData", "singular");
  refused(ErrorCode::unsupported_dimension, "NDims = 3\nBinaryData = True\nElementSpacing = 1 2 3\nDimSize = 4 3 2",
      "NDims = 4\nBinaryData = True\nDimSize = 4 3 1 2", "2 volumes");
  expect_read_error(ErrorCode::file_unreadable, {"no MetaImage"}, folder.write("a.mha", "just some text"));
}

TEST_F(MetaImage, SliceAndLineEnds) {
  std::string text =
      "ObjectType = Image\r\nNDims = 2\r\nBinaryData = True\r\nDimSize = 6 4\r\nElementType = MET_SHORT\r\nElementDataFile = LOCAL\r\n";
  const Volume volume = read_volume(folder.write("a.mha", text + voxels)).volume;
  EXPECT_EQ(volume.geometry().size, (std::array<std::int64_t, 3>{6, 4, 1}));
  EXPECT_EQ(values_of<std::int16_t>(volume), ramp());
}

}  // namespace
}  // namespace radloom::test
