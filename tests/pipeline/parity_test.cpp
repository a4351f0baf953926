// Devices against the cpu: matrices bit for bit, features within rounding, whatever shares the batch.
#include <algorithm>
#include <limits>

#include "support/measure.hpp"
#include "support/simt_backend.hpp"
#include "support/wrapped.hpp"

namespace radloom::test {
namespace {

using oracle::Grid;

const char* every_family =
    R"({"shape":null,"firstorder":null,"glcm":null,"glrlm":null,"glszm":null,"gldm":null,"ngtdm":null})";

template <class T>
Volumes typed(const Grid& grid, double scale, const std::array<double, 3>& spacing) {
  const auto v = volumes_of(grid, spacing);
  std::vector<T> values;
  for (const auto g : v.image.as<std::int16_t>()) values.push_back(wrapped<T>(double(g) * scale));
  return {Volume::from(v.image.geometry(), std::move(values)), v.mask};
}

/// Intensities that are no integers, or are, in one of the types an image may have, come from `typed`.
/// Regions of very different size and type, some around a warp or a block.
std::vector<Volumes> ragged(std::uint32_t seed) {
  const std::array<double, 3> fine{0.7, 0.9, 2.5}, cube{1, 1, 1};
  std::vector<Volumes> out;
  out.push_back(volumes_of(Grid{{2, 1, 1}, {1, 2}}));
  out.push_back(typed<float>(random_grid({31, 3, 2}, {0.9, 9, false}, seed + 1), 1.37, fine));
  out.push_back(typed<std::uint8_t>(random_grid({32, 2, 3}, {0.7, 20, true}, seed + 2), 1, cube));
  out.push_back(typed<double>(random_grid({33, 5, 1}, {0.95, 5, false}, seed + 3), 0.813, fine));
  out.push_back(volumes_of(Grid{{3, 2, 2}, std::vector<int>(12, 7)}));  // one gray level
  out.push_back(typed<std::int32_t>(random_grid({12, 11, 10}, {0.6, 40, true}, seed + 4), 3, fine));
  out.push_back(typed<std::uint16_t>(random_grid({9, 8, 7}, {1.1, 300, false}, seed + 5), 1, cube));
  out.push_back(volumes_of(random_grid({24, 20, 18}, {0.8, 12, true}, seed + 6), fine));
  out.push_back(typed<std::int8_t>(random_grid({5, 40, 3}, {0.3, 6, false}, seed + 7), 2, cube));
  return out;
}

class Parity : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    RADLOOM_NEEDS_BACKEND(GetParam());
    device_ = make_backend(GetParam(), 2);
    cpu_ = make_backend("cpu", 2);
  }

  static std::vector<backend::Measurement> measure(const backend::Backend& backend, const std::vector<Volumes>& regions,
      const Config& config, const std::vector<Column>& all, bool keep_matrices = true) {
    backend::Batch batch;
    batch.keep_matrices = keep_matrices;
    for (const auto& v : regions)
      batch.regions.push_back({backend.upload(v.image), v.mask, &config.settings, all, config.convention});
    return backend.measure(batch, {});
  }

  /// What a difference is compared with: third and fourth powers of gray levels cancel in the cluster features.
  static double scale_of(const FeatureDefinition& f, double highest) {
    if (f.pyradiomics == "ClusterShade") return highest * highest * highest;
    if (f.pyradiomics == "ClusterProminence") return highest * highest * highest * highest;
    return 1;
  }

  static void expect_same(
      const backend::Measurement& a, const backend::Measurement& b, const std::vector<Column>& all) {
    ASSERT_EQ(a.failure.code, b.failure.code) << a.failure.message;
    EXPECT_EQ(a.failure.message, b.failure.message);
    ASSERT_EQ(a.values.size(), b.values.size());
    double highest = 1;
    if (a.matrices && b.matrices) {
      expect_same_matrices(*a.matrices, *b.matrices);
      if (!b.matrices->gray_levels.empty()) highest = b.matrices->gray_levels.back();
    }
    for (std::size_t c = 0; c < a.values.size(); ++c) {
      const auto& f = *all[c].feature;
      ASSERT_EQ(a.values[c].undefined, b.values[c].undefined)
          << all[c].name << ": " << a.values[c].value << ", cpu " << b.values[c].value;
      // MCC is an eigenvalue found by iteration; firstorder sums over voxels.
      const bool counts_only = f.family != Family::firstorder && f.pyradiomics != "MCC" && f.family != Family::shape;
      const double limit = (counts_only ? 1e-12 : 1e-9) * std::max(std::abs(b.values[c].value), scale_of(f, highest));
      EXPECT_NEAR(a.values[c].value, b.values[c].value, limit) << all[c].name;
    }
  }

  void check(const std::vector<Volumes>& regions, const std::string& setting,
      Convention convention = Convention::pyradiomics) {
    SCOPED_TRACE(setting);
    Config config = pyradiomics_config(setting, every_family);
    config.convention = convention;
    const auto all = columns(config);
    const auto ours = measure(*device_, regions, config, all), expected = measure(*cpu_, regions, config, all);
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t r = 0; r < ours.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r);
      expect_same(ours[r], expected[r], all);
    }
  }

  /// The families of intensities that only the standard has, by themselves: no gray levels are asked for unless a family needs them.
  void check_standard(
      const std::vector<Volumes>& regions, const std::vector<Family>& families, const Settings& settings) {
    ConfigRequest request;
    request.preset = "ibsi1-digital";
    Config config = load_config(request);
    config.settings = settings;
    auto all = columns(config);
    std::erase_if(all, [&](const Column& c) {
      return std::find(families.begin(), families.end(), c.feature->family) == families.end();
    });
    const auto ours = measure(*device_, regions, config, all, false),
               expected = measure(*cpu_, regions, config, all, false);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r);
      EXPECT_TRUE(ours[r].warnings.empty()) << ours[r].warnings[0];  // nothing is left to the host
      expect_same(ours[r], expected[r], all);
    }
  }

  std::shared_ptr<const backend::Backend> device_, cpu_;
};

TEST_P(Parity, raggedBatches) {
  for (const std::uint32_t seed : {1u, 50u}) check(ragged(seed), R"({"binWidth": 2.5})");
  check(ragged(7), R"({"binCount": 16})");
}

TEST_P(Parity, conventionOfTheStandard) {
  check(ragged(11), R"({"binWidth": 3})", Convention::ibsi);
  check(ragged(12), R"({"binCount": 32})", Convention::ibsi);
}

TEST_P(Parity, intensitiesOfTheStandard) {
  auto regions = ragged(13);
  regions.push_back(volumes_of(Grid{{4, 3, 2}, std::vector<int>(24, 0)}));  // no voxel
  Settings settings;
  settings.bin_width = 2.5;
  const std::vector<Family> families{Family::ivh, Family::ih, Family::loc_int};
  for (const Family f : families) check_standard(regions, {f}, settings);
  settings.ivh_discretisation = IvhDiscretisation::fixed_bin_size;
  check_standard(regions, families, settings);
  settings.ivh_discretisation = IvhDiscretisation::fixed_bin_number;
  check_standard(regions, families, settings);
  settings.ivh_range = {3, 3};  // has no width: every region says so
  check_standard(regions, families, settings);
}

/// What lies around a region is where its image is: on the host, or on the device where it was made there.
TEST_P(Parity, surroundings) {
  const auto wide = typed<float>(random_grid({24, 20, 16}, {1.1, 30, false}, 71), 1.25, {1.5, 1.5, 2});
  const auto mask = volumes_of(random_grid({6, 5, 4}, {0.7, 3, false}, 72), {1.5, 1.5, 2}).mask;
  ConfigRequest request;
  request.preset = "ibsi1-digital";
  const Config config = load_config(request);
  auto all = columns(config);
  std::erase_if(all, [](const Column& c) { return c.feature->family != Family::loc_int; });
  const auto measured = [&](const backend::Backend& b, bool derived) {
    auto image = b.upload(wide.image);
    if (derived) {
      backend::Derivation d{backend::Derivation::Kind::resample, image};
      d.grid = wide.image.geometry();
      d.grid.origin_mm[0] += 0.3;
      d.interpolator = Interpolator::linear;
      image = b.derive({&d, 1}, {})[0];
    }
    backend::Batch batch;
    for (const auto& first : {std::array<std::int64_t, 3>{3, 9, 5}, {0, 0, 0}, {18, 15, 12}}) {
      const backend::Derivation d{backend::Derivation::Kind::crop, image, {first, {6, 5, 4}}};
      backend::Region r{b.derive({&d, 1}, {})[0], mask, &config.settings, all, Convention::ibsi};
      batch.regions.push_back(r);
      r.surroundings = image;
      r.place = first;
      batch.regions.push_back(std::move(r));
    }
    return b.measure(batch, {});
  };
  for (const bool derived : {false, true}) {
    const auto ours = measured(*device_, derived), expected = measured(*cpu_, derived);
    for (std::size_t r = 0; r < expected.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r << (derived ? " of a derived image" : ""));
      EXPECT_TRUE(ours[r].warnings.empty());
      expect_same(ours[r], expected[r], all);
    }
    EXPECT_NE(expected[0].values[0].value, expected[1].values[0].value);  // there is something to see around it
  }
}

TEST_P(Parity, settings) {
  auto regions = ragged(21);
  // Settings are the same to a region of 150 levels as to one of 45; those of many are raggedBatches'.
  regions[6] = typed<std::uint16_t>(random_grid({9, 8, 7}, {1.1, 90, false}, 26), 1, {1, 1, 1});
  for (const char* setting :
      {R"({"binWidth": 2, "weightingNorm": "euclidean"})", R"({"binWidth": 2, "weightingNorm": "no_weighting"})",
          R"({"binWidth": 2, "symmetricalGLCM": false})", R"({"binWidth": 2, "gldm_a": 1})",
          R"({"binWidth": 2, "distances": [1, 2]})", R"({"binWidth": 2, "voxelArrayShift": 300})",
          R"({"binWidth": 2, "force2D": true})", R"({"binWidth": 2, "force2D": true, "force2Ddimension": 2})"})
    check(regions, setting);
}

/// More than matrices are dense for (1,024), but not so many that levels hardly meet, and in planes: MCC takes thousands of steps else, which
/// is the business of tests/families/glcm; all directions of lists are tests/kernels'.
TEST_P(Parity, manyGrayLevels) {
  check({typed<float>(random_grid({20, 18, 16}, {0.9, 1700, false}, 31), 1, {1, 1, 1}),
            volumes_of(random_grid({10, 9, 8}, {0.9, 5, false}, 32))},
      R"({"binWidth": 1.5, "force2D": true})");
}

TEST_P(Parity, whatIsWrongWithARegionIsSaidAlike) {
  auto regions = ragged(41);
  Grid empty{{4, 3, 2}, std::vector<int>(24, 0)};
  regions.insert(regions.begin() + 1, volumes_of(empty));
  regions.push_back(
      typed<float>(random_grid({6, 5, 4}, {0.9, 50, false}, 42), 1e6, {1, 1, 1}));  // too many gray levels
  check(regions, R"({"binWidth": 1})");
}

TEST_P(Parity, neitherCompanyNorOrderShows) {
  const auto regions = ragged(51);
  const Config config = pyradiomics_config(R"({"binWidth": 2.5})", every_family);
  const auto all = columns(config);
  const auto together = measure(*device_, regions, config, all, false);
  const auto again = measure(*device_, regions, config, all, false);
  const auto backwards = measure(*device_, {regions.rbegin(), regions.rend()}, config, all, false);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const auto alone = measure(*device_, {regions[r]}, config, all, false);
    for (std::size_t c = 0; c < all.size(); ++c) {
      const double value = together[r].values[c].value;
      EXPECT_EQ(again[r].values[c].value, value) << all[c].name;
      EXPECT_EQ(backwards[regions.size() - 1 - r].values[c].value, value) << all[c].name;
      EXPECT_EQ(alone[0].values[c].value, value) << all[c].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Devices, Parity, testing::ValuesIn(device_backends()), [](const auto& instance) { return instance.param; });

/// On the emulated device alone: the order in which threads, blocks and copies run must not show either.
TEST(SimtParity, noSeedShows) {
  const auto regions = ragged(61);
  const Config config = pyradiomics_config(R"({"binWidth": 2.5})", every_family);
  const auto all = columns(config);
  std::vector<backend::Measurement> first;
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    const auto device = make_simt_backend({.seed = seed});
    backend::Batch batch;
    for (const auto& v : regions)
      batch.regions.push_back({device->upload(v.image), v.mask, &config.settings, all, config.convention});
    const auto measured = device->measure(batch, {});
    if (first.empty()) first = measured;
    for (std::size_t r = 0; r < regions.size(); ++r)
      for (std::size_t c = 0; c < all.size(); ++c)
        EXPECT_EQ(measured[r].values[c].value, first[r].values[c].value) << all[c].name << ", seed " << seed;
  }
}

}  // namespace
}  // namespace radloom::test
