// Geometries that are not plain come from SimpleITK 2.5.7 reading the very same text.
#include "io/files.hpp"

namespace radloom::test {
namespace {

const std::string voxels = bytes_of_numbers(ramp());

/// A header of a 4 x 3 x 2 volume of shorts; `fields` are lines of their own, `encoding` and `endian` as given.
std::string header(
    const std::string& fields = {}, const std::string& encoding = "raw", const std::string& endian = "little") {
  return "NRRD0004\n# by hand\ntype: short\ndimension: 3\nsizes: 4 3 2\nendian: " + endian + "\nencoding: " + encoding +
         "\n" + fields + "\n";
}

class Nrrd : public testing::Test {
 protected:
  std::vector<std::int16_t> read(const std::string& bytes, const std::string& name = "a.nrrd") {
    return values_of<std::int16_t>(read_volume(folder.write(name, bytes)).volume);
  }
  Geometry geometry_of(const std::string& fields) {
    return read_header(folder.write("a.nrrd", header(fields) + voxels)).geometry;
  }
  Folder folder;
};

TEST_F(Nrrd, ReadsEveryEncoding) {
  EXPECT_EQ(read(header() + voxels), ramp());
  EXPECT_EQ(read(header({}, "gzip") + gzip_stored(voxels)), ramp());
  EXPECT_EQ(read(header({}, "raw", "big") + bytes_of_numbers(ramp(), true)), ramp());
  EXPECT_EQ(read(header({}, "gz", "big") + gzip_stored(bytes_of_numbers(ramp(), true))), ramp());
  std::string text, hex;
  for (const std::int16_t v : ramp()) text += std::to_string(v) + (v % 2 ? " " : ",\n");
  for (const char c : voxels) {
    constexpr char digits[] = "0123456789abcdef";
    hex += {digits[std::uint8_t(c) >> 4], digits[std::uint8_t(c) & 15], '\n'};
  }
  EXPECT_EQ(read(header({}, "ascii") + text), ramp());
  EXPECT_EQ(read(header({}, "hex") + hex), ramp());
  expect_read_error(
      ErrorCode::file_unreadable, {"bzip2", "gzip or raw"}, folder.write("a.nrrd", header({}, "bzip2") + voxels));
}

// What Python's gzip made of `curve`, at level 9: dynamic Huffman codes and matches.
TEST_F(Nrrd, ReadsARealCompressor) {
  const std::string packed = from_hex(
      "1f8b0800000000000203ed8bb10d00300cc21c3519f8ffe1d23cd185c142202c8a36c56c360790739672d7ae32efa7183162c4f8625cac"
      "8c9b00b0040000");
  std::string text = header({}, "gzip");
  text.replace(text.find("4 3 2"), 5, "10 10 6");
  EXPECT_EQ(read(text + packed), curve());
}

TEST_F(Nrrd, JoinsMembersAndAllowsZeroPadding) {
  EXPECT_EQ(
      read(header({}, "gzip") + gzip_stored(voxels.substr(0, 9)) + gzip_stored({}) + gzip_stored(voxels.substr(9))),
      ramp());
  EXPECT_EQ(read(header({}, "gzip") + gzip_stored(voxels) + std::string(512, '\0')), ramp());
  expect_read_error(ErrorCode::file_corrupt, {"5 bytes that belong to no stream"},
      folder.write("a.nrrd", header({}, "gzip") + gzip_stored(voxels) + "stray"));
}

TEST_F(Nrrd, DirectionsInSpace) {
  const std::string directions = "space directions: (0.5,0,0) (0,0.6,0.1) (0,-0.2,1.2)\nspace origin: (1, 2, 3)\n";
  const std::array<double, 9> lps{
      1, 0, 0, 0, 0.9863939238321439, -0.16439898730535732, 0, 0.16439898730535732, 0.9863939238321439};
  const auto check = [&](const std::string& space, double x, double y) {
    const Geometry grid = geometry_of(space + "\n" + directions);
    expect_close(grid.spacing_mm, {0.5, 0.6082762530298219, 1.2165525060596438}, 1e-15);
    expect_close(grid.origin_mm, {x * 1, y * 2, 3}, 0);
    auto expected = lps;
    for (std::size_t i = 0; i < 6; ++i) expected[i] *= i < 3 ? x : y;
    expect_close(grid.direction, expected, 1e-15);
  };
  check("space: left-posterior-superior", 1, 1);
  check("space: LPS", 1, 1);
  check("space: RAS", -1, -1);
  check("space: left-anterior-superior", 1, -1);
  check("space: scanner-xyz", 1, 1);
  check("space dimension: 3", 1, 1);
}

TEST_F(Nrrd, AxesWithoutSpace) {
  Geometry grid = geometry_of("spacings: 1 2 3\n");
  EXPECT_EQ(grid.spacing_mm, (std::array<double, 3>{1, 2, 3}));
  EXPECT_EQ(grid.origin_mm, (std::array<double, 3>{0, 0, 0}));
  EXPECT_EQ(geometry_of("spacings: 1 2 3\naxis mins: 10 20 30\n").origin_mm, (std::array<double, 3>{10.5, 21, 31.5}));
  EXPECT_EQ(geometry_of("spacings: 1 2 3\naxis mins: 10 20 30\ncenters: node node node\n").origin_mm,
      (std::array<double, 3>{10, 20, 30}));
  grid = geometry_of("axis mins: 10 20 30\naxis maxs: 20 40 60\n");
  expect_close(grid.origin_mm, {11.25, 23.333333333333332, 37.5}, 1e-14);
  EXPECT_EQ(grid.spacing_mm, (std::array<double, 3>{1, 1, 1}));
}

TEST_F(Nrrd, DetachedData) {
  folder.write("x.raw", "12345" + voxels);
  folder.write("lines.raw", "one\ntwo\n123" + voxels);
  folder.write("s1.raw", voxels.substr(0, 24));
  folder.write("s2.raw", voxels.substr(24));
  EXPECT_EQ(read(header("data file: x.raw\nbyte skip: 5\n"), "a.nhdr"), ramp());
  EXPECT_EQ(read(header("data file: x.raw\nbyteskip: -1\n"), "a.nhdr"), ramp());
  EXPECT_EQ(read(header("datafile: lines.raw\nline skip: 2\nbyte skip: 3\n"), "a.nhdr"), ramp());
  EXPECT_EQ(read(header("data file: s%d.raw 1 2 1\n"), "a.nhdr"), ramp());
  std::string listed = header("data file: LIST\ns1.raw\ns2.raw\n");
  listed.pop_back();
  EXPECT_EQ(read(listed, "a.nhdr"), ramp());
  EXPECT_EQ(read(header("byte skip: 3\n", "gzip") + gzip_stored("abc" + voxels)), ramp());
}

TEST_F(Nrrd, DetachedDataThatCannotBeFound) {
  expect_error(
      ErrorCode::file_missing, {"gone.raw", "a.nhdr"}, [&] { read(header("data file: gone.raw\n"), "a.nhdr"); });
  expect_error(ErrorCode::not_a_file, {"a.nhdr"}, [&] { read(header("data file: .\n"), "a.nhdr"); });
  expect_error(ErrorCode::file_unreadable, {"a.nhdr"},
      [&] { read(header("data file: " + std::string(9000, 'x') + "\n"), "a.nhdr"); });
  expect_error(ErrorCode::not_a_file, {"no regular file"}, [&] { read(header("data file: /dev/zero\n"), "a.nhdr"); });
  expect_error(
      ErrorCode::file_unreadable, {"pattern"}, [&] { read(header("data file: s%s%n.raw 1 2 1\n"), "a.nhdr"); });
  expect_error(
      ErrorCode::file_unreadable, {"pattern"}, [&] { read(header("data file: s%d.raw 1 2000000000 1\n"), "a.nhdr"); });
}

TEST_F(Nrrd, CommentsKeysAndLineEnds) {
  EXPECT_EQ(read(header("# c\nkey:=value: more\ncontent: a: b\n") + voxels), ramp());
  std::string text = header();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
  EXPECT_EQ(read(text + voxels), ramp());
}

TEST_F(Nrrd, ComponentsInAnyPlace) {
  const std::string start =
      "NRRD0004\ntype: short\ndimension: 4\nspace: LPS\nendian: little\nencoding: raw\nspace origin: (0,0,0)\n";
  const auto first = folder.write("first.nrrd", start +
                                                    "sizes: 2 2 3 2\nspace directions: none (1,0,0) (0,2,0) (0,0,3)\n"
                                                    "kinds: vector domain domain domain\n\n" +
                                                    voxels);
  EXPECT_EQ(read_header(first).components, 2);
  EXPECT_EQ(read_header(first).geometry.spacing_mm, (std::array<double, 3>{1, 2, 3}));
  expect_read_error(ErrorCode::vector_image, {"2 components"}, first);
  std::vector<std::int16_t> odd, late;
  for (std::size_t i = 1; i < 24; i += 2) odd.push_back(ramp()[i]);
  EXPECT_EQ(values_of<std::int16_t>(read_volume(first, {.channel = 1}).volume), odd);
  const auto last = folder.write("last.nrrd", start +
                                                  "sizes: 2 3 2 2\nspace directions: (1,0,0) (0,2,0) (0,0,3) none\n"
                                                  "kinds: domain domain domain list\n\n" +
                                                  voxels);
  for (std::size_t i = 12; i < 24; ++i) late.push_back(ramp()[i]);
  EXPECT_EQ(values_of<std::int16_t>(read_volume(last, {.channel = 1}).volume), late);
}

TEST_F(Nrrd, Dimensions) {
  const std::string start = "NRRD0004\ntype: short\nendian: little\nencoding: raw\n";
  const auto slice = folder.write("slice.nrrd", start + "dimension: 2\nsizes: 6 4\nspacings: 0.5 2\n\n" + voxels);
  EXPECT_EQ(read_header(slice).geometry.size, (std::array<std::int64_t, 3>{6, 4, 1}));
  EXPECT_EQ(read_header(slice).geometry.spacing_mm, (std::array<double, 3>{0.5, 2, 1}));
  EXPECT_EQ(values_of<std::int16_t>(read_volume(slice).volume), ramp());
  const auto tilted = folder.write(
      "tilted.nrrd", start + "dimension: 2\nsizes: 6 4\nspace: LPS\nspace directions: (0,2,0) (0,0,3)\n\n" + voxels);
  expect_close(read_header(tilted).geometry.direction, {0, 0, 1, 1, 0, 0, 0, 1, 0}, 0);
  EXPECT_EQ(
      read_header(folder.write("t1.nrrd", start + "dimension: 4\nsizes: 4 3 2 1\n\n" + voxels)).geometry.voxels(), 24);
  expect_read_error(ErrorCode::unsupported_dimension, {"4 dimensions", "2 volumes", "split"},
      folder.write("t2.nrrd", start + "dimension: 4\nsizes: 2 3 2 2\n\n" + voxels));
  expect_read_error(ErrorCode::unsupported_dimension, {"1 dimension"},
      folder.write("t3.nrrd", start + "dimension: 1\nsizes: 24\n\n" + voxels));
}

TEST_F(Nrrd, GeometryThatCannotBe) {
  const auto refused = [&](const std::string& fields, const std::string& said) {
    expect_read_error(ErrorCode::geometry_invalid, {said}, folder.write("a.nrrd", header(fields) + voxels));
  };
  refused("spacings: 1 -2 3\n", "spacing along y");
  refused("spacings: 1 2 0\n", "spacing along z");
  refused("spacings: nan 2 3\n", "spacing along x");
  refused("space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,0)\n", "spacing along z");
  refused("space: LPS\nspace directions: (1,0,0) (0,1,0) (1,1,0)\n", "singular");
  refused("space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,nan,0)\n", "origin along y");
}

TEST_F(Nrrd, SizesThatCannotBe) {
  const std::string start = "NRRD0004\ntype: short\ndimension: 3\nendian: little\nencoding: ";
  for (const char* encoding : {"raw", "gzip", "ascii", "hex"}) {
    const std::string data = std::string(encoding) == "gzip" ? gzip_stored(voxels) : voxels;
    const auto sized = [&](const std::string& sizes) {
      return folder.write("a.nrrd", start + encoding + "\nsizes: " + sizes + "\n\n" + data);
    };
    expect_read_error(ErrorCode::geometry_invalid, {"size along x"}, sized("0 3 2"));
    expect_read_error(ErrorCode::geometry_invalid, {"size along z"}, sized("4 3 -2"));
    expect_read_error(ErrorCode::file_truncated, {"stored bytes"}, sized("2147483648 3 2"));
    expect_read_error(ErrorCode::file_truncated, {"a.nrrd"}, sized("2147483648 2147483648 1"));
    expect_read_error(
        ErrorCode::geometry_invalid, {"more than can be counted"}, sized("2147483648 2147483648 2147483648"));
    expect_read_error(ErrorCode::file_unreadable, {"whole number"}, sized("99999999999999999999 3 2"));
  }
}

TEST_F(Nrrd, DamagedHeaders) {
  const auto refused = [&](const std::string& text, const std::string& said) {
    expect_read_error(ErrorCode::file_unreadable, {said}, folder.write("a.nrrd", text));
  };
  refused("NRRD0004\n", "lacks the field");
  refused("NRRD0004\ntype: quux\n\n", "quux");
  refused("NRRD0004\nno field here\n\n", "no field");
  refused("hello world, this is text", "no NRRD file");
  refused(header("sizes: 4 3 2\n"), "twice");
  refused(header("kinds: domain domain\n"), "2 kinds");
  refused(header("spacings: 1 2\n"), "2 values for 3 axes");
  refused(header("space: LPS\nspace directions: (1,0,0) (0,1 (0,0,1)\n"), "space directions");
  refused(header({}, "raw", "middle"), "endian");
}

}  // namespace
}  // namespace radloom::test
