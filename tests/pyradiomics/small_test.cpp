// The engine on small random regions: every feature and every matrix as PyRadiomics 3.0.1 has them.
#include "pyradiomics/small_cases.hpp"

namespace radloom::test {
namespace {

class SmallRegions : public OnBackend<std::string> {};

template <class... Families>
Config config_of(const SmallCase& c, const Families&... families) {
  Json settings = c.settings;
  settings["binWidth"] = 1;
  return pyradiomics_config(settings.dump(), families...);
}

TEST_P(SmallRegions, everyFeature) {
  std::size_t compared = 0;
  for (const auto& c : small_cases()) {
    SCOPED_TRACE(c.name);
    const Engine engine(config_of(c), options_of(GetParam(), 1));
    const auto v = volumes_of(c.grid, c.spacing);
    const auto record = engine.extract(v.image, v.mask, c.name);
    ASSERT_EQ(record.status, Status::ok) << record.error.message
                                         << (record.regions.empty() ? "" : record.regions[0].error.message);
    ASSERT_EQ(engine.run().columns.size(), c.values.size());
    for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
      const auto& column = engine.run().columns[k];
      ASSERT_TRUE(c.values.count(column.name)) << column.name;
      const double ours = number(record.regions[0].values[k]), theirs = c.values.at(column.name);
      // Roots of rounding errors: an axis of a flat region, a second eigenvalue of zero.
      const bool root = column.feature->family == Family::shape || column.feature->pyradiomics == "MCC" ||
                        column.feature->pyradiomics == "Imc2";
      EXPECT_LT(relative(ours, theirs, root ? 1e-6 : 1e-13), 1e-9)
          << column.name << ": " << ours << ", PyRadiomics " << theirs;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 31u * 107u);
}

TEST_P(SmallRegions, everyMatrix) {
  const auto backend = make_backend(GetParam(), 1);
  for (const auto& c : small_cases()) {
    SCOPED_TRACE(c.name);
    const auto config = config_of(c, matrices_alone);
    const auto all = columns(config);
    const auto v = volumes_of(c.grid, c.spacing);
    backend::Batch batch;
    batch.keep_matrices = true;
    batch.regions.push_back({backend->upload(v.image), v.mask, &config.settings, all, Convention::pyradiomics});
    const auto measured = backend->measure(batch, {});
    ASSERT_EQ(measured.size(), 1u);
    ASSERT_TRUE(measured[0].matrices) << measured[0].failure.message;
    expect_digests(*measured[0].matrices, c.matrices);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, SmallRegions, testing::ValuesIn(backends_of_whole_cases()));

}  // namespace
}  // namespace radloom::test
