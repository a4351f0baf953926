// Structures and segments. Structures are held to the even-odd rule point by point, to the IBSI phantom's own mask, and to
// what a plan of theirs means; segments are files that highdicom wrote (make_dicom.py), and some by hand.
#include "radloom/mask.hpp"

#include <algorithm>
#include <cmath>

#include "io/dicom_files.hpp"
#include "io/digest.hpp"
#include "io/highdicom_files.inc"
#include "support/data.hpp"

namespace radloom::test {
namespace {

/// The grid of ct_slice(0) ... ct_slice(3).
Geometry grid_of_slices() {
  Geometry grid;
  grid.size = {4, 3, 4};
  grid.spacing_mm = {0.5, 0.75, 2.5};
  grid.origin_mm = {-10.5, 20.25, -7};
  return grid;
}

/// The voxels of a region: 1 where one of its values stands.
std::vector<int> voxels_of(const DrawnMask& drawn, std::size_t region) {
  std::vector<int> inside;
  const auto& values = drawn.regions[region].values;
  for (const std::uint16_t value : drawn.volume.as<std::uint16_t>())
    inside.push_back(int(std::find(values.begin(), values.end(), value) != values.end()));
  return inside;
}

std::string problem_of(const DrawnMask& drawn, std::size_t region = 0) {
  return drawn.regions[region].problem ? drawn.regions[region].problem->what() : "";
}

Geometry square(std::int64_t size, std::int64_t slices = 1) {
  Geometry grid = oblique();
  grid.size = {size, size, slices};
  return grid;
}

DrawnMask draw(const Geometry& grid, const std::vector<Roi>& rois, const std::vector<std::int64_t>& numbers = {1}) {
  const Folder folder;
  const auto mask = NamedMask::open(folder.write("s.dcm", dicom_file(structure_set(grid, rois), implicit_little)));
  return mask->draw(grid, "1.2.3.5", numbers);
}

Loop rectangle(double x0, double y0, double x1, double y1) { return {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}; }

/// Rows of a slice as text, '#' inside.
std::vector<std::string> picture(const DrawnMask& drawn, std::size_t region = 0) {
  const auto inside = voxels_of(drawn, region);
  const auto& size = drawn.volume.geometry().size;
  std::vector<std::string> rows;
  for (std::int64_t y = 0; y < size[1] * size[2]; ++y) {
    rows.emplace_back();
    for (std::int64_t x = 0; x < size[0]; ++x) rows.back() += inside[std::size_t(y * size[0] + x)] ? '#' : '.';
  }
  return rows;
}

TEST(Structures, VoxelsWhoseCentreLiesInside) {
  EXPECT_EQ(picture(draw(square(5), {{1, "a", {{0, rectangle(0.4, 0.6, 2.6, 3.4)}}}})),
      (std::vector<std::string>{".....", ".##..", ".##..", ".##..", "....."}));
  // A contour through centres: those at its lower ends belong to it, in both axes, whatever the last digits of its points.
  EXPECT_EQ(picture(draw(square(5), {{1, "a", {{0, rectangle(1, 1, 3, 4)}}}})),
      (std::vector<std::string>{".....", ".##..", ".##..", ".##..", "....."}));
  EXPECT_EQ(picture(draw(square(5), {{1, "a", {{0, {{4, 0}, {0, 4}, {0, 0}}}}}})),
      (std::vector<std::string>{"####.", "###..", "##...", "#....", "....."}));
}

TEST(Structures, HolesKeyholesAndIslands) {
  const std::vector<std::string> ring{"......", ".####.", ".#..#.", ".#..#.", ".####.", "......"};
  EXPECT_EQ(
      picture(draw(square(6), {{1, "a", {{0, rectangle(0.5, 0.5, 4.5, 4.5)}, {0, rectangle(1.5, 1.5, 3.5, 3.5)}}}})),
      ring);
  // In by the slit, around the hole the other way, out by the slit.
  const Loop keyhole{{0.5, 0.5}, {4.5, 0.5}, {4.5, 4.5}, {0.5, 4.5}, {0.5, 0.5}, {1.5, 1.5}, {1.5, 3.5}, {3.5, 3.5},
      {3.5, 1.5}, {1.5, 1.5}};
  EXPECT_EQ(picture(draw(square(6), {{1, "a", {{0, keyhole}}}})), ring);
  EXPECT_EQ(picture(draw(square(6), {{1, "a", {{0, keyhole, "CLOSEDPLANAR_XOR"}}}})), ring);
  EXPECT_EQ(picture(draw(square(4, 2), {{1, "a",
                                           {{0, rectangle(-0.5, -0.5, 0.5, 0.5)}, {0, rectangle(2.5, 1.5, 3.5, 3.5)},
                                               {1, rectangle(0.5, 0.5, 1.5, 1.5)}}}})),
      (std::vector<std::string>{"#...", "....", "...#", "...#", "....", ".#..", "....", "...."}));
}

/// Random stars with many points, against the parity of the crossings of a ray from each centre.
TEST(Structures, EqualTheEvenOddRulePointByPoint) {
  constexpr int size = 23;
  std::uint32_t state = 7;
  const auto random = [&] { return double((state = state * 1664525U + 1013904223U) >> 8) / 16777216.0; };
  for (int repeat = 0; repeat < 12; ++repeat) {
    std::vector<Contour> contours(3);
    for (Contour& contour : contours)
      for (int i = 0; i < 9; ++i) contour.points.push_back({random() * size - 0.5, random() * size - 0.5});
    const auto inside = voxels_of(draw(square(size), {{1, "a", contours}}), 0);
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x) {
        bool odd = false;
        for (const Contour& contour : contours)
          for (std::size_t i = 0; i < 9; ++i) {
            const auto &a = contour.points[i], &b = contour.points[(i + 1) % 9];
            if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]) odd = !odd;
          }
        EXPECT_EQ(inside[std::size_t(y * size + x)] != 0, odd) << x << ", " << y;
      }
  }
}

TEST(Structures, MayOverlap) {
  const std::vector<Roi> rois{{7, "body", {{0, rectangle(-0.5, -0.5, 3.5, 3.5)}}},
      {3, "target", {{0, rectangle(0.5, 0.5, 2.5, 2.5)}}}, {2, "other", {{0, rectangle(1.5, 1.5, 3.5, 3.5)}}}};
  const DrawnMask drawn = draw(square(4), rois, {7, 2, 3});
  EXPECT_EQ(drawn.regions[1].name.name, "other");
  EXPECT_EQ(picture(drawn, 0), (std::vector<std::string>{"####", "####", "####", "####"}));
  EXPECT_EQ(picture(drawn, 1), (std::vector<std::string>{"....", "....", "..##", "..##"}));
  EXPECT_EQ(picture(drawn, 2), (std::vector<std::string>{"....", ".##.", ".##.", "...."}));
}

TEST(Structures, WhatCannotBeDrawnIsTheRegionsProblem) {
  const Geometry grid = square(4, 3);
  const Loop good = rectangle(0.5, 0.5, 2.5, 2.5);
  const std::vector<Roi> rois{{1, "good", {{1, good}}}, {2, "between", {{1, good}, {1.5, good}}},
      {3, "beside", {{1, rectangle(1, 1, 9, 2)}}}, {4, "above", {{3, good}}}, {5, "points", {{1, {{1, 1}}, "POINT"}}},
      {6, "odd", {{1, good, "SPIRAL"}}}, {7, "rounded", {{1.04, good}}},
      {8, "small", {{1, rectangle(0.6, 0.6, 0.8, 0.8)}}}};
  const DrawnMask drawn = draw(grid, rois, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(problem_of(drawn, 0), "");
  EXPECT_NE(problem_of(drawn, 1).find("contour 2 of structure 2 (between) lies in no slice"), std::string::npos)
      << problem_of(drawn, 1);
  EXPECT_EQ(drawn.regions[1].problem->code(), ErrorCode::geometry_mismatch);
  EXPECT_TRUE(drawn.regions[1].values.empty()) << "the contour before it is taken back";
  EXPECT_NE(problem_of(drawn, 2).find("leaves the image"), std::string::npos) << problem_of(drawn, 2);
  EXPECT_NE(problem_of(drawn, 3).find("outside the image, at slice 3 of 3"), std::string::npos) << problem_of(drawn, 3);
  EXPECT_EQ(problem_of(drawn, 4), "");
  EXPECT_TRUE(drawn.regions[4].values.empty());
  EXPECT_FALSE(drawn.regions[4].name.outlined);
  EXPECT_NE(problem_of(drawn, 5).find("SPIRAL"), std::string::npos);
  EXPECT_EQ(picture(drawn, 6), picture(drawn, 0));
  EXPECT_EQ(problem_of(drawn, 7), "");
  EXPECT_TRUE(drawn.regions[7].values.empty());
  EXPECT_TRUE(drawn.regions[7].name.outlined);

  const Folder folder;
  const auto mask = NamedMask::open(folder.write("s.dcm", dicom_file(structure_set(grid, rois))));
  EXPECT_NE(problem_of(mask->draw(grid, "1.2.3.6", {1})).find("frame of reference 1.2.3.5"), std::string::npos);
  EXPECT_EQ(problem_of(mask->draw(grid, "", {1})), "") << "the frame of reference of a NIfTI image is not known";
  expect_error(ErrorCode::usage, {"number 9"}, [&] { mask->draw(grid, "", {9}); });
}

TEST(Structures, Names) {
  const Folder folder;
  const std::vector<Roi> rois{{4, "L\xE4sion", {}}, {2, "GTV-1 ", {}}};
  const auto latin = NamedMask::open(folder.write("a", dicom_file(structure_set(square(3), rois))));
  EXPECT_EQ(latin->names()[0].name, "L\xC3\xA4sion");
  EXPECT_EQ(latin->names()[1].name, "GTV-1");
  EXPECT_EQ(latin->names()[1].number, 2);
  DicomDataset d = structure_set(square(3), {{4, "L\xC3\xA4sion\xFF", {}}});
  EXPECT_EQ(NamedMask::open(folder.write("a", dicom_file(d.text(8, 5, "CS", "ISO_IR 192"))))->names()[0].name,
      "L\xC3\xA4sion?");
  EXPECT_EQ(NamedMask::open(folder.write("a", dicom_file(d.drop(8, 5))))->names()[0].name, "L??sion?");
  d = structure_set(square(3), {{4, "a", {}}, {4, "b", {}}});
  expect_error(
      ErrorCode::file_corrupt, {"number 4 occurs twice"}, [&] { NamedMask::open(folder.write("a", dicom_file(d))); });
}

/// The structure set of the IBSI phantom and its NIfTI mask mean the same voxels.
TEST(Structures, IbsiPhantom) {
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/dicom");
  const auto folder = data_root() / "ibsi1/ct_phantom";
  const ReadVolume image = read_volume(folder / "dicom/image");
  const auto mask = NamedMask::open(folder / "dicom/mask");  // the folder of the one file
  ASSERT_TRUE(mask);
  ASSERT_EQ(mask->names().size(), 1U);
  EXPECT_EQ(mask->names()[0].name, "GTV-1");
  const DrawnMask drawn = mask->draw(image.volume.geometry(), image.frame_of_reference, {1});
  EXPECT_EQ(problem_of(drawn), "");
  const auto inside = voxels_of(drawn, 0);
  EXPECT_EQ(std::count(inside.begin(), inside.end(), 1), 125256);
  std::int64_t differing = 0;
  read_volume(folder / "mask.nii.gz").volume.visit([&](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i) differing += (values[i] != 0) != (inside[i] != 0);
  });
  EXPECT_EQ(differing, 0);
}

DrawnMask draw_segments(const std::string& bytes, const Geometry& grid, const std::vector<std::int64_t>& numbers) {
  const Folder folder;
  const auto mask = NamedMask::open(folder.write("seg.dcm", bytes));
  EXPECT_TRUE(mask);
  return mask->draw(grid, "1.2.3.5", numbers);
}

std::vector<int> expected_voxels(const std::vector<std::array<int, 3>>& xyz) {
  std::vector<int> voxels(48);
  for (const auto& [x, y, z] : xyz) voxels[std::size_t((z * 3 + y) * 4 + x)] = 1;
  return voxels;
}

TEST(Segments, BinaryOfHighdicom) {
  const Folder folder;
  const auto mask = NamedMask::open(folder.write("seg.dcm", from_base64(highdicom_binary)));
  ASSERT_EQ(mask->names().size(), 2U);
  EXPECT_EQ(mask->names()[0].name, "GTV-1");
  EXPECT_EQ(mask->names()[1].name, "Lung, left");
  const DrawnMask drawn = mask->draw(grid_of_slices(), "1.2.3.5", {1, 2});
  EXPECT_EQ(problem_of(drawn, 0) + problem_of(drawn, 1), "");
  EXPECT_EQ(voxels_of(drawn, 0), expected_voxels({{1, 0, 1}, {2, 0, 1}, {1, 1, 1}, {2, 1, 1}, {0, 2, 3}}));
  EXPECT_EQ(voxels_of(drawn, 1), expected_voxels({{2, 1, 1}, {3, 1, 1}}));
  EXPECT_NE(problem_of(mask->draw(grid_of_slices(), "1.2", {1})).find("frame of reference"), std::string::npos);
}

TEST(Segments, FractionsCountFromHalfOfTheirMaximumOn) {
  const auto expected = expected_voxels({{2, 0, 0}, {3, 0, 0}, {0, 1, 2}, {2, 1, 2}});
  EXPECT_EQ(voxels_of(draw_segments(from_base64(highdicom_fractional), grid_of_slices(), {1}), 0), expected);
  EXPECT_EQ(voxels_of(draw_segments(from_base64(highdicom_rle), grid_of_slices(), {1}), 0), expected);
}

TEST(Segments, LabelMap) {
  const DrawnMask drawn = draw_segments(from_base64(highdicom_label_map), grid_of_slices(), {1, 2});
  EXPECT_EQ(voxels_of(drawn, 0), expected_voxels({{0, 0, 2}, {1, 0, 2}, {0, 1, 2}, {1, 1, 2}}));
  EXPECT_EQ(voxels_of(drawn, 1), expected_voxels({{3, 2, 0}}));
}

/// Frames are placed by where they lie: on an image that is turned, or larger; and refused beside its voxels.
TEST(Segments, ArePlacedByGeometry) {
  const std::string bytes = from_base64(highdicom_binary);
  const auto plain = voxels_of(draw_segments(bytes, grid_of_slices(), {1}), 0);
  Geometry turned = grid_of_slices();  // x backwards, y and z exchanged
  turned.size = {4, 4, 3};
  turned.spacing_mm = {0.5, 2.5, 0.75};
  turned.origin_mm = {-9, 20.25, -7};
  turned.direction = {-1, 0, 0, 0, 0, 1, 0, 1, 0};
  const auto other = voxels_of(draw_segments(bytes, turned, {1}), 0);
  for (int z = 0; z < 4; ++z)
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 4; ++x)
        EXPECT_EQ(other[std::size_t((y * 4 + z) * 4 + 3 - x)], plain[std::size_t((z * 3 + y) * 4 + x)]);
  Geometry larger = grid_of_slices();
  larger.size = {6, 5, 6};
  larger.origin_mm = {-11, 19.5, -9.5};
  const auto inner = voxels_of(draw_segments(bytes, larger, {1}), 0);
  EXPECT_EQ(std::count(inner.begin(), inner.end(), 1), 5);
  EXPECT_EQ(inner[std::size_t((2 * 5 + 1) * 6 + 2)], 1);

  const auto refused = [&](const Geometry& grid) { return problem_of(draw_segments(bytes, grid, {1})); };
  Geometry grid = grid_of_slices();
  grid.origin_mm[2] += 1;
  EXPECT_NE(refused(grid).find("does not lie on the image's grid"), std::string::npos);
  grid = grid_of_slices();
  grid.spacing_mm[0] = 0.6;
  EXPECT_NE(refused(grid).find("its pixels are 0.5 x 0.75 mm"), std::string::npos);
  grid = grid_of_slices();
  grid.size[2] = 3;
  EXPECT_NE(refused(grid).find("reaches beyond the image"), std::string::npos) << "slice 3 holds a voxel";
}

TEST(NamedMasks, AreNothingElse) {
  const Folder folder;
  EXPECT_FALSE(NamedMask::open(folder.write("a.nii", NiftiHeader().bytes())));
  EXPECT_FALSE(NamedMask::open(folder.write("set.nii", dicom_file(structure_set(square(3), {{1, "a", {}}})))))
      << "by its name it is NIfTI";
  EXPECT_FALSE(NamedMask::open(folder.write("ct.dcm", dicom_file(ct_slice(0, slice_pixels(0))))));
  EXPECT_FALSE(NamedMask::open(folder.path() / "nowhere"));
  EXPECT_FALSE(NamedMask::open(folder.path())) << "an image lies in it";
  const Folder two;
  const std::string set = dicom_file(structure_set(square(3), {{1, "a", {}}}));
  two.write("a.dcm", set);
  EXPECT_TRUE(NamedMask::open(two.path()));
  EXPECT_EQ(NamedMask::open(two.path())->sha256().size(), 64U);
  two.write("b.dcm", set);
  expect_error(ErrorCode::file_unreadable, {"several", "a.dcm, b.dcm", "name the file of one"},
      [&] { NamedMask::open(two.path()); });
  expect_error(ErrorCode::file_unreadable, {"RTSTRUCT", "no image"}, [&] { read_volume(two.path() / "a.dcm"); });
  for (const char* name : {"0.dcm", "z.dcm"}) {  // an image beside them, wherever it is met
    const std::filesystem::path image = two.write(name, dicom_file(ct_slice(0, slice_pixels(0))));
    EXPECT_FALSE(NamedMask::open(two.path())) << name;
    EXPECT_NO_THROW(io::sha256_of_image(two.path())) << name;
    std::filesystem::remove(image);
  }
}

}  // namespace
}  // namespace radloom::test
