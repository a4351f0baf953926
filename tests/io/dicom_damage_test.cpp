// Damaged DICOM files, made here: each is read or refused with a code and a reason, and none crashes, hangs or asks for memory
// that the file cannot fill.
#include "io/dicom_files.hpp"
#include "radloom/mask.hpp"

namespace radloom::test {
namespace {

/// A structure set and an image that nest and hold a bit of everything.
std::string sample(int kind) {
  if (kind < 2) {
    DicomDataset d = ct_slice(1, slice_pixels(1)), inner;
    inner.sequence(0x40, 0xA043, {DicomDataset().text(8, 0x100, "SH", "code")});
    d.sequence(0x54, 0x16, {inner.text(0x18, 0x1074, "DS", "1")});
    return dicom_file(d, kind == 0 ? explicit_little : explicit_big);
  }
  DicomDataset d, structure, roi, contour;
  d.text(8, 0x16, "UI", "1.2").text(8, 0x60, "CS", "RTSTRUCT");
  structure.text(0x3006, 0x22, "IS", "1").text(0x3006, 0x26, "LO", "a");
  contour.text(0x3006, 0x42, "CS", "CLOSED_PLANAR").text(0x3006, 0x50, "DS", "0\\0\\0\\2\\0\\0\\2\\2\\0");
  roi.sequence(0x3006, 0x40, {contour}).text(0x3006, 0x84, "IS", "1");
  return dicom_file(
      d.sequence(0x3006, 0x20, {structure}).sequence(0x3006, 0x39, {roi}), kind == 2 ? implicit_little : explicit_big);
}

/// Whether it was read. Anything but an Error with a reason is a failure of the test.
bool is_read(const std::filesystem::path& path, bool structures) {
  try {
    if (!structures) return !read_volume(path).volume.empty();
    const auto mask = NamedMask::open(path);
    if (!mask) return false;
    Geometry grid;
    grid.size = {4, 4, 1};
    return mask->draw(grid, "", {mask->names()[0].number}).volume.geometry().size[0] == 4;
  } catch (const Error& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
  }
  return false;
}

TEST(DicomDamage, EveryTruncation) {
  const Folder folder;
  for (int kind = 0; kind < 4; ++kind) {
    const std::string whole = sample(kind);
    EXPECT_TRUE(is_read(folder.write("whole.dcm", whole), kind > 1));
    for (std::size_t length = 0; length < whole.size(); length += length < 132 ? 33 : 11) {
      const bool read = is_read(folder.write("cut.dcm", whole.substr(0, length)), kind > 1);
      if (kind < 2) {
        EXPECT_FALSE(read) << "cut at " << length;  // its pixels come last
      }
    }
  }
}

TEST(DicomDamage, BitsAndBytes) {
  const Folder folder;
  std::uint32_t state = 11;
  const auto random = [&](std::size_t below) {
    return std::size_t((state = state * 1664525U + 1013904223U) >> 8) % below;
  };
  int read = 0, refused = 0;
  for (int kind = 0; kind < 4; ++kind) {
    const std::string whole = sample(kind);
    for (int i = 0; i < 60; ++i) {
      std::string damaged = whole;
      const std::size_t at = 132 + random(whole.size() - 132);
      if (i % 3 == 0) damaged[at] = char(0xFF);
      else damaged[at] = char(damaged[at] ^ 1 << random(8));
      if (i % 3 == 2) damaged.erase(132 + random(whole.size() - 132), 1 + random(3));
      ++(is_read(folder.write("damaged.dcm", damaged), kind > 1) ? read : refused);
    }
  }
  EXPECT_GT(read, 20) << "much of a header does not matter";
  EXPECT_GT(refused, 60);
}

/// Sequences that nest to exhaust the stack, a length that no file holds, promises of many frames and of more pixels.
TEST(DicomDamage, FilesMadeToHarm) {
  const Folder folder;
  const std::string head = dicom_file(DicomDataset().text(8, 0x60, "CS", "CT"));
  const auto little = [](auto value) { return bytes_of_number(value); };
  const auto mark = [&](unsigned group, unsigned element) {
    return little(std::uint16_t(group)) + little(std::uint16_t(element));
  };
  std::string nested = head;
  for (int i = 0; i < 200000; ++i)
    nested +=
        mark(0x54, 0x16) + std::string("SQ\0\0", 4) + little(0xFFFFFFFFU) + mark(0xFFFE, 0xE000) + little(0xFFFFFFFFU);
  expect_read_error(ErrorCode::file_corrupt, {"deeper than 32"}, folder.write("nested.dcm", nested));
  expect_read_error(ErrorCode::file_truncated, {"copy it again"},
      folder.write("long.dcm", head + mark(0x7FE0, 0x10) + std::string("OW\0\0", 4) + little(0xFFFFFFF0U)));
  expect_read_error(ErrorCode::file_truncated, {"copy it again"},
      folder.write("long.dcm", head + mark(0x20, 0x32) + std::string("UT\0\0", 4) + little(0xFFFFFFF0U)));
  DicomDataset d = ct_slice(0, slice_pixels(0));
  expect_read_error(ErrorCode::file_truncated, {"65535 x 65535"},
      folder.write("wide.dcm", dicom_file(d.number(0x28, 0x10, 65535).number(0x28, 0x11, 65535))));
  expect_read_error(ErrorCode::file_truncated, {"x 999999"},
      folder.write("deep.dcm", dicom_file(ct_slice(0, slice_pixels(0)).text(0x28, 8, "IS", "999999"))));
  expect_read_error(ErrorCode::file_corrupt, {"promises"},
      folder.write("deep.dcm", dicom_file(ct_slice(0, slice_pixels(0)).text(0x28, 8, "IS", "1e300"))));
  expect_read_error(ErrorCode::geometry_invalid, {"deep.dcm"},
      folder.write("deep.dcm", dicom_file(ct_slice(0, slice_pixels(0)).text(0x20, 0x37, "DS", "0\\0\\0\\0\\0\\0"))));
}

}  // namespace
}  // namespace radloom::test
