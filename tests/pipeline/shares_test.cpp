// What a device has no kernels for is measured on the host, and nothing else is: never silently wrong.
#include "backend/shares.hpp"

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "support/measure.hpp"
#include "support/simt_backend.hpp"

namespace radloom::test {
namespace {

Config every_column(bool force_2d = false) {
  ConfigRequest request;
  request.preset = "ibsi1-digital";
  Config config = load_config(request);
  config.settings.aggregations.assign(aggregation_words().begin(), aggregation_words().end());
  config.settings.force_2d = force_2d;
  return config;
}

struct Drawn {
  Volumes body, kept;
};
/// A region, and what re-segmentation left of it.
Drawn drawn(std::uint32_t seed, const std::array<int, 3>& size = {9, 8, 7}) {
  const auto body = random_grid(size, {0.9, 5, false}, seed);
  auto kept = body;
  for (std::size_t i = 0; i < kept.level.size(); i += 4) kept.level[i] = 0;
  return {volumes_of(body, {1, 1.5, 3}), volumes_of(kept, {1, 1.5, 3})};
}

/// A box of which a line is too long for the kernels of what the standard's shape has beside PyRadiomics'.
constexpr std::array<int, 3> too_long{800, 2, 1};

backend::Region region(
    const backend::Backend& b, const Drawn& d, const Config& config, std::span<const Column> columns) {
  backend::Region r{b.upload(d.body.image), d.kept.mask, &config.settings, columns, Convention::ibsi};
  r.morphological_mask = d.body.mask;
  return r;
}

TEST(Shares, aDeviceGivesWhatTheCpuGives) {
  const auto cpu = make_backend("cpu", 1), simt = make_backend("simt", 1);
  for (const bool force_2d : {false, true}) {
    const Config config = every_column(force_2d);
    const auto all = columns(config);
    std::vector<Drawn> regions{drawn(1), drawn(2), drawn(3, too_long)};
    const auto measured = [&](const backend::Backend& b) {
      backend::Batch batch;
      batch.keep_matrices = true;
      for (const auto& d : regions) batch.regions.push_back(region(b, d, config, all));
      batch.regions.push_back(
          {b.upload(regions[0].body.image), regions[0].body.mask, &config.settings, all, Convention::ibsi});
      return b.measure(batch, {});
    };
    const auto ours = measured(*simt), expected = measured(*cpu);
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t r = 0; r < ours.size(); ++r) {
      EXPECT_EQ(ours[r].failure.message, "");
      ASSERT_TRUE(ours[r].matrices);
      expect_same_matrices(*ours[r].matrices, *expected[r].matrices);  // of the settings' approach
      ASSERT_EQ(ours[r].values.size(), all.size());
      for (std::size_t c = 0; c < all.size(); ++c) {
        EXPECT_EQ(ours[r].values[c].undefined, expected[r].values[c].undefined) << all[c].name;
        EXPECT_LT(relative(number(ours[r].values[c]), number(expected[r].values[c]), 1e-12), 1e-9) << all[c].name;
      }
      ASSERT_EQ(ours[r].warnings.size(), r == 2 ? 1u : 0u);
      if (r == 2) {
        EXPECT_EQ(ours[r].warnings[0],
            fmt::format(
                "14 of {} columns have no kernels for a region of this size and were computed on the CPU", all.size()));
      }
      EXPECT_TRUE(expected[r].warnings.empty());
    }
  }
}

TEST(Shares, takesApartWhatTheDeviceCannotDo) {
  const auto cpu = make_backend("cpu", 1);
  const Config config = every_column();
  const auto all = columns(config);
  const Drawn d = drawn(4, too_long);
  backend::Batch batch;
  batch.regions.push_back(region(*cpu, d, config, all));
  const backend::Shares shares(batch);
  // Shape on its own mask, everything else on the other (with both where distances are measured), an approach each; the rest on the host.
  const auto there_of = shares.there();
  ASSERT_EQ(there_of.size(), 4u);
  ASSERT_EQ(shares.here().size(), 1u);
  EXPECT_EQ(there_of[0].mask.data(), d.body.mask.data());
  std::map<std::string, int> there;
  std::size_t columns_there = 0;
  for (const auto& r : there_of) {
    EXPECT_EQ(r.keeps_matrices, &r == &there_of[3]) << "the volume's, as the settings have it";
    columns_there += r.columns.size();
    for (const auto& c : r.columns) {
      ++there[std::string(c.feature->ibsi_family)];
      EXPECT_EQ(r.approach, approach_of(c.aggregation, config.settings)) << c.name;
    }
    EXPECT_EQ(r.intensity_mask.empty(), &r != &there_of[0]);
    if (&r == &there_of[0]) continue;
    EXPECT_EQ(r.mask.data(), d.kept.mask.data());
    EXPECT_EQ(r.morphological_mask.data(), d.body.mask.data());
  }
  const std::map<std::string, int> expected{{"morph", 15}, {"loc_int", 2}, {"stat", 18}, {"ivh", 6}, {"ih", 23},
      {"glcm", 6 * 25}, {"glrlm", 6 * 16}, {"glszm", 3 * 16}, {"gldzm", 3 * 16}, {"ngtdm", 3 * 5}, {"ngldm", 3 * 17}};
  EXPECT_EQ(there, expected);
  EXPECT_EQ(columns_there + shares.here()[0].columns.size(), all.size());
  // Put together, every value is where its column is.
  std::pair<std::vector<backend::Measurement>, std::vector<backend::Measurement>> measured;
  const auto mark = [&](const backend::Region& r) {
    backend::Measurement m;
    for (const auto& c : r.columns)
      for (std::size_t k = 0; k < all.size(); ++k)
        if (all[k].name == c.name) m.values.push_back({double(k), Undefined::none});
    return m;
  };
  for (const auto& r : shares.there()) measured.first.push_back(mark(r));
  for (const auto& r : shares.here()) measured.second.push_back(mark(r));
  const auto whole = shares.put_together(measured);
  ASSERT_EQ(whole.at(0).values.size(), all.size());
  for (std::size_t k = 0; k < all.size(); ++k) EXPECT_EQ(whole[0].values[k].value, double(k));
  // A failure of any part is the region's.
  measured.second[0].failure = {"memory_exhausted", "no room"};
  const auto failed = shares.put_together(measured);
  EXPECT_EQ(failed[0].failure.code, "memory_exhausted");
  EXPECT_TRUE(failed[0].values.empty());
}

TEST(Shares, leavesWholeWhatTheDeviceCanDo) {
  const auto cpu = make_backend("cpu", 1);
  const Config config = pyradiomics_config("{}");
  const auto all = columns(config);
  const Drawn d = drawn(5);
  backend::Batch batch;
  batch.regions.push_back({cpu->upload(d.body.image), d.body.mask, &config.settings, all, Convention::pyradiomics});
  const backend::Shares shares(batch);
  ASSERT_EQ(shares.there().size(), 1u);
  EXPECT_TRUE(shares.here().empty());
  EXPECT_EQ(shares.there()[0].columns.data(), all.data());
}

TEST(Shares, everyFamilyHasKernels) {
  const auto cpu = make_backend("cpu", 1);
  Config config = every_column();
  config.settings.distance_weighting = DistanceWeighting::inverse;
  config.settings.distances = {1, 3};
  const auto all = columns(config);
  for (const auto& size : {std::array<int, 3>{9, 8, 7}, too_long}) {
    const Drawn d = drawn(6, size);
    const auto r = region(*cpu, d, config, all);
    std::map<std::string_view, int> with, without;
    for (const auto& c : all) ++(backend::has_kernels(r, c) ? with : without)[c.feature->ibsi_family];
    for (const auto* family :
        {"morph", "glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm", "stat", "ih", "ivh", "loc_int"})
      EXPECT_TRUE(with.count(family)) << family;
    if (size == too_long) EXPECT_EQ(without, (std::map<std::string_view, int>{{"morph", 14}}));
    else EXPECT_TRUE(without.empty());
  }
}

/// Slices of an image that the device made itself, where it lies; and regions of which slices hold nothing, or the whole.
TEST(Shares, slicesOfWhatLiesOnTheDevice) {
  const auto cpu = make_backend("cpu", 1), simt = make_backend("simt", 1);
  const auto grid = random_grid({9, 8, 7}, {0.6, 5, false}, 9);
  const auto v = volumes_of(grid);
  auto holed = grid, empty = grid;
  for (std::size_t i = 0; i < grid.level.size(); ++i) {
    if (i / 72 % 3 == 1 || i % 9 == 4 || i / 9 % 8 == 2) holed.level[i] = 0;
    empty.level[i] = 0;
  }
  for (const int dimension : {0, 1, 2}) {
    Config config = every_column();
    config.settings.aggregations = {"2d_avg", "2d_mrg", "25d_mrg"};
    config.settings.force_2d_dimension = dimension;
    const auto all = columns(config);
    const auto measured = [&](const backend::Backend& b) {
      backend::Derivation d;
      d.kind = backend::Derivation::Kind::resample;
      d.source = b.upload(v.image);
      d.grid = v.image.geometry();
      d.interpolator = Interpolator::linear;
      const auto made = b.derive({&d, 1}, {});
      backend::Batch batch;
      for (const auto& g : {grid, holed, empty})
        batch.regions.push_back({made.at(0), volumes_of(g).mask, &config.settings, all, Convention::ibsi});
      return b.measure(batch, {});
    };
    const auto ours = measured(*simt), expected = measured(*cpu);
    for (std::size_t r = 0; r < 3; ++r) {
      EXPECT_EQ(ours[r].failure.code, r == 2 ? "empty_mask" : "");
      EXPECT_EQ(expected[r].failure.code, ours[r].failure.code);
      ASSERT_EQ(ours[r].values.size(), expected[r].values.size());
      for (std::size_t c = 0; c < ours[r].values.size(); ++c) {
        EXPECT_EQ(ours[r].values[c].undefined, expected[r].values[c].undefined) << all[c].name;
        EXPECT_LT(relative(number(ours[r].values[c]), number(expected[r].values[c]), 1e-12), 1e-9) << all[c].name;
      }
    }
  }
}

}  // namespace
}  // namespace radloom::test
