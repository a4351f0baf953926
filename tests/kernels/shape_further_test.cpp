// What only the standard asks of a shape: sums over pairs of voxels, masses, and the candidates that the host makes densities of.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "catalogue/indices.hpp"
#include "families/shape/further.hpp"
#include "kernels/shape/stage.hpp"
#include "kernels/stage_case.hpp"
#include "simt/device.hpp"

namespace radloom::test::shape_further {
namespace {

using oracle::Grid;
namespace f = feature::shape;
using Values = std::vector<std::vector<double>>;

backend::Wanted further() {
  backend::Wanted w;
  w.family[int(Family::shape)] = true;
  w.averaged = w.further_shape = true;
  return w;
}

/// The features by the stage. `SmallRegion::grid` is the body; `body`, where a region has one, the mask of intensities.
Values measured(const std::vector<SmallRegion>& regions, std::uint64_t seed = 1,
    std::int64_t plane_bytes = shape::tuning::plane_bytes) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Values values;
  {
    const StageCase<simt::Device> batch(device, regions, {}, Convention::ibsi, further());
    auto input = batch.input();
    input.intensity_masks = batch.bodies();
    FeatureRoom<simt::Device> room(input, f::count);
    shape::Stage<simt::Device> stage(input, {room.span(), {}}, plane_bytes);
    values = room.values();
    for (std::size_t r = 0; r < regions.size(); ++r)
      shape::compute_densities(stage.hull_candidates(std::int64_t(r)), values[r].data());
  }
  device.finish();
  return values;
}

/// Moran's I, Geary's C, integrated intensity and centre of mass shift by their definitions: pair by pair.
struct Definition {
  double morans_i, gearys_c, mean, shift;
};
Definition definition(const SmallRegion& r) {
  const auto& size = r.grid.size;
  const auto inside = r.body_mask();
  std::vector<std::array<double, 3>> at;
  std::vector<double> x;
  std::array<double, 3> body{}, mass{};
  double bodies = 0;
  for (int i = 0, z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int k = 0; k < size[0]; ++k, ++i) {
        const std::array<double, 3> p{k * r.spacing_mm[0], y * r.spacing_mm[1], z * r.spacing_mm[2]};
        if (r.grid.level[std::size_t(i)] != 0) {
          ++bodies;
          for (int d = 0; d < 3; ++d) body[d] += p[d];
        }
        if (inside.as<std::uint8_t>()[std::size_t(i)] == 0) continue;
        at.push_back(p);
        r.image.visit([&](auto voxels) { x.push_back(double(voxels[std::size_t(i)])); });
        for (int d = 0; d < 3; ++d) mass[d] += x.back() * p[d];
      }
  const auto n = double(x.size());
  const double sum = std::accumulate(x.begin(), x.end(), 0.0), mean = sum / n;
  double weights = 0, products = 0, differences = 0, squares = 0, shift = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - mean) * (x[i] - mean);
    for (std::size_t j = 0; j < x.size(); ++j) {
      if (i == j) continue;
      const double w = 1 / std::hypot(at[i][0] - at[j][0], at[i][1] - at[j][1], at[i][2] - at[j][2]);
      weights += w;
      products += w * (x[i] - mean) * (x[j] - mean);
      differences += w * (x[i] - x[j]) * (x[i] - x[j]);
    }
  }
  for (int d = 0; d < 3; ++d) shift += std::pow(body[d] / bodies - mass[d] / sum, 2);
  return {n / weights * products / squares, (n - 1) / (2 * weights) * differences / squares, mean, std::sqrt(shift)};
}

/// Part of a region's voxels, as a mask of intensities.
Grid some_of(Grid grid, std::uint32_t seed) {
  std::mt19937 random(seed);
  for (auto& g : grid.level)
    if (random() % 3 == 0) g = 0;
  return grid;
}

std::vector<SmallRegion> regions() {
  std::vector<SmallRegion> out;
  out.emplace_back(random_grid({9, 7, 5}, {0.7, 6, false}, 1), std::array<double, 3>{0.8, 0.9, 2.5});
  out.emplace_back(random_grid({16, 3, 8}, {0.4, 3, false}, 2));
  out.back().body = some_of(out.back().grid, 3);
  out.emplace_back(random_grid({1, 12, 4}, {0.8, 9, false}, 4), std::array<double, 3>{3, 0.6, 0.5});
  out.emplace_back(random_grid({23, 1, 1}, {0.9, 9, false}, 5));
  out.push_back(typed<float>(random_grid({6, 11, 10}, {0.5, 8, false}, 6), 0.37, -41.3, {1.1, 0.7, 1.9}));
  out.back().body = some_of(out.back().grid, 7);
  out.emplace_back(
      random_grid({3, 150, 4}, {0.6, 5, false}, 9));  // strips beyond the reach that corners are compared over
  out.push_back(typed<std::uint8_t>(random_grid({8, 8, 8}, {1, 4, false}, 8), 3, 1));
  return out;
}

TEST(FurtherShapeKernels, pairsAndMassesEqualTheDefinition) {
  const auto all = regions();
  const auto ours = measured(all);
  for (std::size_t r = 0; r < all.size(); ++r) {
    SCOPED_TRACE(r);
    const auto expected = definition(all[r]);
    EXPECT_NEAR(ours[r][f::morans_i_index], expected.morans_i, 1e-12);
    EXPECT_NEAR(ours[r][f::gearys_c_measure], expected.gearys_c, 1e-12 * expected.gearys_c);
    EXPECT_NEAR(ours[r][f::integrated_intensity], expected.mean * ours[r][f::mesh_volume],
        1e-12 * std::abs(expected.mean) * ours[r][f::mesh_volume]);
    EXPECT_NEAR(ours[r][f::centre_of_mass_shift], expected.shift, 1e-11);
  }
}

TEST(FurtherShapeKernels, everyFeatureIsTheHosts) {
  const auto all = regions();
  const auto ours = measured(all);
  for (std::size_t r = 0; r < all.size(); ++r) {
    std::vector<double> host(f::count);
    shape::compute(shape::measure(all[r].mask()), {all[r].spacing_mm[0], all[r].spacing_mm[1], all[r].spacing_mm[2]},
        false, host.data());
    shape::compute_further(all[r].image, all[r].mask(), all[r].body_mask(), nullptr, host.data());
    for (int i = 0; i < f::count; ++i) {
      SCOPED_TRACE("region " + std::to_string(r) + ", feature " + std::to_string(i));
      EXPECT_EQ(std::isnan(ours[r][i]), std::isnan(host[i]));
      if (!std::isnan(host[i])) {
        EXPECT_NEAR(ours[r][i], host[i], 1e-9 * std::max(1.0, std::abs(host[i])));
      }
    }
  }
}

TEST(FurtherShapeKernels, neitherCompanyNorSeedNorPartsShow) {
  const auto all = regions();
  const auto together = measured(all, 1);
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    for (int i = 0; i < f::count; ++i)
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << i << ": " << a[i] << " and " << b[i];
  };
  for (std::size_t r = 0; r < all.size(); ++r) {
    SCOPED_TRACE(r);
    same(measured({all[r]}, 2 + r)[0], together[r]);
  }
  const auto in_parts = measured(all, 9, 20'000);  // bytes for planes: several parts
  for (std::size_t r = 0; r < all.size(); ++r) same(in_parts[r], together[r]);
}

TEST(FurtherShapeKernels, whatIsUndefined) {
  const auto flat = [](int n) { return Grid{{n, 1, 1}, std::vector<int>(std::size_t(n), 1)}; };
  const auto zero = typed<std::int16_t>(flat(5), 0, 0);
  const auto values = measured({SmallRegion(flat(1)), SmallRegion(flat(5)), zero});
  for (const auto& v : values) {
    EXPECT_TRUE(std::isnan(v[f::morans_i_index]));
    EXPECT_TRUE(std::isnan(v[f::gearys_c_measure]));
  }
  EXPECT_EQ(values[0][f::centre_of_mass_shift], 0);
  EXPECT_EQ(values[1][f::centre_of_mass_shift], 0);
  EXPECT_TRUE(std::isnan(values[2][f::centre_of_mass_shift]));
  EXPECT_EQ(values[2][f::integrated_intensity], 0);
}

TEST(FurtherShapeKernels, lengthsThatHaveKernels) {
  EXPECT_TRUE(shape::has_pair_kernels({1, 1, 768}));
  EXPECT_FALSE(shape::has_pair_kernels({1, 1, 769}));
  EXPECT_FALSE(shape::has_pair_kernels({800, 1, 1}));
}

}  // namespace
}  // namespace radloom::test::shape_further
