// The host side of a device backend on emulated devices: launches, memory, what runs out and what breaks.
#include <future>
#include <thread>

#include "radloom/map.hpp"
#include "support/measure.hpp"
#include "support/simt_devices.hpp"

namespace radloom::test {
namespace {

const char* every_family =
    R"({"shape":null,"firstorder":null,"glcm":null,"glrlm":null,"glszm":null,"gldm":null,"ngtdm":null})";

struct Rig {
  std::vector<simt::Device*> devices;  ///< owned by the backend
  std::shared_ptr<const SimtBackend> backend;

  explicit Rig(const std::vector<simt::DeviceOptions>& options) {
    std::vector<std::unique_ptr<simt::Device>> made;
    for (const auto& o : options) {
      made.push_back(std::make_unique<simt::Device>(o));
      devices.push_back(made.back().get());
    }
    backend = make_simt_backend(std::move(made), 1);
  }
};

struct Job {
  Config config = pyradiomics_config(R"({"binWidth": 2})", every_family);
  std::vector<Column> all = columns(config);
  std::vector<Volumes> regions;

  explicit Job(int n, std::uint32_t seed = 1) {
    // An eigenvalue by iteration takes most of an emulated flight's time, and neither a launch nor a byte more.
    std::erase_if(all, [](const Column& c) { return c.feature->pyradiomics == "MCC"; });
    for (int i = 0; i < n; ++i)
      regions.push_back(
          volumes_of(random_grid({6 + i % 5, 7, 4 + i % 3}, {0.85, 12, i % 2 == 0}, seed + std::uint32_t(i))));
  }
  std::vector<backend::Measurement> measure(const backend::Backend& backend) const {
    backend::Batch batch;
    for (const auto& v : regions)
      batch.regions.push_back({backend.upload(v.image), v.mask, &config.settings, all, config.convention});
    return backend.measure(batch, {});
  }
  void expect_right(const std::vector<backend::Measurement>& measured) const {
    const auto expected = measure(*backend::make_backend("cpu", 1));
    ASSERT_EQ(measured.size(), expected.size());
    for (std::size_t r = 0; r < expected.size(); ++r) {
      ASSERT_EQ(measured[r].failure.code, "") << measured[r].failure.message;
      for (std::size_t c = 0; c < all.size(); ++c)
        EXPECT_LT(relative(number(measured[r].values[c]), number(expected[r].values[c]), 1e-9), 1e-9) << all[c].name;
    }
  }
};

TEST(DeviceBackend, theNumberOfLaunchesDoesNotDependOnTheNumberOfRegions) {
  std::int64_t launches[3], copies[3], waits[3];
  int k = 0;
  for (const int n : {1, 7, 60}) {
    Rig rig({simt::DeviceOptions{.seed = 3}});
    Job job(n);
    job.expect_right(job.measure(*rig.backend));
    const auto s = rig.devices[0]->statistics();
    EXPECT_EQ(rig.backend->statistics().flights, 1);
    launches[k] = s.launches + s.algorithms;
    copies[k] = s.uploads + s.downloads + s.zeroes;
    waits[k++] = s.synchronisations;
  }
  EXPECT_EQ(launches[1], launches[2]);
  EXPECT_EQ(copies[1], copies[2]);
  EXPECT_EQ(waits[1], waits[2]);
  EXPECT_LE(launches[0], launches[1]);
}

TEST(DeviceBackend, whatDoesNotFitIsHalvedAndComesOutRight) {
  Job job(24);
  std::size_t peak = 0;
  {
    Rig rig({simt::DeviceOptions{.seed = 4}});
    job.measure(*rig.backend);
    peak = rig.backend->peak_device_bytes();
  }
  Rig rig({simt::DeviceOptions{.seed = 4, .memory_budget = peak / 3}});
  job.expect_right(job.measure(*rig.backend));
  EXPECT_GT(rig.backend->statistics().splits + rig.backend->statistics().flights, 1);
}

TEST(DeviceBackend, everyAllocationMayFail) {
  const Job job(3);
  std::int64_t allocations = 0;
  {
    Rig rig({simt::DeviceOptions{.seed = 5}});
    job.measure(*rig.backend);
    allocations = rig.devices[0]->statistics().allocations;
  }
  ASSERT_GT(allocations, 10);
  for (std::int64_t n = 1; n <= allocations; n += std::max<std::int64_t>(1, allocations / 25)) {
    SCOPED_TRACE(n);
    Rig rig({simt::DeviceOptions{.seed = 5, .fail_allocation = n}});
    job.expect_right(job.measure(*rig.backend));
    EXPECT_EQ(rig.backend->statistics().splits, 1);
  }
}

TEST(DeviceBackend, aRegionThatNeverFitsIsARecordOfItsOwn) {
  Job job(2);
  job.regions.push_back(volumes_of(random_grid({40, 40, 40}, {0.9, 12, false}, 9)));
  Rig rig({simt::DeviceOptions{.seed = 6, .memory_budget = 1 << 20}});
  const auto measured = job.measure(*rig.backend);
  EXPECT_EQ(measured[0].failure.code, "");
  EXPECT_EQ(measured[1].failure.code, "");
  EXPECT_EQ(measured[2].failure.code, "memory_exhausted");
}

TEST(DeviceBackend, imagesThatDoNotFitAreMadeInHalvesOrByTheHost) {
  const Config config = parse_config("image_types: [Simoncelli]\nsettings: {wavelet_levels: 1}", "simoncelli");
  const std::vector<DerivedImage> images = images_of(config.image_types[0], config.convention);
  const auto derived = [&](const backend::Backend& backend) {
    std::vector<backend::Derivation> requests;
    for (const int side : {8, 9, 24, 8}) {
      backend::Derivation d{backend::Derivation::Kind::filter,
          backend.upload(volumes_of(random_grid({side, side, side}, {0.9}, 3)).image)};
      d.image_type = "Simoncelli";
      d.images = images;
      d.settings = &config.image_types[0].settings;
      d.convention = config.convention;
      d.box.size = d.whole = d.source->geometry().size;
      requests.push_back(d);
    }
    std::vector<Volume> out;
    for (const auto& handle : backend.derive(requests, {})) out.push_back(backend.download(handle));
    return out;
  };
  const auto expected = derived(*backend::make_backend("cpu", 1));
  std::size_t peak = 0;
  for (const bool small : {false, true}) {
    Rig rig({simt::DeviceOptions{.seed = 6, .memory_budget = small ? peak / 2 : std::size_t(1) << 30}});
    const auto ours = derived(*rig.backend);
    ASSERT_EQ(ours.size(), 4u);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const auto here = expected[i].as<double>(), there = ours[i].as<double>();
      ASSERT_EQ(here.size(), there.size());
      for (std::size_t v = 0; v < here.size(); ++v) ASSERT_NEAR(there[v], here[v], 1e-10) << i;
    }
    EXPECT_EQ(rig.backend->statistics().derived, small ? 3 : 4) << "the largest image does not fit";
    peak = rig.backend->peak_device_bytes();
  }
}

TEST(DeviceBackend, aLostDeviceFailsWhatIsInFlightWhereverItHappens) {
  const Job job(4);
  std::int64_t operations = 0;
  {
    Rig rig({simt::DeviceOptions{.seed = 7}});
    job.measure(*rig.backend);
    const auto s = rig.devices[0]->statistics();
    operations = s.launches + s.allocations + s.uploads + s.downloads;
  }
  for (const bool at_once : {false, true})
    for (std::int64_t n = 1; n <= operations; n += std::max<std::int64_t>(1, operations / 20)) {
      SCOPED_TRACE(n);
      Rig rig({simt::DeviceOptions{.seed = 7, .lose_operation = n, .lose_at_once = at_once}});
      for (const int attempt : {1, 2}) {  // and so does what comes later
        const auto measured = job.measure(*rig.backend);
        for (const auto& m : measured) {
          EXPECT_EQ(m.failure.code, "device_failed") << attempt;
          EXPECT_TRUE(m.values.empty());
        }
      }
    }
}

// Regions of two configurations go in two flights, of which the second is sent before the first has landed.
TEST(DeviceBackend, aLostDeviceFailsTheFlightBehindTheOneThatIsAwaited) {
  const Job job(4);
  const Settings other = job.config.settings;
  const auto measure = [&](const SimtBackend& backend) {
    backend::Batch batch;
    for (const auto& v : job.regions)
      batch.regions.push_back({backend.upload(v.image), v.mask,
          batch.regions.size() % 2 == 0 ? &job.config.settings : &other, job.all, job.config.convention});
    return backend.measure(batch, {});
  };
  std::int64_t operations = 0;
  {
    Rig rig({simt::DeviceOptions{.seed = 11}});
    job.expect_right(measure(*rig.backend));
    EXPECT_EQ(rig.backend->statistics().flights, 2);
    const auto s = rig.devices[0]->statistics();
    operations = s.launches + s.allocations + s.uploads + s.downloads;
  }
  for (std::int64_t n = 1; n <= operations; n += std::max<std::int64_t>(1, operations / 20)) {
    SCOPED_TRACE(n);
    Rig rig({simt::DeviceOptions{.seed = 11, .lose_operation = n}});
    const auto measured = measure(*rig.backend);
    for (std::size_t i = 0; i < measured.size(); ++i)
      if (i % 2 == 1 || !measured[i].failure.code.empty()) {
        EXPECT_EQ(measured[i].failure.code, "device_failed") << i;
      }
  }
}

TEST(DeviceBackend, theOtherDeviceGoesOn) {
  Rig rig({{.seed = 8, .lose_operation = 40}, {.seed = 9}});
  const Job job(6);
  // Whoever comes while the first device is dying may be lost with it; afterwards all is well.
  for (int i = 0; i < 20; ++i) {
    const auto measured = job.measure(*rig.backend);
    const bool all_well =
        std::all_of(measured.begin(), measured.end(), [](const auto& m) { return m.failure.code.empty(); });
    if (all_well && i > 10) job.expect_right(measured);
    if (i == 19) {
      EXPECT_TRUE(all_well);
    }
  }
}

TEST(DeviceBackend, callsFromManyThreadsShareFlightsAndSeveralDevices) {
  for (const int devices : {1, 2}) {
    Rig rig(std::vector<simt::DeviceOptions>(std::size_t(devices), {.seed = 10}));
    std::vector<std::future<void>> calls;
    for (int t = 0; t < 6; ++t)
      calls.push_back(std::async(std::launch::async, [&rig, t] {
        const Job job(3, std::uint32_t(100 * t));
        job.expect_right(job.measure(*rig.backend));
      }));
    for (auto& c : calls) c.get();
    EXPECT_EQ(rig.backend->statistics().regions, 18);
    EXPECT_LE(rig.backend->statistics().flights, 18);
  }
}

/// Maps of a small region on a backend: its column's values, or the first problem.
struct Mapped {
  std::vector<double> values;
  std::string problem;
};
Mapped map_on(const std::shared_ptr<const backend::Backend>& backend) {
  const auto config = parse_config(
      R"({"convention": "pyradiomics", "families": {"ngtdm": ["Contrast"]}, "settings": {"bin_width": 2}})", "test");
  const auto region = volumes_of(random_grid({6, 5, 4}, {0.85, 12, false}, 21));
  Mapped out;
  map_features(config, {"", 1, backend}, region.image, region.mask, {[&](const FeatureMap& m) {
    out.problem = m.problem;
    if (m.problem.empty()) out.values.assign(m.volume.as<double>().begin(), m.volume.as<double>().end());
  }});
  return out;
}

TEST(DeviceBackend, mapsAreMeasuredThereAndWhatIsLostIsSaid) {
  const auto expected = map_on(backend::make_backend("cpu", 1));
  ASSERT_GT(expected.values.size(), 100u);
  std::int64_t operations = 0;  // until the map has come home
  {
    Rig rig({simt::DeviceOptions{.seed = 12}});
    const auto mapped = map_on(rig.backend);
    ASSERT_EQ(mapped.values.size(), expected.values.size()) << mapped.problem;
    for (std::size_t i = 0; i < expected.values.size(); ++i)
      EXPECT_LT(relative(mapped.values[i], expected.values[i], 1e-9), 1e-9) << i;
    EXPECT_GT(rig.backend->statistics().neighbourhoods, 80);
    const auto s = rig.devices[0]->statistics();
    EXPECT_EQ(s.launches, 1);
    operations = s.launches + s.allocations + s.uploads + s.downloads;
  }
  {
    Rig rig({simt::DeviceOptions{.seed = 12, .memory_budget = 2'000}});
    EXPECT_NE(map_on(rig.backend).problem.find("the device has not enough memory"), std::string::npos);
    EXPECT_EQ(rig.backend->statistics().neighbourhoods, 0);
  }
  // Lost at any time: the region has no map then, nor has who comes while the device is dying. Then the host measures.
  for (std::int64_t n = 1; n <= operations; ++n) {
    SCOPED_TRACE(n);
    Rig rig({simt::DeviceOptions{.seed = 13, .lose_operation = n}});
    EXPECT_EQ(map_on(rig.backend).problem, "the device is lost");
    auto next = map_on(rig.backend);
    while (next.problem == "the device failed, and no other is left") next = map_on(rig.backend);
    EXPECT_EQ(next.values, expected.values) << next.problem;
  }
}

TEST(DeviceBackend, aRequestedStopEndsTheCall) {
  Rig rig({simt::DeviceOptions{.seed = 11}});
  std::stop_source stop;
  stop.request_stop();
  const Job job(1);
  backend::Batch batch;
  batch.regions.push_back({rig.backend->upload(job.regions[0].image), job.regions[0].mask, &job.config.settings,
      job.all, job.config.convention});
  EXPECT_THROW(rig.backend->measure(batch, stop.get_token()), Error);
}

}  // namespace
}  // namespace radloom::test
