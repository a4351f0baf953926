// What a record says of where the time went.
#include <algorithm>
#include <chrono>

#include "support/measure.hpp"

namespace radloom::test {
namespace {

struct Timed {
  Timing timing;
  double passed_ms;
};

Timed timed(const Volumes& volumes, const std::string& setting, const std::string& families, int threads) {
  Config config = pyradiomics_config(setting, families);
  const Engine engine(config, options_of("cpu", threads));
  const auto start = std::chrono::steady_clock::now();
  const auto record = engine.extract(volumes.image, volumes.mask);
  const double passed = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(record.status, Status::ok);
  return {record.timing_ms, passed};
}

Volumes noise(const std::array<int, 3>& size, int levels) {
  return volumes_of(random_grid(size, {0.9, levels, false}, 7));
}

constexpr const char* all_families =
    R"({"shape":null,"firstorder":null,"glcm":null,"glrlm":null,"glszm":null,"gldm":null,"ngtdm":null})";

TEST(RecordTiming, CountingAndFormulasShareTheTimeOfMeasuring) {
  for (const int threads : {1, 2}) {
    const auto [timing, passed] = timed(noise({60, 60, 30}, 40), R"({"binWidth": 1})", all_families, threads);
    EXPECT_GT(timing.matrices, 0) << threads;
    EXPECT_GT(timing.features, 0) << threads;
    EXPECT_LE(timing.preprocess + timing.matrices + timing.features, passed) << threads;
    EXPECT_GE(timing.preprocess + timing.matrices + timing.features, passed / 2) << threads;
  }
}

/// The least of each over a few runs: what other programs took meanwhile is in no run's least.
Timing least(const Volumes& volumes, const std::string& families) {
  Timing least = timed(volumes, R"({"binWidth": 1})", families, 1).timing;
  for (int again = 0; again < 9; ++again) {
    const Timing timing = timed(volumes, R"({"binWidth": 1})", families, 1).timing;
    least.matrices = std::min(least.matrices, timing.matrices);
    least.features = std::min(least.features, timing.features);
  }
  return least;
}

// Few voxels of many gray levels: eigenvalues cost more than counting. Many voxels of few: counting does.
TEST(RecordTiming, WhatCostsMoreIsSaidToCostMore) {
  const Timing formulas = least(noise({12, 12, 8}, 120), R"({"glcm": ["MCC"]})");
  EXPECT_GT(formulas.features, formulas.matrices);
  const Timing counting = least(noise({60, 60, 30}, 8), R"({"gldm": null, "ngtdm": null})");
  EXPECT_GT(counting.matrices, counting.features);
}

}  // namespace
}  // namespace radloom::test
