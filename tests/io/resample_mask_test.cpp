// Expected voxels: SimpleITK 2.5.7, ResampleImageFilter with sitkNearestNeighbor.
#include "io/files.hpp"

namespace radloom::test {
namespace {

TEST(ResampleMask, ObliqueGridsOfOtherSpacing) {
  Geometry from;
  from.size = {4, 6, 5};
  from.spacing_mm = {1.5, 0.8, 2};
  from.origin_mm = {-1, 2, 0.5};
  from.direction = {0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1};
  std::vector<std::uint8_t> labels(120);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = std::uint8_t(i % 4);
  Geometry image;
  image.size = {5, 4, 3};
  image.spacing_mm = {1.1, 1.3, 1.7};
  image.origin_mm = {-2, 3, 0};
  image.direction = {1, 0, 0, 0, 0.8, -0.6, 0, 0.6, 0.8};
  const Volume result = resample_mask(Volume::from(from, labels), image);
  EXPECT_EQ(result.geometry().origin_mm, image.origin_mm);
  EXPECT_EQ(values_of<std::uint8_t>(result),
      (std::vector<std::uint8_t>{0, 1, 1, 0, 0, 1, 1, 2, 0, 0, 1, 2, 2, 3, 0, 2, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0,
          0, 1, 1, 2, 0, 0, 1, 2, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 2, 0, 0}));
}

// Every centre lies midway between two of the mask's: ties go up, the near border is inside and the far one is not.
TEST(ResampleMask, TiesGoUp) {
  Geometry from;
  from.size = {2, 2, 2};
  from.spacing_mm = {2, 2, 2};
  Geometry image;
  image.size = {5, 4, 3};
  image.origin_mm = {-1, -1, 0};
  const Volume result = resample_mask(Volume::from(from, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8}), image);
  EXPECT_EQ(result.type(), ScalarType::int32);
  EXPECT_EQ(values_of<std::int32_t>(result),
      (std::vector<std::int32_t>{1, 1, 2, 2, 0, 1, 1, 2, 2, 0, 3, 3, 4, 4, 0, 3, 3, 4, 4, 0, 5, 5, 6, 6, 0, 5, 5, 6, 6,
          0, 7, 7, 8, 8, 0, 7, 7, 8, 8, 0, 5, 5, 6, 6, 0, 5, 5, 6, 6, 0, 7, 7, 8, 8, 0, 7, 7, 8, 8, 0}));
}

TEST(ResampleMask, SameGridAndNoOverlap) {
  Geometry grid;
  grid.size = {4, 3, 2};
  grid.spacing_mm = {0.78125, 0.78125, 6.5};
  grid.origin_mm = {-99.609375, 99.609375, -78};
  grid.direction = {1, 0, 0, 0, -1, 0, 0, 0, 1};
  const Volume mask = Volume::from(grid, ramp());
  EXPECT_EQ(values_of<std::int16_t>(resample_mask(mask, grid)), ramp());
  Geometry away = grid;
  away.origin_mm[0] += 1000;
  EXPECT_EQ(values_of<std::int16_t>(resample_mask(mask, away)), std::vector<std::int16_t>(24, 0));
}

TEST(ResampleMask, RefusesGridsThatCannotBe) {
  Geometry grid;
  grid.size = {4, 3, 2};
  Geometry bad = grid;
  bad.spacing_mm[1] = 0;
  expect_error(
      ErrorCode::geometry_invalid, {"image", "spacing"}, [&] { resample_mask(Volume::from(grid, ramp()), bad); });
}

}  // namespace
}  // namespace radloom::test
