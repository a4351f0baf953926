// What a device has no kernels for is measured on the host, and nothing else is: never silently wrong.
#include "backend/shares.hpp"

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
Drawn drawn(std::uint32_t seed) {
  const auto body = random_grid({9, 8, 7}, {0.9, 5, false}, seed);
  auto kept = body;
  for (std::size_t i = 0; i < kept.level.size(); i += 4) kept.level[i] = 0;
  return {volumes_of(body, {1, 1.5, 3}), volumes_of(kept, {1, 1.5, 3})};
}

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
    std::vector<Drawn> regions{drawn(1), drawn(2), drawn(3)};
    const auto measured = [&](const backend::Backend& b) {
      backend::Batch batch;
      for (const auto& d : regions) batch.regions.push_back(region(b, d, config, all));
      batch.regions.push_back(
          {b.upload(regions[0].body.image), regions[0].body.mask, &config.settings, all, Convention::ibsi});
      return b.measure(batch, {});
    };
    const auto ours = measured(*simt), expected = measured(*cpu);
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t r = 0; r < ours.size(); ++r) {
      EXPECT_EQ(ours[r].failure.message, "");
      ASSERT_EQ(ours[r].values.size(), all.size());
      for (std::size_t c = 0; c < all.size(); ++c) {
        EXPECT_EQ(ours[r].values[c].undefined, expected[r].values[c].undefined) << all[c].name;
        EXPECT_LT(relative(number(ours[r].values[c]), number(expected[r].values[c]), 1e-12), 1e-9) << all[c].name;
      }
      ASSERT_EQ(ours[r].warnings.size(), 1u);
      EXPECT_NE(ours[r].warnings[0].find("have no kernels yet and were computed on the CPU"), std::string::npos);
      EXPECT_TRUE(expected[r].warnings.empty());
    }
  }
}

TEST(Shares, takesApartWhatTheDeviceCannotDo) {
  const auto cpu = make_backend("cpu", 1);
  const Config config = every_column();
  const auto all = columns(config);
  const Drawn d = drawn(4);
  backend::Batch batch;
  batch.regions.push_back(region(*cpu, d, config, all));
  const backend::Shares shares(batch);
  // Shape on its own mask, textures on theirs, with both where distances are measured; the rest on the host.
  ASSERT_EQ(shares.there().size(), 2u);
  ASSERT_EQ(shares.here().size(), 1u);
  EXPECT_EQ(shares.there()[0].mask.data(), d.body.mask.data());
  EXPECT_EQ(shares.there()[1].mask.data(), d.kept.mask.data());
  EXPECT_EQ(shares.there()[1].morphological_mask.data(), d.body.mask.data());
  std::map<std::string, int> there;
  for (const auto& r : shares.there())
    for (const auto& c : r.columns) {
      ++there[std::string(c.feature->ibsi_family)];
      EXPECT_TRUE(c.aggregation.suffix.empty() || c.aggregation.suffix.starts_with("3d")) << c.name;
    }
  const std::map<std::string, int> expected{{"morph", 15}, {"stat", 18}, {"ih", 2}, {"glcm", 50}, {"glrlm", 32},
      {"glszm", 16}, {"gldzm", 16}, {"ngtdm", 5}, {"ngldm", 17}};
  EXPECT_EQ(there, expected);
  EXPECT_EQ(shares.there()[0].columns.size() + shares.there()[1].columns.size() + shares.here()[0].columns.size(),
      all.size());
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

TEST(Shares, weightsAndGapsAreForTheHost) {
  const auto cpu = make_backend("cpu", 1);
  Config config = every_column();
  const auto all = columns(config);
  const Drawn d = drawn(6);
  const auto can = [&](std::string_view family, std::string_view suffix) {
    const auto r = region(*cpu, d, config, all);
    for (const auto& c : all)
      if (c.feature->ibsi_family == family && c.aggregation.suffix == suffix) return backend::has_kernels(r, c);
    ADD_FAILURE() << "no column of " << family << " " << suffix;
    return false;
  };
  EXPECT_TRUE(can("glcm", "3d_mrg"));
  EXPECT_FALSE(can("glcm", "25d_mrg"));
  EXPECT_TRUE(can("ngtdm", "3d"));
  EXPECT_TRUE(can("gldzm", "3d"));
  EXPECT_FALSE(can("gldzm", "2d"));
  config.settings.distance_weighting = DistanceWeighting::inverse;
  EXPECT_FALSE(can("glrlm", "3d_mrg"));
  EXPECT_TRUE(can("glrlm", "3d_avg"));
  config.settings.distances = {1, 2};
  EXPECT_TRUE(can("ngldm", "3d"));
  config.settings.distances = {2};
  EXPECT_FALSE(can("ngldm", "3d"));
  config.settings.force_2d = true;
  EXPECT_TRUE(can("glszm", "25d"));
  EXPECT_FALSE(can("glszm", "3d"));
}

}  // namespace
}  // namespace radloom::test
