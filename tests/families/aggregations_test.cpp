// What the standard makes of slices and directions: slices one by one against regions of one slice, several aggregations at once
// against each alone, weights against their definition.
#include "families/standard.hpp"

namespace radloom::test {
namespace {

class Aggregations : public OnBackend<std::string> {
 protected:
  void SetUp() override {
    OnBackend::SetUp();
    if (!IsSkipped()) backend_ = make_backend(GetParam(), 2);
  }
  std::shared_ptr<const backend::Backend> backend_;
};

/// A slice of a grid across an axis; every slice gets a voxel of the lowest and of the highest level, so that each has the range of all.
oracle::Grid slice_of(const oracle::Grid& grid, int axis, int index) {
  oracle::Grid out;
  out.size = grid.size;
  out.size[std::size_t(axis)] = 1;
  for (int z = 0; z < out.size[2]; ++z)
    for (int y = 0; y < out.size[1]; ++y)
      for (int x = 0; x < out.size[0]; ++x)
        out.level.push_back(grid.at(axis == 0 ? index : x, axis == 1 ? index : y, axis == 2 ? index : z));
  return out;
}

bool is_texture(const std::string& name) {
  for (const auto* family : {"glcm_", "glrlm_", "glszm_", "gldzm_", "ngtdm_", "ngldm_"})
    if (name.starts_with(family)) return true;
  return false;
}

/// 2D is the mean over slices of what each slice alone has in 2.5D. Averaged over directions too, that is the mean of all directions of all
/// slices, which is the mean of the slices' means where every slice has every direction.
TEST_P(Aggregations, slicesOneByOneAreRegionsOfOneSlice) {
  for (const int dimension : {0, 1, 2}) {
    const int axis = 2 - dimension;
    auto grid = random_grid({9, 8, 7}, {0.75, 5, false}, std::uint32_t(40 + dimension));
    // Lowest and highest level in every slice, as neighbours.
    for (int i = 0; i < grid.size[std::size_t(axis)]; ++i)
      for (int k = 0; k < 2; ++k) {
        std::array<int, 3> p{1, 1, 1};
        p[std::size_t(axis)] = i;
        p[std::size_t((axis + 1) % 3)] += k;
        grid.level[std::size_t((p[2] * grid.size[1] + p[1]) * grid.size[0] + p[0])] = k ? 5 : 1;
      }
    Config whole = standard_config({"2d_avg", "2d_mrg"}), alone = standard_config({"25d_avg", "25d_mrg"});
    whole.settings.force_2d_dimension = alone.settings.force_2d_dimension = dimension;
    const auto v = volumes_of(grid);
    const auto ours = measure_standard(*backend_, whole, v.image, v.mask);
    std::map<std::string, double> sum;
    const int slices = grid.size[std::size_t(axis)];
    for (int i = 0; i < slices; ++i) {
      const auto s = volumes_of(slice_of(grid, axis, i));
      for (const auto& [name, feature] : measure_standard(*backend_, alone, s.image, s.mask))
        sum[name] += number(feature);
    }
    int compared = 0;
    for (const auto& [name, feature] : ours) {
      if (!is_texture(name)) continue;
      auto twin = name;
      twin.replace(twin.rfind("_2d"), 3, "_25d");
      ASSERT_TRUE(sum.count(twin)) << twin;
      EXPECT_LT(relative(number(feature), sum[twin] / slices, 1e-12), 1e-11) << name << " across axis " << axis;
      ++compared;
    }
    EXPECT_EQ(compared, 2 * 25 + 2 * 16 + 16 + 16 + 5 + 17);
  }
}

/// Slices without a voxel have no part in the mean, directions without a pair neither.
TEST_P(Aggregations, emptySlicesDoNotCount) {
  const auto grid = random_grid({6, 5, 3}, {0.8, 4, false}, 7);
  oracle::Grid spread{{6, 5, 6}, std::vector<int>(6 * 5 * 6)};
  for (int z = 0; z < 3; ++z) std::copy_n(grid.level.begin() + z * 30, 30, spread.level.begin() + (2 * z + 1) * 30);
  const auto config = standard_config({"2d_avg", "2d_mrg"});
  const auto a = volumes_of(grid), b = volumes_of(spread);
  const auto dense = measure_standard(*backend_, config, a.image, a.mask),
             sparse = measure_standard(*backend_, config, b.image, b.mask);
  for (const auto& [name, feature] : dense)
    if (is_texture(name)) {
      EXPECT_EQ(number(feature), value(sparse, name)) << name;
    }
}

TEST_P(Aggregations, allAtOnceAreEachAlone) {
  const auto v = volumes_of(random_grid({10, 9, 8}, {0.7, 6, false}, 3));
  const auto all = measure_standard(*backend_, standard_config(every_aggregation()), v.image, v.mask);
  EXPECT_EQ(all.size(), 482u + 4);
  std::size_t seen = 0;
  for (const auto& word : every_aggregation()) {
    Config config = standard_config({word});
    for (const bool force_2d : {false, true}) {  // which approach is the settings' own must not show
      config.settings.force_2d = force_2d;
      for (const auto& [name, feature] : measure_standard(*backend_, config, v.image, v.mask)) {
        EXPECT_EQ(relative(number(feature), value(all, name), 1e-13), 0) << name << " with " << word;
        ++seen;
      }
    }
  }
  EXPECT_EQ(seen, 2u * 6 * (78 + 25 + 16 + 16 + 16 + 5 + 17));
}

/// The merged matrix of weighted directions, by the definition: each direction's pairs and runs times its weight.
TEST_P(Aggregations, directionsAreWeightedByTheirStep) {
  const auto grid = random_grid({8, 7, 6}, {0.8, 4, false}, 11);
  const auto v = volumes_of(grid);
  const auto levels = counted_from_one(grid);
  const auto matrices = oracle::matrices(levels, {}, 0);
  for (const auto weighting : {DistanceWeighting::inverse, DistanceWeighting::gaussian})
    for (const auto norm : {WeightingNorm::euclidean, WeightingNorm::manhattan, WeightingNorm::infinity}) {
      Config config = standard_config({"3d_mrg", "3d_avg"});
      config.settings.distance_weighting = weighting;
      config.settings.distance_norm = norm;
      const auto ours = measure_standard(*backend_, config, v.image, v.mask);
      const auto weight = [&](const std::array<int, 3>& o) {
        const double x = std::abs(o[0]), y = std::abs(o[1]), z = std::abs(o[2]);
        const double m = norm == WeightingNorm::euclidean   ? std::sqrt(x * x + y * y + z * z)
                         : norm == WeightingNorm::manhattan ? x + y + z
                                                            : std::max({x, y, z});
        return weighting == DistanceWeighting::inverse ? 1 / m : std::exp(-m * m);
      };
      double pairs = 0, contrast = 0, runs = 0, long_runs = 0, voxels = 0;
      const auto n = matrices.gray_levels.size();
      for (std::size_t d = 0; d < matrices.glcm.size(); ++d)
        for (std::size_t i = 0; i < n; ++i)
          for (std::size_t j = 0; j < n; ++j) {
            const double w = weight(matrices.glcm_offsets[d]) * double(matrices.glcm[d][i * n + j]);
            const double apart = matrices.gray_levels[i] - matrices.gray_levels[j];
            pairs += w;
            contrast += w * apart * apart;
          }
      for (std::size_t d = 0; d < matrices.glrlm.size(); ++d)
        for (const auto& cell : matrices.glrlm[d]) {
          const double w = weight(matrices.glrlm_offsets[d]) * double(cell.count);
          runs += w;
          long_runs += w * double(cell.size) * double(cell.size);
          voxels += w * double(cell.size);
        }
      EXPECT_LT(relative(value(ours, "glcm_contrast_3d_mrg"), contrast / pairs), 1e-12);
      EXPECT_LT(relative(value(ours, "glrlm_long_runs_emphasis_3d_mrg"), long_runs / runs), 1e-12);
      EXPECT_LT(relative(value(ours, "glrlm_run_percentage_3d_mrg"), runs / voxels), 1e-12);
      // A weight changes no direction alone.
      const auto plain = measure_standard(*backend_, standard_config({"3d_avg"}), v.image, v.mask);
      EXPECT_EQ(value(ours, "glcm_contrast_3d_avg"), value(plain, "glcm_contrast_3d_avg"));
    }
}

/// Pairs are counted at the distances named alone; neighbourhoods hold all voxels up to the largest.
TEST_P(Aggregations, distancesBeyondOne) {
  const auto grid = random_grid({9, 8, 7}, {0.8, 4, false}, 12);
  const auto v = volumes_of(grid);
  Config config = standard_config({"3d_mrg"});
  config.settings.distances = {2};
  const auto ours = measure_standard(*backend_, config, v.image, v.mask);
  const auto levels = counted_from_one(grid);
  const auto at_two = oracle::matrices(levels, {.distances = {2}}, 0),
             up_to_two = oracle::matrices(levels, {.distances = {1, 2}}, 0);
  double pairs = 0, contrast = 0, squares = 0, all = 0;
  const auto n = at_two.gray_levels.size();
  for (const auto& direction : at_two.glcm)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        const double apart = at_two.gray_levels[i] - at_two.gray_levels[j];
        pairs += double(direction[i * n + j]);
        contrast += double(direction[i * n + j]) * apart * apart;
      }
  for (const auto& cell : up_to_two.gldm) {
    all += double(cell.count);
    squares += double(cell.count) * double(cell.size) * double(cell.size);
  }
  EXPECT_LT(relative(value(ours, "glcm_contrast_3d_mrg"), contrast / pairs), 1e-12);
  EXPECT_LT(relative(value(ours, "ngldm_high_dependence_emphasis_3d"), squares / all), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Aggregations, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
