#include "radloom/geometry.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "radloom/error.hpp"
#include "radloom/volume.hpp"

namespace radloom::test {
namespace {

Geometry oblique() {
  Geometry grid;
  grid.size = {4, 5, 6};
  grid.spacing_mm = {0.5, 2, 3};
  grid.origin_mm = {10, -20, 30};
  grid.direction = {0.36, 0.48, -0.8, -0.8, 0.6, 0, 0.48, 0.64, 0.6};
  return grid;
}

std::string refusal(const Geometry& grid) {
  try {
    check_geometry(grid, "scan.nii");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::geometry_invalid);
    return error.what();
  }
}

TEST(Geometry, MapsIndicesToSpace) {
  // 10 + 0.36*0.5*2 + 0.48*2*1 - 0.8*3*4, ...
  const auto p = oblique().to_physical({2, 1, 4});
  EXPECT_NEAR(p[0], 10 + 0.36 + 0.96 - 9.6, 1e-13);
  EXPECT_NEAR(p[1], -20 - 0.8 + 1.2, 1e-13);
  EXPECT_NEAR(p[2], 30 + 0.48 + 1.28 + 7.2, 1e-13);
  EXPECT_EQ(oblique().to_physical({0, 0, 0}), oblique().origin_mm);
}

TEST(Geometry, IndicesComeBack) {
  Geometry grid = oblique();
  for (int mirrored = 0; mirrored < 2; ++mirrored) {
    const auto index = grid.to_index(grid.to_physical({1.25, -3, 7.5}));
    EXPECT_NEAR(index[0], 1.25, 1e-12);
    EXPECT_NEAR(index[1], -3, 1e-12);
    EXPECT_NEAR(index[2], 7.5, 1e-12);
    for (const std::size_t i : {2u, 5u, 8u}) grid.direction[i] = -grid.direction[i];
  }
  Geometry sheared;
  sheared.direction = {1, 0.5, 0, 0, 0.8, 0, 0, 0, 1};
  EXPECT_NEAR(sheared.to_index({2.5, 0.8, 0})[0], 2, 1e-14);
  EXPECT_NEAR(sheared.to_index({2.5, 0.8, 0})[1], 1, 1e-14);
}

TEST(Geometry, CropKeepsPlaces) {
  const Geometry grid = oblique();
  const Geometry part = crop(grid, Box{{1, 2, 3}, {2, 2, 2}});
  EXPECT_EQ(part.size, (std::array<std::int64_t, 3>{2, 2, 2}));
  EXPECT_EQ(part.spacing_mm, grid.spacing_mm);
  EXPECT_EQ(part.direction, grid.direction);
  const auto a = part.to_physical({1, 1, 1}), b = grid.to_physical({2, 3, 4});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
}

TEST(Geometry, CheckNamesWhatIsWrong) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto with = [](auto change) {
    Geometry grid = oblique();
    change(grid);
    return refusal(grid);
  };
  EXPECT_EQ(refusal(oblique()), "");
  EXPECT_EQ(with([](Geometry& g) { g.spacing_mm[1] = -2; }),
      "scan.nii: the spacing along y is -2 mm; it must be positive and finite: repair the header");
  EXPECT_NE(with([](Geometry& g) { g.spacing_mm[0] = 0; }).find("along x is 0 mm"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.spacing_mm[2] = nan; }).find("along z is nan mm"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.size[2] = 0; }).find("size along z is 0"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.size[0] = -4; }).find("size along x is -4"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) {
    g.size = {1LL << 31, 1LL << 31, 1LL << 31};
  }).find("more than can be counted"),
      std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.origin_mm[1] = nan; }).find("origin along y"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.direction[4] = nan; }).find("not finite"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.direction = {1, 0, 1, 0, 1, 1, 0, 0, 0}; }).find("singular"), std::string::npos);
  EXPECT_NE(with([](Geometry& g) { g.direction = {}; }).find("singular"), std::string::npos);
}

TEST(Geometry, MismatchSaysByHowMuch) {
  Geometry image = oblique(), mask = oblique();
  EXPECT_EQ(describe_mismatch(image, mask), "");
  mask.origin_mm[2] += 30;
  EXPECT_EQ(describe_mismatch(image, mask), "origin differs by 30 mm along z (image 30, mask 60; tolerance 5e-07 mm)");
  mask = oblique();
  mask.spacing_mm[0] = 1;
  EXPECT_EQ(describe_mismatch(image, mask, 1e-3),
      "spacing differs by 0.5 mm along x (image 0.5, mask 1; tolerance 0.0005 mm)");
  mask = oblique();
  mask.size[1] = 7;
  EXPECT_EQ(describe_mismatch(image, mask), "size differs: image 4 x 5 x 6, mask 4 x 7 x 6");
  mask = oblique();
  mask.direction = {0.36, 0.48, 0.8, -0.8, 0.6, 0, 0.48, 0.64, -0.6};
  EXPECT_EQ(describe_mismatch(image, mask),
      "direction of axis z differs by 1.6 (image -0.8 0 0.6, mask 0.8 0 -0.6; tolerance 1e-06)");
  mask = oblique();
  mask.size[0] = 9;
  mask.origin_mm[0] = 11;
  EXPECT_EQ(describe_mismatch(image, mask),
      "size differs: image 4 x 5 x 6, mask 9 x 5 x 6; origin differs by 1 mm along x (image 10, mask 11; tolerance 5e-07 mm)");
}

// ITK's rule: origins and spacings within tolerance x spacing along x, both ends included; NaN agrees with nothing.
TEST(Geometry, MismatchTolerance) {
  const Geometry image = oblique();
  Geometry mask = image;
  mask.origin_mm[1] = -20 + 0.25;  // exactly 0.5 x the spacing along x
  EXPECT_EQ(describe_mismatch(image, mask, 0.5), "");
  mask.origin_mm[1] = -20 + 0.2500001;
  EXPECT_NE(describe_mismatch(image, mask, 0.5), "");
  mask = image;
  mask.spacing_mm[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(describe_mismatch(image, mask, 0.5).find("spacing"), std::string::npos);
}

TEST(Volume, NeedsItsVoxels) {
  Geometry grid;
  grid.size = {2, 2, 2};
  EXPECT_THROW(Volume(grid, ScalarType::uint8, nullptr), Error);
  EXPECT_THROW(Volume::from(grid, std::vector<float>(7)), Error);
  const Volume volume = Volume::from(grid, std::vector<float>(8, 1.5F));
  EXPECT_EQ(volume.as<float>()[7], 1.5F);
  EXPECT_THROW(volume.as<double>(), Error);
  EXPECT_TRUE(Volume().empty());
}

}  // namespace
}  // namespace radloom::test
