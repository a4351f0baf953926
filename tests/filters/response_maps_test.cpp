// The 33 agreed response maps of IBSI chapter 2: every voxel within the tolerance of the reference, 1% of its range. And of every
// configuration: a block gives, bit for bit, what the whole image gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>

#include "cli/ibsi_filters.hpp"
#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"
#include "radloom/io.hpp"
#include "support/csv.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

using ibsi_filters::config_of;
using ibsi_filters::Map;

/// The rows of response_maps.csv, by column.
std::vector<std::map<std::string, std::string>> reference_maps() {
  std::ifstream file(data_root() / "ibsi2/response_maps.csv");
  std::string line;
  std::getline(file, line);
  const auto names = csv_fields(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(file, line)) {
    const auto fields = csv_fields(line);
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i) row[names[i]] = fields[i];
  }
  return rows;
}

std::vector<DerivedImage> images_of_test(const Config& config, const Map& c) {
  auto images = images_of(config.image_types.at(0), config.convention);
  if (!c.image) return images;
  const auto found =
      std::find_if(images.begin(), images.end(), [&](const DerivedImage& image) { return image.name == c.image; });
  return found == images.end() ? std::vector<DerivedImage>{} : std::vector<DerivedImage>{*found};
}

/// 2.a of the study, say, as a test's name.
std::string named(const testing::TestParamInfo<Map>& instance) {
  std::string name = instance.param.test;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class ResponseMap : public testing::TestWithParam<Map> {};

TEST_P(ResponseMap, everyVoxel) {
  const auto& c = GetParam();
  RADLOOM_NEEDS_DATA("ibsi2/response_maps.csv");
  const auto rows = reference_maps();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.at("test") == c.test; });
  ASSERT_NE(row, rows.end());
  EXPECT_EQ(row->at("phantom"), std::string(c.phantom) + ".nii.gz");
  const Volume image = read_volume(data_root() / "ibsi2/phantoms" / row->at("phantom")).volume;
  const Volume reference = read_volume(data_root() / "ibsi2" / row->at("reference")).volume;
  const Config config = config_of(c);
  const auto images = images_of_test(config, c);
  ASSERT_EQ(images.size(), 1u);
  const filters::Request request{config.image_types[0].settings, config.convention, images};
  const auto& size = image.geometry().size;
  const auto made = filters::derive(c.image_type, request, filters::whole_block(image), {{}, size}, {});
  ASSERT_EQ(made.size(), 1u);
  ASSERT_EQ(made[0].geometry().size, reference.geometry().size);
  const double tolerance = std::stod(row->at("tolerance"));
  double worst = 0;
  made[0].visit([&](const auto& ours) {
    reference.visit([&](const auto& theirs) {
      for (std::size_t i = 0; i < theirs.size(); ++i) {
        const double difference = std::abs(double(ours[i]) - double(theirs[i]));
        worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
      }
    });
  });
  std::printf("%s: worst %.2g, tolerance %.2g\n", c.test, worst, tolerance);
  EXPECT_LE(worst, tolerance);
  // What radloom conformance says of them.
  const auto compared = ibsi_filters::compare(made[0], reference);
  ASSERT_TRUE(compared);
  EXPECT_EQ(std::abs(compared->ours - compared->reference), worst);
  EXPECT_NEAR(compared->tolerance, tolerance, 1e-6 * tolerance);
  EXPECT_EQ(compared->misses, 0);
}

TEST_P(ResponseMap, blocksGiveWhatTheWholeGives) {
  const auto& c = GetParam();
  const Geometry grid{{17, 14, 12}, {2, 2, 2}, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  std::vector<float> values(std::size_t(grid.voxels()));
  std::uint32_t seed = 7;
  for (auto& v : values) {
    seed = seed * 1664525 + 1013904223;
    v = float(seed >> 20);
  }
  const Volume image = Volume::from(grid, std::move(values));
  const Config config = config_of(c);
  const auto images = images_of_test(config, c);
  const filters::Request request{config.image_types[0].settings, config.convention, images};
  const auto whole = filters::derive(c.image_type, request, filters::whole_block(image), {{}, grid.size}, {});
  for (const Box& box : {Box{{0, 0, 0}, {3, 2, 1}}, Box{{8, 7, 5}, {2, 3, 2}}, Box{{15, 10, 11}, {2, 4, 1}}}) {
    const Box needed = filters::needed(c.image_type, request, box, filters::grid_of(grid));
    const filters::Block block{crop(image, needed), needed.first, grid.size};
    const auto part = filters::derive(c.image_type, request, block, box, {});
    ASSERT_EQ(part.size(), whole.size());
    const Volume expected = crop(whole[0], box);
    ASSERT_EQ(part[0].type(), expected.type());
    EXPECT_EQ(std::memcmp(part[0].data(), expected.data(), std::size_t(box.voxels()) * bytes_of(expected.type())), 0)
        << "a box of " << box.size[0] << " x " << box.size[1] << " x " << box.size[2];
  }
}

INSTANTIATE_TEST_SUITE_P(Ibsi2, ResponseMap, testing::ValuesIn(ibsi_filters::maps), named);

TEST(ResponseMaps, AllAreThere) {
  RADLOOM_NEEDS_DATA("ibsi2/response_maps.csv");
  const auto rows = reference_maps();
  ASSERT_EQ(rows.size(), std::size(ibsi_filters::maps));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].at("test"), ibsi_filters::maps[i].test);
}

TEST(ResponseMaps, PhantomsMadeByFormulaAreTheFiles) {
  RADLOOM_NEEDS_DATA("ibsi2/phantoms/sphere.nii.gz");
  for (const std::string name : {"checkerboard", "impulse", "sphere", "pattern_1"}) {
    const Volume made = ibsi_filters::phantom(name);
    const Volume stored = read_volume(data_root() / "ibsi2/phantoms" / (name + ".nii.gz")).volume;
    EXPECT_EQ(made.geometry().size, stored.geometry().size) << name;
    EXPECT_EQ(made.geometry().spacing_mm, stored.geometry().spacing_mm) << name;
    ASSERT_EQ(made.type(), stored.type()) << name;
    EXPECT_EQ(std::memcmp(made.data(), stored.data(), std::size_t(stored.geometry().voxels())), 0) << name;
  }
}

TEST(ResponseMaps, OneVoxelBeyondTheToleranceIsAMiss) {
  const Volume reference = ibsi_filters::phantom("sphere");
  const auto original = reference.as<std::uint8_t>();
  std::vector<float> values(original.begin(), original.end());
  values[(5 * 64 + 4) * 64 + 3] += 2.5f;  // the tolerance is 2.55
  const auto within = ibsi_filters::compare(Volume::from(reference.geometry(), std::vector<float>(values)), reference);
  ASSERT_TRUE(within);
  EXPECT_EQ(within->misses, 0);
  EXPECT_EQ(within->voxel, (std::array<std::int64_t, 3>{3, 4, 5}));
  values[(5 * 64 + 4) * 64 + 3] += 0.1f;
  values.back() = NAN;
  const auto beyond = ibsi_filters::compare(Volume::from(reference.geometry(), std::vector<float>(values)), reference);
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->misses, 2);
  EXPECT_EQ(beyond->voxel, (std::array<std::int64_t, 3>{63, 63, 63})) << "what is not a number is furthest";
  EXPECT_FALSE(ibsi_filters::compare(crop(reference, {{0, 0, 0}, {64, 64, 63}}), reference));
}

}  // namespace
}  // namespace radloom::test
