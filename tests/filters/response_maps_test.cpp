// The 33 agreed response maps of IBSI chapter 2: every voxel within the tolerance of the reference, 1% of its range. And of every
// configuration: a block gives, bit for bit, what the whole image gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>

#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"
#include "radloom/io.hpp"
#include "support/csv.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

/// A test of the study: an image type with its settings, which of its images, and the slices it is made in.
struct Configuration {
  const char* test;
  const char* image_type;
  const char* settings;
  const char* image = nullptr;  ///< where the image type makes several
};

constexpr Configuration configurations[] = {
    {"1.a.1", "Mean", "mean_support: 15, filter_boundary: zero"},
    {"1.a.2", "Mean", "mean_support: 15, filter_boundary: nearest"},
    {"1.a.3", "Mean", "mean_support: 15, filter_boundary: periodic"},
    {"1.a.4", "Mean", "mean_support: 15, filter_boundary: mirror"},
    {"1.b.1", "Mean", "mean_support: 15, filter_boundary: zero, force_2d: true"},
    {"2.a", "LoG", "log_sigma_mm: [3], filter_boundary: zero"},
    {"2.b", "LoG", "log_sigma_mm: [5], filter_boundary: mirror"},
    {"2.c", "LoG", "log_sigma_mm: [5], filter_boundary: mirror, force_2d: true"},
    {"3.a.1", "Laws", "laws_kernels: E5L5S5, laws_energy_delta: null, filter_boundary: zero"},
    {"3.a.2", "Laws",
        "laws_kernels: E5L5S5, laws_energy_delta: null, filter_boundary: zero, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.a.3", "Laws",
        "laws_kernels: E5L5S5, laws_energy_delta: 7, filter_boundary: zero, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.b.1", "Laws", "laws_kernels: E3W5R5, laws_energy_delta: null"},
    {"3.b.2", "Laws",
        "laws_kernels: E3W5R5, laws_energy_delta: null, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.b.3", "Laws",
        "laws_kernels: E3W5R5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.c.1", "Laws", "laws_kernels: L5S5, laws_energy_delta: null, force_2d: true"},
    {"3.c.2", "Laws",
        "laws_kernels: L5S5, laws_energy_delta: null, force_2d: true, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.c.3", "Laws",
        "laws_kernels: L5S5, laws_energy_delta: 7, force_2d: true, filter_rotation_invariant: true, filter_pooling: max"},
    {"4.a.1", "Gabor",
        "gabor_sigma_mm: 10, gabor_lambda_mm: 4, gabor_gamma: 0.5, gabor_theta_deg: 60, filter_boundary: zero"},
    {"4.a.2", "Gabor",
        "gabor_sigma_mm: 10, gabor_lambda_mm: 4, gabor_gamma: 0.5, gabor_theta_step_deg: 45, filter_boundary: zero, filter_rotation_invariant: true"},
    {"4.b.1", "Gabor", "gabor_sigma_mm: 20, gabor_lambda_mm: 8, gabor_gamma: 2.5, gabor_theta_deg: 225"},
    {"4.b.2", "Gabor",
        "gabor_sigma_mm: 20, gabor_lambda_mm: 8, gabor_gamma: 2.5, gabor_theta_step_deg: 22.5, filter_rotation_invariant: true"},
    {"5.a.1", "Wavelet", "wavelet: db2, filter_boundary: zero", "wavelet_lhl"},
    {"5.a.2", "Wavelet", "wavelet: db2, filter_boundary: zero, filter_rotation_invariant: true", "wavelet_lhl"},
    {"6.a.1", "Wavelet", "wavelet: coif1, filter_boundary: periodic", "wavelet_hhl"},
    {"6.a.2", "Wavelet", "wavelet: coif1, filter_boundary: periodic, filter_rotation_invariant: true", "wavelet_hhl"},
    {"7.a.1", "Wavelet", "wavelet: haar, wavelet_start_level: 1, filter_rotation_invariant: true", "wavelet_lll"},
    {"7.a.2", "Wavelet", "wavelet: haar, wavelet_start_level: 1, filter_rotation_invariant: true", "wavelet_hhh"},
    {"8.a.1", "Simoncelli", "wavelet_levels: 3", "simoncelli_1"},
    {"8.a.2", "Simoncelli", "wavelet_levels: 3", "simoncelli_2"},
    {"8.a.3", "Simoncelli", "wavelet_levels: 3", "simoncelli_3"},
    {"9.a", "Riesz", "riesz_filter: LoG, log_sigma_mm: [3], riesz_order: [1, 0, 0], filter_boundary: zero"},
    {"9.b.1", "Riesz", "riesz_filter: LoG, log_sigma_mm: [3], riesz_order: [0, 2, 0], filter_boundary: zero"},
    {"10.b.1", "Riesz", "riesz_order: [0, 2, 0]"},
};

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

Config config_of(const Configuration& c) {
  return parse_config(
      std::string("families: [stat]\nimage_types: {") + c.image_type + ": {}}\nsettings: {" + c.settings + "}", c.test);
}

std::vector<DerivedImage> images_of_test(const Config& config, const Configuration& c) {
  auto images = images_of(config.image_types.at(0), config.convention);
  if (!c.image) return images;
  const auto found =
      std::find_if(images.begin(), images.end(), [&](const DerivedImage& image) { return image.name == c.image; });
  return found == images.end() ? std::vector<DerivedImage>{} : std::vector<DerivedImage>{*found};
}

/// 2.a of the study, say, as a test's name.
std::string named(const testing::TestParamInfo<Configuration>& instance) {
  std::string name = instance.param.test;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class ResponseMap : public testing::TestWithParam<Configuration> {};

TEST_P(ResponseMap, everyVoxel) {
  const auto& c = GetParam();
  RADLOOM_NEEDS_DATA("ibsi2/response_maps.csv");
  const auto rows = reference_maps();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.at("test") == c.test; });
  ASSERT_NE(row, rows.end());
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

INSTANTIATE_TEST_SUITE_P(Ibsi2, ResponseMap, testing::ValuesIn(configurations), named);

TEST(ResponseMaps, AllAreThere) {
  RADLOOM_NEEDS_DATA("ibsi2/response_maps.csv");
  const auto rows = reference_maps();
  ASSERT_EQ(rows.size(), std::size(configurations));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].at("test"), configurations[i].test);
}

}  // namespace
}  // namespace radloom::test
