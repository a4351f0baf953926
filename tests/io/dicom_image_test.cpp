// DICOM series: written by hand, read by radloom and by GDCM (through ITK), which must agree to the last bit.
#include <cmath>
#include <functional>

#include "io/dicom_files.hpp"
#include "io/digest.hpp"
#include "io/itk.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

constexpr int slices = 4;

/// Writes a series into the folder in an order that is not that of the slices.
void write_series(const Folder& folder, const std::function<void(DicomDataset&, int)>& edit,
    const DicomSyntax& syntax = explicit_little) {
  for (const int i : {2, 0, 3, 1}) {
    DicomDataset slice = ct_slice(i, slice_pixels(i), syntax.big);
    edit(slice, i);
    folder.write("IM" + std::to_string(7 * i % 4), dicom_file(slice, syntax));
  }
}

void expect_equal(const ReadVolume& read, const ItkVolume& reference) {
  expect_same_grid(read.volume.geometry(), reference.geometry);
  EXPECT_EQ(type_name(read.volume.type()), type_name(reference.type));
  expect_same_voxels(read.volume, reference, "series");
}

void keep(DicomDataset&, int) {}

TEST(DicomImage, SeriesOfEveryPlainSyntax) {
  DicomSyntax undefined = explicit_little;
  undefined.undefined_lengths = true;
  for (const DicomSyntax& syntax : {explicit_little, implicit_little, explicit_big, undefined}) {
    SCOPED_TRACE(syntax.uid);
    const Folder folder;
    write_series(folder, keep, syntax);
    folder.write("notes.txt", "not DICOM, passed over");
    const Volume volume = read_volume(folder.path()).volume;
    const Geometry& grid = volume.geometry();
    EXPECT_EQ(grid.size, (std::array<std::int64_t, 3>{4, 3, slices}));
    EXPECT_EQ(grid.spacing_mm, (std::array<double, 3>{0.5, 0.75, 2.5}));
    EXPECT_EQ(grid.origin_mm, (std::array<double, 3>{-10.5, 20.25, -7}));
    EXPECT_EQ(grid.direction, Geometry().direction);
    std::vector<std::int32_t> expected;
    for (int i = 0; i < slices; ++i)
      for (const std::int16_t value : slice_pixels(i)) expected.push_back(value - 1024);
    EXPECT_EQ(values_of<std::int32_t>(volume), expected);  // -32768 - 1024 leaves 16 bits
    const VolumeHeader header = read_header(folder.path());
    EXPECT_EQ(header.type, ScalarType::int32);
    EXPECT_EQ(describe_mismatch(header.geometry, grid), "");
  }
}

/// What a header changes in geometry and type, against GDCM's own reading of the same files.
TEST(DicomImage, EqualsGdcm) {
  const auto rescale = [](const std::string& slope, const std::string& intercept) {
    return [=](DicomDataset& d, int) { d.text(0x28, 0x1053, "DS", slope).text(0x28, 0x1052, "DS", intercept); };
  };
  const std::vector<std::function<void(DicomDataset&, int)>> edits{keep, rescale("1", "0"), rescale("2", "-5"),
      rescale("0.5", "0"), rescale("1", "0.25"), rescale("-1", "0"), rescale("1", "100000"),
      [](DicomDataset& d, int) { d.drop(0x28, 0x1052).drop(0x28, 0x1053); },
      [](DicomDataset& d, int) {  // 12 bits of 16, unsigned, with something in the others
        d.number(0x28, 0x101, 12).number(0x28, 0x102, 11).number(0x28, 0x103, 0);
      },
      [](DicomDataset& d, int) { d.number(0x28, 0x101, 12).number(0x28, 0x102, 11); },
      [](DicomDataset& d, int) {  // 8 bits
        d.number(0x28, 0x100, 8).number(0x28, 0x101, 8).number(0x28, 0x102, 7).number(0x28, 0x103, 0);
        d.text(0x7FE0, 0x10, "OB", "abcdefghijkl").text(0x28, 0x1052, "DS", "0");
      },
      [](DicomDataset& d, int i) {  // oblique, cosines of five digits
        d.text(0x20, 0x37, "DS", "0.98481\\0.17365\\0.0\\-0.17027\\0.96564\\0.19627");
        const std::array<double, 3> normal{0.034082, -0.193288, 0.980550};
        d.text(0x20, 0x32, "DS",
            decimal_text({3.3 + 1.25 * i * normal[0], -20 + 1.25 * i * normal[1], 7.7 + 1.25 * i * normal[2]}));
      },
      [](DicomDataset& d, int) { d.text(8, 0x60, "CS", "MR").text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.4"); },
      [](DicomDataset& d, int i) {  // coronal, from the back to the front
        d.text(0x20, 0x37, "DS", "1\\0\\0\\0\\0\\-1").text(0x20, 0x32, "DS", decimal_text({1, 3.5 * i, 2}));
      }};
  for (std::size_t e = 0; e < edits.size(); ++e) {
    SCOPED_TRACE("edit " + std::to_string(e));
    const Folder folder;
    write_series(folder, edits[e]);
    expect_equal(read_volume(folder.path()), read_series_with_itk(folder.path()));
  }
}

TEST(DicomImage, RescalesEverySliceByItsOwn) {
  const Folder folder;
  write_series(folder, [](DicomDataset& d, int i) {
    d.text(0x28, 0x1053, "DS", decimal_text({0.5 + i})).text(0x28, 0x1052, "DS", decimal_text({-3.0 * i}));
  });
  const auto values = values_of<double>(read_volume(folder.path()).volume);
  for (int i = 0; i < slices; ++i)
    for (int k = 0; k < 12; ++k)
      EXPECT_EQ(values[std::size_t(12 * i + k)], slice_pixels(i)[std::size_t(k)] * (0.5 + i) - 3.0 * i);
}

TEST(DicomImage, OneFileIsOneSlice) {
  const Folder folder;
  write_series(folder, [](DicomDataset& d, int) { d.text(0x18, 0x50, "DS", "3.5"); });
  const Geometry grid = read_volume(folder.path() / "IM2").volume.geometry();  // slice 2
  EXPECT_EQ(grid.size[2], 1);
  EXPECT_EQ(grid.spacing_mm[2], 3.5);
  EXPECT_EQ(grid.origin_mm[2], -2);
}

TEST(DicomImage, EnhancedMultiFrame) {
  const Folder folder;
  DicomDataset d = ct_slice(0, {});
  std::vector<std::int16_t> pixels;
  std::vector<DicomDataset> frames;
  for (const int i : {2, 0, 3, 1}) {
    const auto slice = slice_pixels(i);
    pixels.insert(pixels.end(), slice.begin(), slice.end());
    DicomDataset frame, position, values;
    position.text(0x20, 0x32, "DS", decimal_text({1, 2, 3 + 1.5 * i}));
    values.text(0x28, 0x1052, "DS", "0").text(0x28, 0x1053, "DS", decimal_text({1.0 + i}));
    frames.push_back(frame.sequence(0x20, 0x9113, {position}).sequence(0x28, 0x9145, {values}));
  }
  DicomDataset shared, orientation, measures;
  orientation.text(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0");
  measures.text(0x28, 0x30, "DS", "0.75\\0.5");
  shared.sequence(0x20, 0x9116, {orientation}).sequence(0x28, 0x9110, {measures});
  d.drop(0x20, 0x32).drop(0x20, 0x37).drop(0x28, 0x30).drop(0x28, 0x1052).drop(0x28, 0x1053);
  d.text(0x28, 8, "IS", "4").sequence(0x5200, 0x9229, {shared}).sequence(0x5200, 0x9230, frames);
  d.text(0x7FE0, 0x10, "OW", bytes_of_numbers(pixels));
  for (const DicomSyntax& syntax : {explicit_little, implicit_little}) {
    const Volume volume = read_volume(folder.write("enhanced.dcm", dicom_file(d, syntax))).volume;
    EXPECT_EQ(volume.geometry().spacing_mm, (std::array<double, 3>{0.5, 0.75, 1.5}));
    EXPECT_EQ(volume.geometry().origin_mm, (std::array<double, 3>{1, 2, 3}));
    const auto values = values_of<std::int32_t>(volume);
    for (int i = 0; i < slices; ++i) EXPECT_EQ(values[std::size_t(12 * i + 5)], slice_pixels(i)[5] * (1 + i));
  }
  d.sequence(0x5200, 0x9230, {frames[0]});
  expect_read_error(ErrorCode::file_unreadable, {"4 frames of which 1"}, folder.write("enhanced.dcm", dicom_file(d)));
}

/// PackBits as PS3.5 G.3.1 describes it, with every kind of run.
std::string pack_bits(const std::string& bytes) {
  std::string packed;
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t same = 1;
    while (i + same < bytes.size() && same < 128 && bytes[i + same] == bytes[i]) ++same;
    if (same > 1) packed += std::string{char(257 - same), bytes[i]};
    else packed += std::string{'\0', bytes[i]};
    if (i == 0) packed += char(-128);  // means nothing
    i += same;
  }
  return packed.size() % 2 ? packed + '\0' : packed;
}

TEST(DicomImage, RunLength) {
  const auto coded = [](int number, bool damaged = false) {
    std::string low, high;
    for (const std::int16_t value : slice_pixels(number)) {
      low += char(value & 0xFF);
      high += char(value >> 8);
    }
    const std::string first = pack_bits(high), second = pack_bits(low);
    std::string frame = bytes_of_numbers(
        std::vector<std::uint32_t>{2, 64, std::uint32_t(64 + first.size()), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    frame += first + second;
    if (damaged) frame.resize(frame.size() - 4);
    return encapsulated({frame});
  };
  DicomSyntax rle = explicit_little;
  rle.uid = "1.2.840.10008.1.2.5";
  const Folder folder;
  write_series(
      folder, [&](DicomDataset& d, int i) { d.text(0x7FE0, 0x10, "encapsulated", coded(i)); }, rle);
  expect_equal(read_volume(folder.path()), read_series_with_itk(folder.path()));
  DicomDataset slice = ct_slice(0, {});
  const auto path = folder.write("cut", dicom_file(slice.text(0x7FE0, 0x10, "encapsulated", coded(0, true)), rle));
  expect_read_error(ErrorCode::file_truncated, {"run-length"}, path);
  rle.uid = "1.2.840.10008.1.2.4.50";
  expect_read_error(ErrorCode::file_unreadable, {"1.2.840.10008.1.2.4.50 (JPEG baseline, lossy)", "decompress"},
      folder.write("cut", dicom_file(slice, rle)));
}

TEST(DicomImage, StacksThatAreNoGrid) {
  struct Wrong {
    ErrorCode code;
    std::vector<std::string> said;
    std::function<void(DicomDataset&, int)> edit;
  };
  const auto at = [](DicomDataset& d, std::vector<double> position) {
    d.text(0x20, 0x32, "DS", decimal_text(position));
  };
  const std::vector<Wrong> all{
      {ErrorCode::geometry_invalid, {"slices are missing between", "IM2 at", "(about 2)", "7.5 mm"},
          [&](DicomDataset& d, int i) {
            at(d, {0, 0, i == 3 ? 12.5 : 2.5 * i});
          }},
      {ErrorCode::geometry_invalid, {"lie at the same place", "(0, 0, 2.5)"},
          [&](DicomDataset& d, int i) {
            at(d, {0, 0, i == 2 ? 2.5 : 2.5 * i});
          }},
      {ErrorCode::geometry_invalid, {"not equally far apart"},
          [&](DicomDataset& d, int i) {
            at(d, {0, 0, i == 2 ? 4.5 : 2.5 * i});
          }},
      {ErrorCode::geometry_invalid, {"right angles to their plane", "gantry tilt 12"},
          [&](DicomDataset& d, int i) {
            at(d, {0, 0.2 * 2.5 * i, 2.5 * i});
            d.text(0x18, 0x1120, "DS", "12");
          }},
      {ErrorCode::geometry_mismatch, {"ImageOrientationPatient"},
          [&](DicomDataset& d, int i) {
            if (i == 1) d.text(0x20, 0x37, "DS", "1\\0\\0\\0\\0\\1");
          }},
      {ErrorCode::geometry_mismatch, {"PixelSpacing"},
          [&](DicomDataset& d, int i) {
            if (i == 1) d.text(0x28, 0x30, "DS", "0.75\\0.6");
          }},
      {ErrorCode::geometry_mismatch, {"FrameOfReferenceUID"},
          [&](DicomDataset& d, int i) {
            if (i == 1) d.text(0x20, 0x52, "UI", "1.2");
          }},
      {ErrorCode::geometry_mismatch, {"2 x 6 pixels"},
          [&](DicomDataset& d, int i) {
            if (i == 1) d.number(0x28, 0x10, 6).number(0x28, 0x11, 2);
          }},
      {ErrorCode::geometry_invalid, {"at right angles to each other"},
          [&](DicomDataset& d, int) { d.text(0x20, 0x37, "DS", "1\\0\\0\\0.3\\1\\0"); }},
      {ErrorCode::geometry_invalid, {"no ImagePositionPatient"}, [](DicomDataset& d, int) { d.drop(0x20, 0x32); }},
      {ErrorCode::geometry_invalid, {"no ImageOrientationPatient"}, [](DicomDataset& d, int) { d.drop(0x20, 0x37); }},
      {ErrorCode::geometry_invalid, {"no PixelSpacing"}, [](DicomDataset& d, int) { d.drop(0x28, 0x30); }},
      {ErrorCode::geometry_invalid, {"spacing"}, [](DicomDataset& d, int) { d.text(0x28, 0x30, "DS", "0\\0"); }},
      {ErrorCode::file_corrupt, {"RescaleSlope", "\"x\""},
          [](DicomDataset& d, int) { d.text(0x28, 0x1053, "DS", "x"); }},
      {ErrorCode::file_corrupt, {"RescaleSlope", "is 0"},
          [](DicomDataset& d, int) { d.text(0x28, 0x1053, "DS", "0"); }},
      {ErrorCode::file_corrupt, {"its ImagePositionPatient (0020,0032) has 2 numbers where 3 are due"},
          [](DicomDataset& d, int) { d.text(0x20, 0x32, "DS", "1\\2"); }},
      {ErrorCode::file_corrupt, {"its ImagePositionPatient (0020,0032) holds \"x\""},
          [](DicomDataset& d, int) { d.text(0x20, 0x32, "DS", "1\\x\\2"); }},
      {ErrorCode::file_corrupt, {"no Rows"}, [](DicomDataset& d, int) { d.drop(0x28, 0x10); }},
      {ErrorCode::file_truncated, {"4 x 4 x 1"}, [](DicomDataset& d, int) { d.number(0x28, 0x10, 4); }},
      {ErrorCode::vector_image, {"3 values"}, [](DicomDataset& d, int) { d.number(0x28, 2, 3); }},
      {ErrorCode::file_unreadable, {"MONOCHROME1"}, [](DicomDataset& d, int) { d.text(0x28, 4, "CS", "MONOCHROME1"); }},
      {ErrorCode::file_unreadable, {"colours"}, [](DicomDataset& d, int) { d.text(0x28, 4, "CS", "PALETTE COLOR"); }},
      {ErrorCode::file_unreadable, {"look-up table"},
          [](DicomDataset& d, int) { d.sequence(0x28, 0x3000, {DicomDataset()}); }},
      {ErrorCode::file_unreadable, {"of which 17 count"}, [](DicomDataset& d, int) { d.number(0x28, 0x101, 17); }},
  };
  for (const Wrong& wrong : all) {
    SCOPED_TRACE(wrong.said.front());
    const Folder folder;
    write_series(folder, wrong.edit);
    expect_error(wrong.code, wrong.said, [&] { read_header(folder.path()); });
    expect_error(wrong.code, wrong.said, [&] { read_volume(folder.path()); });
  }
}

/// Positions that were rounded are still a grid.
TEST(DicomImage, RoundedPositionsAreAGrid) {
  const Folder folder;
  write_series(folder, [](DicomDataset& d, int i) {
    d.text(0x20, 0x32, "DS", decimal_text({0, 0.01 * (i % 2), std::round(12.5 * i) / 10}));
  });
  EXPECT_NEAR(read_header(folder.path()).geometry.spacing_mm[2], 3.8 / 3, 1e-4);
}

TEST(DicomImage, SeveralSeriesInAFolder) {
  const Folder folder;
  write_series(folder, [](DicomDataset& d, int i) {
    if (i > 1) d.text(0x20, 0xE, "UI", "1.2.9");
  });
  const std::string chosen = (folder.path() / "1.2.3.4").string();
  expect_error(ErrorCode::file_unreadable, {"2 series", "1.2.3.4 (2 files, CT)", "1.2.9", chosen},
      [&] { read_volume(folder.path()); });
  EXPECT_EQ(read_volume(chosen).volume.geometry().size[2], 2);
  EXPECT_EQ(read_volume(folder.path() / "1.2.9").volume.geometry().origin_mm[2], -2);
  expect_error(ErrorCode::file_missing, {"no series 1.2.8", "1.2.9"}, [&] { read_volume(folder.path() / "1.2.8"); });
}

/// Which file is of which series is remembered from one reading to the next, as long as none of them changes.
TEST(DicomImage, SeriesThatChangeBetweenReadings) {
  const Folder folder;
  write_series(folder, [](DicomDataset& d, int i) {
    if (i > 1) d.text(0x20, 0xE, "UI", "1.2.9");
  });
  const auto slices_of = [&](const char* series) {
    return read_volume(folder.path() / series).volume.geometry().size[2];
  };
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(slices_of("1.2.3.4"), 2);
    EXPECT_EQ(slices_of("1.2.9"), 2);
  }
  // The same file, of as many bytes, in the other series.
  DicomDataset third = ct_slice(2, slice_pixels(2), false);
  const auto moved = folder.write("IM2", dicom_file(third.text(0x20, 0xE, "UI", "1.2.3.4"), explicit_little));
  std::filesystem::last_write_time(moved, std::filesystem::last_write_time(moved) + std::chrono::seconds(2));
  EXPECT_EQ(slices_of("1.2.3.4"), 3);
  EXPECT_EQ(slices_of("1.2.9"), 1);
  std::filesystem::remove(moved);
  EXPECT_EQ(slices_of("1.2.3.4"), 2);
  folder.write("IM8", std::string(2000, '\0'));
  expect_error(ErrorCode::file_corrupt, {"IM8", "not the mark"}, [&] { slices_of("1.2.3.4"); });
}

TEST(DicomImage, FoldersWithout) {
  const Folder folder;
  expect_error(ErrorCode::not_a_file, {"no DICOM image", folder.path().string()}, [&] { read_volume(folder.path()); });
  folder.write("README", "text");
  folder.write("a.png", std::string("\0\1", 2));
  expect_error(ErrorCode::not_a_file, {"no DICOM image"}, [&] { read_volume(folder.path()); });
  write_series(folder, keep);
  EXPECT_NO_THROW(read_volume(folder.path()));
  folder.write("IM9", std::string(2000, '\0'));
  expect_error(ErrorCode::file_corrupt, {"IM9", "not the mark"}, [&] { read_volume(folder.path()); });
  expect_error(ErrorCode::file_missing, {"nowhere"}, [&] { read_volume(folder.path() / "nowhere"); });
  expect_read_error(ErrorCode::file_unreadable, {"not the mark"}, folder.write("x.dcm", std::string(2000, '\0')));
}

/// The digest is of the files in the order of their UIDs, whatever their names.
TEST(DicomImage, DigestInUidOrder) {
  const Folder folder, joined;
  write_series(folder, keep);
  std::string all;
  for (const int i : {0, 3, 2, 1}) all += contents(folder.path() / ("IM" + std::to_string(7 * i % 4)));  // ...100 first
  const ReadVolume read = read_volume(folder.path(), {.digest = true});
  EXPECT_EQ(read.sha256.size(), 64U);
  EXPECT_EQ(read.frame_of_reference, "1.2.3.5");
  EXPECT_EQ(read.sha256, io::sha256_of({joined.write("all", all)}));
}

/// The IBSI CT phantom: its DICOM series and its NIfTI file hold the same voxels.
TEST(DicomImage, IbsiPhantom) {
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/dicom");
  const auto folder = data_root() / "ibsi1/ct_phantom";
  const ReadVolume read = read_volume(folder / "dicom/image");
  expect_equal(read, read_series_with_itk(folder / "dicom/image"));
  const Volume nifti = read_volume(folder / "image.nii.gz").volume;
  EXPECT_EQ(describe_mismatch(read.volume.geometry(), nifti.geometry(), 1e-5), "");
  std::int64_t differing = 0;
  read.volume.visit([&](auto a) {
    nifti.visit([&](auto b) {
      for (std::size_t i = 0; i < a.size(); ++i) differing += double(a[i]) != double(b[i]);
    });
  });
  EXPECT_EQ(differing, 0);
  // Figures of SimpleITK 2.5.7.
  EXPECT_EQ(read.volume.geometry().spacing_mm,
      (std::array<double, 3>{0.97699999809265, 0.97699999809265, 2.9999999999998486}));
  EXPECT_EQ(
      read.volume.geometry().origin_mm, (std::array<double, 3>{-174.39450073242, -79.625503540039, -100.40000152587}));
  EXPECT_EQ(type_name(read.volume.type()), "int16");
}

}  // namespace
}  // namespace radloom::test
