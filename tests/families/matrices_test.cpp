// Every integer matrix of random small regions against its definition, cell by cell.
#include <algorithm>

#include "support/measure.hpp"

namespace radloom::test {
namespace {

using oracle::Grid;

/// Counts one region, whole.
Matrices count(const backend::Backend& backend, const Grid& grid, const Config& config) {
  const auto all = columns(config);
  const auto v = volumes_of(grid);
  backend::Batch batch;
  batch.keep_matrices = true;
  batch.regions.push_back({backend.upload(v.image), v.mask, &config.settings, all, Convention::pyradiomics});
  auto measured = backend.measure(batch, {});
  if (measured.size() != 1 || !measured[0].matrices) {
    ADD_FAILURE() << "no matrices: " << (measured.empty() ? "nothing measured" : measured[0].failure.message);
    return {};
  }
  return *measured[0].matrices;
}

const char* textures = R"({"glcm":null,"glrlm":null,"glszm":null,"gldm":null,"ngtdm":null})";

/// The cpu by number of threads; of a device they are the host's, which have no part in a count.
std::vector<std::tuple<std::string, int>> backends_and_threads() {
  std::vector<std::tuple<std::string, int>> out;
  for (const auto& name : backends())
    for (const int threads : {1, 2})
      if (name == "cpu" || threads == 2) out.emplace_back(name, threads);
  return out;
}

class CountedMatrices : public OnBackend<std::tuple<std::string, int>> {
 protected:
  void SetUp() override {
    OnBackend::SetUp();
    if (!IsSkipped()) backend_ = make_backend(std::get<0>(GetParam()), std::get<1>(GetParam()));
  }

  void check(
      const Grid& grid, const std::string& setting = "{}", const oracle::Neighbours& neighbours = {}, int alpha = 0) {
    SCOPED_TRACE(
        testing::Message() << grid.size[0] << " x " << grid.size[1] << " x " << grid.size[2] << ", " << setting);
    Config config = pyradiomics_config(setting, matrices_alone);
    config.settings.bin_width = 1;
    expect_same_matrices(count(*backend_, grid, config), oracle::matrices(counted_from_one(grid), neighbours, alpha));
  }

  std::shared_ptr<const backend::Backend> backend_;
};

TEST_P(CountedMatrices, everySmallSize) {
  std::uint32_t seed = 1;
  for (const int x : {1, 2, 3, 5, 9})
    for (const int y : {1, 2, 4, 9})
      for (const int z : {1, 2, 3, 6}) check(random_grid({x, y, z}, {0.8, 5, false}, seed++));
}

// Narrower than any vector: what is worked out for several voxels at once reaches beyond the row, its slice and all of the region. Runs and zones
// are as long as they can be, so that each voxel depends on what was kept of those before.
TEST_P(CountedMatrices, narrowBlocksOfOneLevelAndTwo) {
  for (const int x : {1, 2, 3, 4, 5, 6})
    for (const int y : {1, 2, 3, 4, 5, 8})
      for (const int z : {1, 3, 4}) {
        Grid grid{{x, y, z}, std::vector<int>(std::size_t(x * y * z), 1)};
        check(grid);
        for (std::size_t k = 0; k < grid.level.size(); k += 5) grid.level[k] = 2;
        check(grid);
      }
}

TEST_P(CountedMatrices, rowsAroundWordsAndBlocks) {
  std::uint32_t seed = 100;
  for (const int x : {15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257}) {
    check(random_grid({x, 3, 3}, {0.9, 4, true}, seed++));
    check(random_grid({x, 2, 1}, {1.1, 3, false}, seed++));
  }
  for (const int n : {31, 32, 33, 64, 65}) {
    check(random_grid({3, n, 2}, {0.9, 4, true}, seed++));
    check(random_grid({2, 3, n}, {0.9, 4, false}, seed++));
  }
}

TEST_P(CountedMatrices, holesAndParts) {
  std::uint32_t seed = 200;
  for (const double filled : {0.05, 0.2, 0.5, 0.95, 1.1}) {
    check(random_grid({9, 8, 7}, {filled, 3, false}, seed++));
    check(random_grid({9, 8, 7}, {filled, 6, true}, seed++));
  }
  Grid parts = random_grid({20, 6, 5}, {0.9, 4, true}, 250);
  for (std::size_t k = 0; k < parts.level.size(); ++k)
    if (k % 20 / 4 % 2) parts.level[k] = 0;
  check(parts);
}

TEST_P(CountedMatrices, grayLevelsFromOneToManyAndSparseOnes) {
  std::uint32_t seed = 300;
  for (const int levels : {1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300})
    check(random_grid({9, 8, 7}, {0.85, levels, false}, seed++));
  for (const int levels : {250, 300})  // runs of more levels and lengths than 16 bits number
    check(random_grid({300, 4, 3}, {0.9, levels, true}, seed++));
  Grid sparse = random_grid({8, 8, 5}, {0.8, 5, false}, 350);  // levels far apart: 1, 701, 1401, ...
  for (int& level : sparse.level)
    if (level) level = 1 + 700 * (level - 1);
  check(sparse);
}

TEST_P(CountedMatrices, thinAndTinyRegions) {
  check(Grid{{1, 1, 1}, {4}});
  check(Grid{{3, 3, 3}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}});
  check(Grid{{2, 1, 1}, {1, 1}});
  check(Grid{{2, 1, 1}, {1, 2}});
  Grid corners{{5, 4, 3}, std::vector<int>(60, 0)};  // no two neighbours
  corners.level.front() = 2;
  corners.level.back() = 5;
  check(corners);
  std::uint32_t seed = 400;
  for (const std::array<int, 3>& size :
      {std::array<int, 3>{40, 1, 1}, {1, 40, 1}, {1, 1, 40}, {40, 7, 1}, {40, 1, 7}, {1, 40, 7}})
    check(random_grid(size, {0.85, 3, true}, seed++));
  Grid diagonal{{9, 9, 9}, std::vector<int>(729, 0)};
  for (std::size_t k = 0; k < 9; ++k) diagonal.level[k * 91] = 1 + int(k) / 4;
  check(diagonal);
}

TEST_P(CountedMatrices, aLongZoneThatWinds) {
  // One zone that folds back and forth touches itself only through outside: unions found late must still be one zone.
  Grid comb{{33, 17, 3}, std::vector<int>(33 * 17 * 3, 2)};
  for (int z = 0; z < 3; ++z)
    for (int y = 1; y < 17; y += 2)
      for (int x = 0; x < 33; ++x)
        if (x != (y / 2 % 2 ? 0 : 32)) comb.level[std::size_t((z * 17 + y) * 33 + x)] = z == 1 ? 0 : 1;
  check(comb);
}

TEST_P(CountedMatrices, distances) {
  std::uint32_t seed = 500;
  check(random_grid({9, 8, 7}, {0.8, 5, false}, seed++), R"({"distances": [1, 2]})", {{1, 2}, false, 0});
  check(random_grid({9, 8, 7}, {0.8, 5, false}, seed++), R"({"distances": [2]})", {{2}, false, 0});
  check(random_grid({9, 8, 7}, {0.8, 5, true}, seed++), R"({"distances": [1, 3]})", {{1, 3}, false, 0});
  check(random_grid({70, 3, 2}, {0.8, 5, true}, seed++), R"({"distances": [1, 2]})",
      {{1, 2}, false, 0});  // wider than the region is deep
  check(random_grid({2, 2, 2}, {0.9, 5, true}, seed++), R"({"distances": [3]})", {{3}, false, 0});  // no pair at all
}

TEST_P(CountedMatrices, slices) {
  std::uint32_t seed = 600;
  for (const int dimension : {0, 1, 2})
    for (const auto& size : {std::array<int, 3>{9, 8, 7}, std::array<int, 3>{33, 5, 4}, std::array<int, 3>{1, 6, 5}}) {
      const auto d = std::to_string(dimension);
      check(random_grid(size, {0.8, 4, true}, seed++), R"({"force2D": true, "force2Ddimension": )" + d + "}",
          {{1}, true, dimension});
      check(random_grid(size, {0.8, 4, false}, seed++),
          R"({"force2D": true, "distances": [1, 2], "force2Ddimension": )" + d + "}", {{1, 2}, true, dimension});
    }
}

TEST_P(CountedMatrices, alpha) {
  std::uint32_t seed = 700;
  for (const int alpha : {0, 1, 2, 5, 100})
    check(random_grid({9, 8, 7}, {0.8, 9, false}, seed++), R"({"gldm_a": )" + std::to_string(alpha) + "}", {}, alpha);
}

TEST_P(CountedMatrices, doNotDependOnTheBatch) {
  Config config = pyradiomics_config("{}", textures);
  config.settings.bin_width = 1;
  const auto all = columns(config);
  std::vector<Grid> grids;
  std::uint32_t seed = 800;
  for (const auto& size : {std::array<int, 3>{9, 8, 7}, std::array<int, 3>{1, 1, 1}, std::array<int, 3>{65, 4, 3},
           std::array<int, 3>{30, 30, 20}, std::array<int, 3>{2, 2, 2}, std::array<int, 3>{5, 1, 9}})
    grids.push_back(random_grid(size, {0.8, 12, false}, seed++));
  backend::Batch batch, reversed;
  batch.keep_matrices = reversed.keep_matrices = true;
  for (const auto& grid : grids) {
    const auto v = volumes_of(grid);
    batch.regions.push_back({backend_->upload(v.image), v.mask, &config.settings, all, Convention::pyradiomics});
  }
  reversed.regions.assign(batch.regions.rbegin(), batch.regions.rend());
  const auto together = backend_->measure(batch, {}), backwards = backend_->measure(reversed, {});
  ASSERT_EQ(together.size(), grids.size());
  ASSERT_EQ(backwards.size(), grids.size());
  for (std::size_t k = 0; k < grids.size(); ++k) {
    SCOPED_TRACE(k);
    backend::Batch alone;
    alone.keep_matrices = true;
    alone.regions.push_back(batch.regions[k]);
    const auto single = backend_->measure(alone, {});
    ASSERT_TRUE(single[0].matrices && together[k].matrices);
    expect_same_matrices(*together[k].matrices, oracle::matrices(counted_from_one(grids[k]), {}, 0));
    const auto& other = backwards[grids.size() - 1 - k];
    ASSERT_EQ(single[0].values.size(), together[k].values.size());
    for (std::size_t c = 0; c < all.size(); ++c)
      for (const auto* one : {&together[k], &other}) {
        EXPECT_EQ(one->values[c].undefined, single[0].values[c].undefined) << all[c].name;
        EXPECT_EQ(one->values[c].value, single[0].values[c].value) << all[c].name;
      }
  }
}

/// Two regions of one image: each sees its own voxels only.
TEST_P(CountedMatrices, regionsThatShareAnImage) {
  Config config = pyradiomics_config("{}", textures);
  config.settings.bin_width = 1;
  const auto all = columns(config);
  const Grid whole = random_grid({20, 9, 6}, {1.1, 5, false}, 900);
  Grid left = whole, right = whole;
  for (std::size_t k = 0; k < whole.level.size(); ++k) (k % 20 < 8 ? right : left).level[k] = 0;
  const auto image = backend_->upload(volumes_of(whole).image);
  backend::Batch batch;
  batch.keep_matrices = true;
  for (const auto* part : {&left, &right})
    batch.regions.push_back({image, volumes_of(*part).mask, &config.settings, all, Convention::pyradiomics});
  const auto measured = backend_->measure(batch, {});
  ASSERT_EQ(measured.size(), 2u);
  expect_same_matrices(measured[0].matrices.value(), oracle::matrices(counted_from_one(left), {}, 0));
  expect_same_matrices(measured[1].matrices.value(), oracle::matrices(counted_from_one(right), {}, 0));
}

/// Big enough that the work is cut into pieces.
TEST_P(CountedMatrices, aLargerRegion) {
  check(random_grid({70, 66, 50}, {0.97, 3, true}, 1000));
  check(random_grid({70, 66, 20}, {0.5, 20, false}, 1001));
  check(random_grid({60, 60, 56}, {0.98, 12, false}, 1002));  // zones are handed over while others go on
}

INSTANTIATE_TEST_SUITE_P(
    Backends, CountedMatrices, testing::ValuesIn(backends_and_threads()), [](const auto& instance) {
      return std::get<0>(instance.param) + "_threads" + std::to_string(std::get<1>(instance.param));
    });

}  // namespace
}  // namespace radloom::test
