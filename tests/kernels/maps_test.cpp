// Neighbourhoods on the emulated device against the cpu's, which tests/maps holds against PyRadiomics and against the engine.
#include "maps/measure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/maps/stage.hpp"
#include "kernels/stage_case.hpp"
#include "simt/device.hpp"

namespace radloom::test::maps_kernels {
namespace {

/// Settings as PyRadiomics or radloom spell them, and the region they are tried on.
struct Case {
  std::string name, config;
  SmallRegion region;
};

std::vector<Column> mapped(const Config& config) {
  std::vector<Column> out;
  for (const auto& c : columns(config))
    if (maps::has_map(c.feature->family)) out.push_back(c);
  return out;
}

using Values = std::vector<std::vector<double>>;

/// Every map of a region; `elsewhere` may be empty.
Values maps_of(const Case& c, const maps::Elsewhere& elsewhere) {
  const Config config = parse_config(c.config, c.name);
  const auto wanted = mapped(config);
  Values out(wanted.size());
  maps::measure(c.region.image, c.region.mask(), {&config.settings, config.convention, wanted},
      {[&](std::size_t column, std::span<const double> values) {
         out[column] = {values.begin(), values.end()};
       },
          {}},
      {}, elsewhere);
  return out;
}

Values on_device(const Case& c, unsigned seed) {
  simt::Device device({.seed = seed});
  Values out = maps_of(c, [&](const maps::Task& task, std::span<double> averaged, std::span<double> merged) {
    maps::Stage<simt::Device> stage(device, 0, task);
    EXPECT_TRUE(stage.fits());
    stage.measure(std::int64_t(features(task.family).size()), averaged, merged);
    return true;
  });
  device.finish();
  return out;
}

/// Also those of what is not a number.
bool same_bits(const Values& a, const Values& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
  });
}

void expect_as_on_the_cpu(const Case& c, unsigned seed) {
  SCOPED_TRACE(c.name);
  const auto expected = maps_of(c, {}), ours = on_device(c, seed);
  const auto wanted = mapped(parse_config(c.config, c.name));
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t k = 0; k < ours.size(); ++k) {
    // Below this a value is a rounding error: the root of one for Imc2.
    const double floor = wanted[k].name.find("mc2") != std::string::npos ||
                                 wanted[k].name.find("information_correlation_2") != std::string::npos
                             ? 1e-7
                             : 1e-9;
    ASSERT_EQ(ours[k].size(), expected[k].size()) << wanted[k].name;
    for (std::size_t v = 0; v < ours[k].size(); ++v)
      ASSERT_LE(relative(ours[k][v], expected[k][v], floor), 1e-9)
          << wanted[k].name << ", voxel " << v << ": " << ours[k][v] << ", not " << expected[k][v];
  }
}

SmallRegion noise(std::array<int, 3> size, int levels, double inside, std::uint32_t seed) {
  return SmallRegion(random_grid(size, {inside, levels, false}, seed), {1, 1.5, 2});
}

const std::string all = "families: {firstorder: , glcm: , glrlm: , glszm: , gldm: , ngtdm: }\n";
const std::string standard = "families: {stat: , glcm: , glrlm: , glszm: , ngldm: , ngtdm: }\n";

std::string pyradiomics(const std::string& settings) {
  return "convention: pyradiomics\n" + all + "settings: {bin_width: 1" + settings + "}\n";
}
std::string ibsi(const std::string& settings) {
  return "convention: ibsi\n" + standard + "settings: {bin_width: 1, resegment_range: [1, 9]" + settings + "}\n";
}

TEST(MapKernels, AsOnTheCpu) {
  const std::vector<Case> cases{{"many levels", pyradiomics(""), noise({4, 3, 3}, 40, 0.9, 1)},
      {"few levels", pyradiomics(""), noise({4, 3, 3}, 3, 0.9, 2)},
      {"holes", pyradiomics(""), noise({4, 4, 3}, 5, 0.35, 3)},
      {"surroundings", pyradiomics(", masked_kernel: false"), noise({4, 3, 3}, 6, 0.4, 4)},
      {"slices", pyradiomics(", force_2d: true, force_2d_dimension: 1"), noise({4, 3, 4}, 4, 0.9, 5)},
      {"asymmetric", pyradiomics(", symmetrical_glcm: false, gldm_a: 1"), noise({4, 3, 3}, 5, 0.9, 6)},
      {"merged", pyradiomics(", weighting_norm: euclidean, voxel_array_shift: 20"), noise({4, 3, 3}, 5, 0.9, 7)},
      {"distances", pyradiomics(", distances: [1, 2]"), noise({5, 3, 3}, 5, 0.9, 8)},
      {"one level", pyradiomics(""), noise({3, 3, 2}, 1, 0.9, 9)},
      {"the standard", ibsi(""), noise({4, 3, 3}, 9, 0.8, 10)},
      {"the standard's slices", ibsi(", force_2d: true, distances: [2], gldm_a: 1"), noise({4, 4, 2}, 4, 0.8, 11)}};
  for (std::size_t c = 0; c < cases.size(); ++c) expect_as_on_the_cpu(cases[c], unsigned(c + 1));
}

// 125 places: more than a warp has, and more levels than the masks of a graph have bits.
TEST(MapKernels, OfWiderNeighbourhoods) {
  expect_as_on_the_cpu({"wide", pyradiomics(", kernel_radius: 2"), noise({3, 3, 4}, 60, 0.9, 12)}, 1);
  expect_as_on_the_cpu({"wide and merged", ibsi(", kernel_radius: 2"), noise({3, 2, 4}, 4, 0.9, 13)}, 2);
}

TEST(MapKernels, GiveTheSameWhateverTheSchedule) {
  const Case c{"twice", pyradiomics(""), noise({3, 3, 3}, 6, 0.8, 14)};
  EXPECT_TRUE(same_bits(on_device(c, 5), on_device(c, 6)));
}

TEST(MapKernels, SayWhatDoesNotFit) {
  simt::Device device({.seed = 1, .shared_limit = 16 << 10});
  const Case c{"wide", pyradiomics(", kernel_radius: 2"), noise({3, 3, 2}, 6, 0.9, 15)};
  int asked = 0;
  const auto ours = maps_of(c, [&](const maps::Task& task, std::span<double>, std::span<double>) {
    const bool fits = maps::Stage<simt::Device>(device, 0, task).fits();
    EXPECT_EQ(fits, task.family == Family::firstorder || task.family == Family::ngtdm || task.family == Family::gldm ||
                        task.family == Family::glrlm || task.family == Family::glszm);
    ++asked;
    return false;
  });
  EXPECT_EQ(asked, 6);
  EXPECT_TRUE(same_bits(ours, maps_of(c, {})));
}

}  // namespace
}  // namespace radloom::test::maps_kernels
