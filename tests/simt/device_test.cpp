// The emulated device: what it lets pass and what it must find, on every seed; injected failures; the algorithms against definitions.
#include "simt/device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "simt/launch.hpp"

namespace radloom::simt {
namespace {

using backend::Buffer;
using backend::DeviceLost;
using backend::DeviceOutOfMemory;
using backend::Event;
using backend::Pinned;
using Words = Buffer<std::uint32_t, Device>;
using Home = Pinned<std::uint32_t, Device>;

constexpr unsigned seeds = 24;
constexpr std::int64_t n = 1000;

/// Calls scene(device) with a device of every seed; each must end with a fault that says `what`.
template <class Scene>
void expect_caught(const std::string& what, const Scene& scene, const DeviceOptions& options = {}) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    DeviceOptions seeded = options;
    seeded.seed = seed;
    seeded.guard_downloads = false;
    try {
      Device device(seeded);
      scene(device);
      device.finish();
      ADD_FAILURE() << "not caught with seed " << seed;
    } catch (const Fault& fault) {
      const std::string said = fault.what();
      EXPECT_NE(said.find(what), std::string::npos) << "seed " << seed << ": " << said;
    }
  }
}

struct AddTo {
  Span<const std::uint32_t> in;
  Span<std::uint32_t> out;
  std::uint32_t what;
  template <class Exec>
  void operator()(Exec& exec) const {
    const std::int64_t i = exec.block() * std::int64_t(exec.threads()) + exec.thread();
    if (i < in.size) exec.global(out)[i] = exec.global(in)[i] + what;
  }
};
constexpr LaunchShape over_n{4, 256, 0};

struct Fill {
  Span<std::uint32_t> out;
  std::uint32_t value;
  template <class Exec>
  void operator()(Exec& exec) const {
    const std::int64_t i = exec.block() * std::int64_t(exec.threads()) + exec.thread();
    if (i < out.size) exec.global(out)[i] = value;
  }
};

void count_up(Home& h, std::uint32_t from) { std::iota(h.begin(), h.end(), from); }

/// As the host would read it if it did not know better: AddressSanitizer, told that these bytes are out of reach, must not look.
__attribute__((no_sanitize("address"), noinline)) std::uint32_t peek(const std::uint32_t* p) { return *p; }

// ---- what is right

TEST(EmulatedDevice, streamsWithEventsGiveWhatTheySay) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Device device({.seed = seed, .streams = 3});
    {
      Words a(device, 0, n), b(device, 0, n), c(device, 1, n), d(device, 2, n);
      Home in(device, n), out(device, n), out2(device, n);
      count_up(in, 0);
      upload(device, a.span(), in, n, 0);
      const Event up = device.record(0);
      device.launch(AddTo{a, b, 10}, over_n, 0);
      device.wait(1, up);
      device.launch(AddTo{a, c, 100}, over_n, 1);  // both read a
      const Event first = device.record(0), second = device.record(1);
      device.wait(2, first);
      device.wait(2, second);
      device.launch(AddTo{b, d, 1000}, over_n, 2);
      download(device, out, d.span(), 2);
      download(device, out2, c.span(), 1);
      const Event done = device.record(2);
      device.synchronise(up);
      count_up(in, 7);  // the upload is over
      device.synchronise(done);
      device.synchronise(device.record(1));
      for (std::int64_t i = 0; i < n; ++i) {
        ASSERT_EQ(out[i], std::uint32_t(i + 1010));
        ASSERT_EQ(out2[i], std::uint32_t(i + 100));
      }
      upload(device, a.span(), in, n, 2);  // after all that the host has waited for
      device.wait(0, device.record(2));    // b goes back on stream 0, and was read on stream 2
      device.wait(1, device.record(0));
      device.synchronise(device.record(1));
    }
    device.finish();
  }
}

TEST(EmulatedDevice, streamsMayTouchDifferentPartsOfAnAllocation) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Device device({.seed = seed});
    {
      Words a(device, 0, n);
      device.wait(1, device.record(0));
      device.launch(Fill{a.span().part(0, 333), 1}, over_n, 0);
      device.launch(Fill{a.span().part(333, n - 333), 2}, over_n, 1);
      device.wait(0, device.record(1));
      Home out(device, n);
      download(device, out, a.span(), 0);
      device.synchronise(device.record(0));
      EXPECT_EQ(out[332], 1u);
      EXPECT_EQ(out[333], 2u);
    }
    device.finish();
  }
}

TEST(EmulatedDevice, aCopyRunsNoSoonerThanNeeded) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Device device({.seed = seed});
    Words a(device, 0, n), b(device, 1, n);
    Home out(device, n);
    a.zero();
    b.zero();
    device.launch(Fill{a, 1}, over_n, 0);
    device.synchronise(device.record(1));
    EXPECT_EQ(device.launches().size(), 0u);  // that event does not need it
    const Event e = device.record(0);
    device.launch(Fill{a, 2}, over_n, 0);
    device.synchronise(e);
    EXPECT_EQ(device.launches().size(), 1u);
  }
}

TEST(EmulatedDevice, countsWhatItIsAskedFor) {
  Device device;
  Words a(device, 0, n), b(device, 0, n);
  Home in(device, n);
  count_up(in, 0);
  EXPECT_EQ(device.allocated_bytes(), 2u * n * 4);
  { Words c(device, 0, n); }
  EXPECT_EQ(device.allocated_bytes(), 2u * n * 4);
  EXPECT_EQ(device.peak_bytes(), 3u * n * 4);
  upload(device, a.span(), in, n, 0);
  b.zero();
  device.launch(AddTo{a, b, 1}, over_n, 0);
  device.launch(AddTo{a, b, 1}, {0, 256, 0}, 0);  // no block, no launch
  download(device, in, b.span(), 0);
  device.synchronise(device.record(0));
  const auto& s = device.statistics();
  EXPECT_EQ(s.allocations, 3);
  EXPECT_EQ(s.releases, 1);
  EXPECT_EQ(s.pinned_allocations, 1);
  EXPECT_EQ(s.uploads, 1);
  EXPECT_EQ(s.downloads, 1);
  EXPECT_EQ(s.bytes_up, 4u * n);
  EXPECT_EQ(s.bytes_down, 4u * n);
  EXPECT_EQ(s.zeroes, 1);
  EXPECT_EQ(s.launches, 1);
  EXPECT_EQ(s.synchronisations, 1);
  ASSERT_EQ(device.launches().size(), 1u);
  EXPECT_NE(device.launches()[0].body.find("AddTo"), std::string::npos);
  EXPECT_EQ(device.launches()[0].counters.global_reads, std::uint64_t(n));
}

TEST(EmulatedDevice, algorithmsFollowTheirDefinitions) {
  std::mt19937_64 random(3);
  for (const std::int64_t size : {std::int64_t(0), std::int64_t(1), std::int64_t(2), std::int64_t(700)}) {
    Device device;
    {
      Buffer<std::uint64_t, Device> in(device, 0, size), out(device, 0, size), keys(device, 0, size),
          sums(device, 0, size);
      Words values(device, 0, size), moved(device, 0, size), lengths(device, 0, size), runs(device, 0, 1);
      Pinned<std::uint64_t, Device> k(device, size), sorted(device, size), unique(device, size), scanned(device, size);
      Home v(device, size), w(device, size), l(device, size), r(device, 1);
      for (std::int64_t i = 0; i < size; ++i) {
        k[i] = random() % 8 << 3 | random() % 8 | random() << 60;
        v[i] = std::uint32_t(i);
      }
      upload(device, in.span(), k, size, 0);
      upload(device, values.span(), v, size, 0);
      device.sort_pairs(in, out, values, moved, 3, 6, 0);
      download(device, sorted, out.span(), 0);
      download(device, w, moved.span(), 0);
      device.synchronise(device.record(0));
      for (std::int64_t i = 0; i < size; ++i) {
        EXPECT_EQ(sorted[i], k[w[i]]);
        if (i == 0) continue;
        const auto a = sorted[i - 1] >> 3 & 7, b = sorted[i] >> 3 & 7;
        EXPECT_TRUE(a < b || (a == b && w[i - 1] < w[i]));  // only those bits, and stable
      }
      device.sort(in, out, 0, 64, 0);
      device.run_length_encode(out, keys, lengths, runs, 0);
      device.exclusive_scan(in, sums, 0);
      download(device, sorted, out.span(), 0);
      download(device, scanned, sums.span(), 0);
      download(device, r, runs.span(), 0);
      device.synchronise(device.record(0));
      std::uint64_t sum = 0;
      for (std::int64_t i = 0; i < size; ++i) {
        EXPECT_LE(sorted[std::max(i - 1, std::int64_t(0))], sorted[i]);
        EXPECT_EQ(scanned[i], sum);
        sum += k[i];
      }
      const std::int64_t found = r[0];
      download(device, unique, keys.span().part(0, found), 0);
      download(device, l, lengths.span().part(0, found), 0);
      device.synchronise(device.record(0));
      for (std::int64_t i = 0, at = 0; i < found; at += l[i++]) {
        EXPECT_EQ(std::uint32_t(std::count(k.begin(), k.end(), unique[i])), l[i]);
        EXPECT_EQ(sorted[at], unique[i]);
      }
      EXPECT_EQ(std::accumulate(l.begin(), l.begin() + found, std::int64_t(0)), size);
    }
    device.finish();
  }
}

// ---- planted bugs: copies and the host

TEST(PlantedBug, aCopyReadBeforeItsEvent) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    Device device({.seed = seed});
    Words a(device, 0, n);
    Home out(device, n);
    count_up(out, 0);
    a.zero();
    const Event before = device.record(0);
    download(device, out, a.span(), 0);
    device.synchronise(before);
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(peek(&out[0] + i), 0xa5a5a5a5u) << "seed " << seed;
#ifdef RADLOOM_SIMT_ASAN
    EXPECT_TRUE(__asan_address_is_poisoned(&out[0]));
    EXPECT_TRUE(__asan_address_is_poisoned(&out[n - 1]));
#endif
    device.synchronise(device.record(0));
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(out[i], 0u);
  }
}

TEST(PlantedBug, aCopyWrittenToBeforeItsEvent) {
  expect_caught("the host has written to the destination", [](Device& device) {
    Words a(device, 0, n);
    Home out(device, n);
    a.zero();
    download(device, out, a.span(), 0);
    out[500] = 0;
    device.synchronise(device.record(0));
  });
}

TEST(PlantedBug, stagingReusedBeforeItsEvent) {
  expect_caught("staging reused", [](Device& device) {
    Words a(device, 0, n), b(device, 0, n);
    Home in(device, n);
    count_up(in, 0);
    const Event before = device.record(0);
    upload(device, a.span(), in, n, 0);
    device.synchronise(before);
    count_up(in, 1);
    upload(device, b.span(), in, n, 0);
    device.synchronise(device.record(0));
  });
  // An event of another stream says nothing about this one's copies.
  expect_caught("staging reused", [](Device& device) {
    Words a(device, 0, n);
    Home in(device, n);
    count_up(in, 0);
    upload(device, a.span(), in, n, 0);
    device.synchronise(device.record(1));
    count_up(in, 1);
    device.synchronise(device.record(0));
  });
}

TEST(PlantedBug, stagingGivenBackBeforeItsEvent) {
  expect_caught("pinned memory is given back", [](Device& device) {
    Words a(device, 0, n);
    {
      Home in(device, n);
      count_up(in, 0);
      upload(device, a.span(), in, n, 0);
    }
    device.synchronise(device.record(0));
  });
}

TEST(PlantedBug, hostMemoryThatIsNotPinned) {
  expect_caught("not pinned", [](Device& device) {
    Words a(device, 0, n);
    std::vector<std::uint32_t> in(n);
    device.upload(a.span().data, in.data(), n * 4, 0);
  });
  expect_caught("not pinned", [](Device& device) {
    Words a(device, 0, n);
    Home in(device, n);
    device.upload(a.span().data, in.data() + 1, n * 4, 0);
  });
}

TEST(PlantedBug, twoCopiesOfTheSameHostMemory) {
  expect_caught("race between streams", [](Device& device) {
    Words a(device, 0, n), b(device, 1, n);
    Home home(device, n);
    a.zero();
    b.zero();
    download(device, home, a.span(), 0);
    download(device, home, b.span(), 1);
  });
}

// ---- planted bugs: streams

TEST(PlantedBug, crossStreamUseWithoutWait) {
  const auto scene = [](bool host_waits) {
    return [host_waits](Device& device) {
      Words a(device, 0, n), b(device, 1, n);
      Home in(device, n);
      count_up(in, 0);
      device.wait(1, device.record(0));
      upload(device, a.span(), in, n, 0);
      device.launch(AddTo{a, b, 1}, over_n, 1);
      const Event other = device.record(0), done = device.record(1);
      device.synchronise(done);  // may come first or alone
      if (host_waits) device.synchronise(other);
      device.wait(0, done);
    };
  };
  for (const bool host_waits : {false, true})
    for (unsigned seed = 0; seed < seeds; ++seed)
      EXPECT_THROW(
          {
            Device device({.seed = seed});
            scene(host_waits)(device);
            device.finish();
          },
          Fault)
          << "seed " << seed;
}

TEST(PlantedBug, overwrittenWhileAnotherStreamReads) {
  expect_caught("race between streams", [](Device& device) {
    Words a(device, 0, n), b(device, 1, n);
    a.zero();
    device.wait(1, device.record(0));
    device.launch(AddTo{a, b, 1}, over_n, 1);
    device.launch(Fill{a, 3}, over_n, 0);
    device.wait(0, device.record(1));
  });
  expect_caught("race between streams", [](Device& device) {  // by one word
    Words a(device, 0, n);
    a.zero();
    device.wait(1, device.record(0));
    device.launch(Fill{a.span().part(0, 501), 3}, over_n, 0);
    device.launch(Fill{a.span().part(500, 500), 4}, over_n, 1);
    device.wait(0, device.record(1));
  });
}

TEST(PlantedBug, usedOnAnotherStreamBeforeItIsAllocated) {
  expect_caught("race between streams", [](Device& device) {
    Words a(device, 0, n);
    device.launch(Fill{a, 3}, over_n, 1);
    device.wait(0, device.record(1));
  });
}

TEST(PlantedBug, givenBackWhileAnotherStreamUsesIt) {
  for (unsigned seed = 0; seed < seeds; ++seed)
    EXPECT_THROW(
        {
          Device device({.seed = seed});
          {
            Words a(device, 0, n);
            device.wait(1, device.record(0));
            device.launch(Fill{a, 3}, over_n, 1);
          }
          device.finish();
        },
        Fault);
}

// ---- planted bugs: memory

TEST(PlantedBug, useAfterRelease) {
  expect_caught("use after release", [](Device& device) {
    Span<std::uint32_t> dangling;
    {
      Words a(device, 0, n);
      a.zero();
      dangling = a;
    }
    Words b(device, 0, n);  // its memory may be what was given back
    device.launch(Fill{dangling, 3}, over_n, 0);
  });
  expect_caught("use after release", [](Device& device) {
    Home out(device, n);
    Span<std::uint32_t> dangling;
    {
      Words a(device, 0, n);
      a.zero();
      dangling = a;
    }
    download(device, out, dangling, 0);
  });
}

TEST(PlantedBug, unwrittenGlobalRead) {
  expect_caught("unwritten", [](Device& device) {
    Words a(device, 0, n), b(device, 0, n);
    device.zero(a.span().data, (n - 1) * 4, 0);
    device.launch(AddTo{a, b, 1}, over_n, 0);
  });
  expect_caught("unwritten", [](Device& device) {
    Words a(device, 0, n);
    Home out(device, n);
    device.launch(Fill{a.span().part(0, n - 1), 1}, over_n, 0);
    download(device, out, a.span(), 0);
    device.synchronise(device.record(0));
  });
  expect_caught("unwritten", [](Device& device) {
    Buffer<std::uint64_t, Device> a(device, 0, n), b(device, 0, n);
    device.sort(a, b, 0, 64, 0);
  });
}

TEST(PlantedBug, beyondAnAllocation) {
  expect_caught("out of bounds", [](Device& device) {
    Words a(device, 0, n), b(device, 0, n);
    device.launch(Fill{{a.span().data, n + 1}, 1}, over_n, 0);
  });
  expect_caught("out of bounds", [](Device& device) {
    Words a(device, 0, n);
    device.zero(a.span().data + 1, n * 4, 0);
  });
  expect_caught("out of bounds", [](Device& device) {
    Words a(device, 0, n);
    device.launch(Fill{{a.span().data + 2 * n, 1}, 1}, over_n, 0);
  });
}

TEST(PlantedBug, memoryOfSomeoneElse) {
  expect_caught("host memory", [](Device& device) {
    std::vector<std::uint32_t> host(n);
    device.launch(Fill{{host.data(), n}, 1}, over_n, 0);
  });
  Device other;
  Words theirs(other, 0, n);
  expect_caught("not that device's", [&](Device& device) { device.launch(Fill{theirs, 1}, over_n, 0); });
  EXPECT_THROW(launch(Fill{theirs, 1}, over_n, 0), Fault);
}

TEST(PlantedBug, leaks) {
  expect_caught("leak", [](Device& device) { device.allocate(100, 0); });
  expect_caught("leak", [](Device& device) { device.allocate_pinned(100); });
  EXPECT_THROW({ Device().allocate(100, 0); }, Fault);  // found by the destructor too
}

TEST(PlantedBug, givenBackTwice) {
  expect_caught("twice", [](Device& device) {
    void* p = device.allocate(100, 0);
    device.release(p, 0);
    device.release(p, 0);
  });
}

TEST(PlantedBug, overlappingOperandsOfAnAlgorithm) {
  expect_caught("overlaps", [](Device& device) {
    Buffer<std::uint64_t, Device> a(device, 0, n);
    a.zero();
    device.sort(a, a, 0, 64, 0);
  });
}

TEST(PlantedBug, moreSharedMemoryThanThereIs) {
  expect_caught("the device has 49152",
      [](Device& device) {
        device.launch(Fill{{}, 1}, {1, 32, 49153}, 0);
      },
      {.shared_limit = 49152});
}

struct HostPointer {
  std::uint32_t* p;
  template <class Exec>
  void operator()(Exec&) const {
    *p = 1;
  }
};
TEST(PlantedBugDeathTest, aDevicePointerReadOnTheHost) {
  Device device;
  Words a(device, 0, n);
  EXPECT_DEATH({ *static_cast<volatile std::uint32_t*>(a.span().data) = 1; }, "");
  EXPECT_DEATH(
      {
        device.launch(HostPointer{a.span().data}, {1, 32, 0}, 0);  // nor past the views
        device.synchronise(device.record(0));
      },
      "");
}

// ---- injected failures

TEST(InjectedFailure, exhaustedMemory) {
  Device device({.memory_budget = 3 * n * 4, .fail_allocation = 2});
  Words a(device, 0, n);
  EXPECT_THROW(Words(device, 0, n), DeviceOutOfMemory);  // the second
  Words b(device, 0, n);
  EXPECT_THROW(Words(device, 0, n + 1), DeviceOutOfMemory);  // beyond the budget
  { Words c(device, 0, n); }
  Words d(device, 0, n);  // what was given back can be had again
  device.fail_allocation(1);
  EXPECT_THROW(Words(device, 0, 0 + 1), DeviceOutOfMemory);
  EXPECT_EQ(device.peak_bytes(), 3u * n * 4);
}

TEST(InjectedFailure, lostDevice) {
  for (const bool at_once : {false, true})
    for (int operation = 1; operation <= 6; ++operation) {
      Device device({.lose_operation = operation, .lose_at_once = at_once});
      bool lost = false;
      {
        Home in(device, n), out(device, n);
        try {
          count_up(in, 0);
          Words a(device, 0, n);
          upload(device, a.span(), in, n, 0);
          device.launch(Fill{a, 1}, over_n, 0);
          download(device, out, a.span(), 0);
          const Event e = device.record(0);
          device.synchronise(e);
        } catch (const DeviceLost&) {
          lost = true;
          out[0] = in[0] = 1;  // the host has its memory again
          EXPECT_THROW(device.record(0), DeviceLost);
          EXPECT_THROW(device.allocate(1, 0), DeviceLost);
          EXPECT_THROW(device.allocate_pinned(1), DeviceLost);
          EXPECT_THROW(device.launch(Fill{{}, 1}, over_n, 0), DeviceLost);
        }
      }
      // allocate, upload, launch, download; giving back is the fifth and throws nothing itself
      EXPECT_EQ(lost, operation <= 4) << operation << at_once;
      if (operation == 5 && !at_once) {
        EXPECT_THROW(device.finish(), DeviceLost);
      } else {
        EXPECT_NO_THROW(device.finish());
      }
    }
}

}  // namespace
}  // namespace radloom::simt
