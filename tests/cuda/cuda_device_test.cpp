// What CudaDevice makes of CUDA's runtime: nothing here needs a device (see fake_runtime.hpp).
#include "backend/cuda/cuda_device.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <vector>

#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/cuda_state.hpp"
#include "cuda/fake_runtime.hpp"

namespace radloom::backend {

/// Launches for tests: a kernel is an address. (`launch` itself is made by nvcc, in kernels/common/cuda_launch.cuh.)
struct Body {
  int kernel;
};
int kernels[2];
template <>
void CudaDevice::launch(const Body& body, const LaunchShape& shape, Stream stream) {
  launch_kernel(&kernels[body.kernel], const_cast<Body*>(&body), 512, shape, stream);
}

namespace {

class CudaDeviceTest : public testing::Test {
 protected:
  void SetUp() override { fake::reset(); }
  /// Whatever a test did, all of it was given back, and by the destructor of the device.
  void TearDown() override {
    device_.reset();
    EXPECT_EQ(runtime().streams, 0);
    EXPECT_EQ(runtime().events, 0);
    EXPECT_EQ(runtime().pools, 0);
    EXPECT_EQ(runtime().pinned_blocks, 0u);
    EXPECT_EQ(runtime().pool_bytes, 0u);
  }
  static fake::Runtime& runtime() { return fake::runtime(); }
  CudaDevice& device() {
    if (!device_) device_.emplace(0);
    return *device_;
  }
  std::string why_lost(const std::function<void()>& call) {
    try {
      call();
    } catch (const DeviceLost& e) {
      return e.what();
    }
    return "not lost";
  }

 private:
  std::optional<CudaDevice> device_;
};

TEST_F(CudaDeviceTest, TakesTheDeviceAsThePipelineNeedsIt) {
  EXPECT_EQ(device().name(), "Fake GPU (cuda:0)");
  EXPECT_EQ(device().streams(), 2);
  EXPECT_EQ(device().memory_budget(), std::size_t(0.85 * double(std::size_t(8) << 30)));
  EXPECT_EQ(device().shared_limit(), 99u * 1024);
  EXPECT_EQ(runtime().stream_flags, unsigned(cudaStreamNonBlocking));
  EXPECT_EQ(runtime().release_threshold, ~std::uint64_t(0));
}

TEST_F(CudaDeviceTest, GivesBackWhatItHadWhenTakingFails) {
  for (const char* step : {"cudaSetDevice", "cudaFree", "cudaGetDeviceProperties", "cudaMemGetInfo",
           "cudaMemPoolCreate", "cudaMemPoolSetAttribute", "cudaStreamCreateWithFlags"}) {
    fake::reset();
    runtime().fail(step, cudaErrorDevicesUnavailable);
    EXPECT_THROW(CudaDevice(0), DeviceLost) << step;
    EXPECT_EQ(runtime().streams + runtime().pools, 0) << step;
  }
  fake::reset();
  runtime().fail("cudaStreamCreateWithFlags", cudaErrorDevicesUnavailable, 2);
  EXPECT_THROW(CudaDevice(0), DeviceLost);
  EXPECT_EQ(runtime().streams + runtime().pools, 0);
  fake::reset();
  runtime().fail("cudaFree", cudaErrorMemoryAllocation);
  EXPECT_THROW(CudaDevice(0), DeviceOutOfMemory);
  fake::reset();
  EXPECT_THROW(CudaDevice(7), DeviceLost);
}

TEST_F(CudaDeviceTest, CopiesRunInTheOrderOfTheirStream) {
  Pinned<int, CudaDevice> up(device(), 100), down(device(), 100);
  for (int i = 0; i < 100; ++i) up[i] = i;
  Buffer<int, CudaDevice> buffer(device(), 1, 100);
  buffer.zero();
  upload(device(), buffer.span(), up, 50, 1);
  download(device(), down, buffer.span(), 1);
  device().synchronise(device().record(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(down[i], i < 50 ? i : 0);
}

TEST_F(CudaDeviceTest, AStreamWaitsForAnEventOfAnother) {
  Pinned<int, CudaDevice> up(device(), 1), down(device(), 1);
  up[0] = 7;
  Buffer<int, CudaDevice> buffer(device(), 0, 1);
  upload(device(), buffer.span(), up, 1, 1);
  device().wait(0, device().record(1));
  download(device(), down, buffer.span(), 0);
  device().synchronise(device().record(0));
  EXPECT_EQ(down[0], 7);
}

TEST_F(CudaDeviceTest, EventsAreUsedAgain) {
  const Event first = device().record(0);
  for (int i = 0; i < 1000; ++i) {
    const Event event = device().record(i % 2);
    device().wait(1 - i % 2, event);
    device().synchronise(event);
  }
  EXPECT_LE(runtime().calls["cudaEventCreateWithFlags"], 4);
  EXPECT_EQ(runtime().event_flags, unsigned(cudaEventDisableTiming | cudaEventBlockingSync));
  // One that was seen complete long ago: nothing to wait for.
  const int waits = runtime().calls["cudaStreamWaitEvent"], synchronisations = runtime().calls["cudaEventSynchronize"];
  device().wait(1, first);
  device().synchronise(first);
  EXPECT_EQ(runtime().calls["cudaStreamWaitEvent"], waits);
  EXPECT_EQ(runtime().calls["cudaEventSynchronize"], synchronisations);
}

TEST_F(CudaDeviceTest, EventsInFlightAreNotUsedAgain) {
  std::vector<Event> events;
  for (int i = 0; i < 10; ++i) events.push_back(device().record(0));
  EXPECT_EQ(runtime().calls["cudaEventCreateWithFlags"], 10);
  device().synchronise(events[4]);
  for (int i = 0; i < 5; ++i) device().record(0);
  EXPECT_EQ(runtime().calls["cudaEventCreateWithFlags"], 10);
  device().record(0);
  EXPECT_EQ(runtime().calls["cudaEventCreateWithFlags"], 11);
}

TEST_F(CudaDeviceTest, TheSteadyStateAllocatesNothing) {
  const auto a_batch = [&](std::int64_t n) {
    Pinned<double, CudaDevice> in(device(), n), out(device(), n / 3);
    Buffer<double, CudaDevice> buffer(device(), 0, n);
    upload(device(), buffer.span(), in, n, 0);
    download(device(), out, buffer.span().part(0, n / 3), 0);
    device().synchronise(device().record(0));
  };
  a_batch(100'000);
  const int pinned = runtime().calls["cudaHostAlloc"], events = runtime().calls["cudaEventCreateWithFlags"];
  for (int i = 0; i < 50; ++i) a_batch(100'000 - 700 * i);  // of a like size
  EXPECT_EQ(runtime().calls["cudaHostAlloc"], pinned);
  EXPECT_EQ(runtime().calls["cudaEventCreateWithFlags"], events);
  EXPECT_EQ(runtime().calls["cudaFreeHost"], 0);
  EXPECT_EQ(runtime().calls["cudaMemPoolTrimTo"], 0);
}

TEST_F(CudaDeviceTest, PinnedMemoryThatDoesNotComeBackIsLetGo) {
  for (std::int64_t n = 1; n < (1 << 24); n *= 3) Pinned<char, CudaDevice>(device(), n);
  EXPECT_GT(runtime().calls["cudaFreeHost"], 0);
  runtime().fail("cudaHostAlloc", cudaErrorMemoryAllocation, 2);
  { Pinned<char, CudaDevice> big(device(), 1 << 25), bigger(device(), 1 << 26); }  // tried again without what was idle
  runtime().fail("cudaHostAlloc", cudaErrorMemoryAllocation, 1);
  runtime().fail("cudaHostAlloc", cudaErrorMemoryAllocation, 2);
  EXPECT_THROW((Pinned<char, CudaDevice>(device(), 1 << 28)), std::bad_alloc);
  EXPECT_NO_THROW(device().record(0));
}

TEST_F(CudaDeviceTest, ExhaustedMemoryIsNoLoss) {
  runtime().devices[0].free = std::size_t(64) << 20;
  {
    Buffer<char, CudaDevice> one(device(), 0, 1 << 20), two(device(), 1, 3 << 20);
    EXPECT_EQ(device().peak_bytes(), std::size_t(4) << 20);
    EXPECT_THROW((Buffer<char, CudaDevice>(device(), 0, std::int64_t(device().memory_budget()))), DeviceOutOfMemory);
    EXPECT_EQ(runtime().calls["cudaMallocFromPoolAsync"], 2);  // the budget was asked, not the driver
  }
  // All of it, since the two were given back.
  { Buffer<char, CudaDevice> all(device(), 0, std::int64_t(device().memory_budget())); }
  EXPECT_EQ(device().peak_bytes(), device().memory_budget());
  // Others took memory: what the pool keeps is given back, then it is tried once more.
  runtime().pool_limit = 1000;
  runtime().pool_keeps = 600;
  { Buffer<char, CudaDevice> small(device(), 0, 500); }
  EXPECT_EQ(runtime().calls["cudaMemPoolTrimTo"], 1);
  EXPECT_THROW((Buffer<char, CudaDevice>(device(), 0, 2000)), DeviceOutOfMemory);
  { Buffer<char, CudaDevice> small(device(), 0, 500); }
  EXPECT_EQ(device().allocate(0, 0), nullptr);
}

TEST_F(CudaDeviceTest, ALostDeviceStaysLostAndSaysWhy) {
  Buffer<char, CudaDevice> buffer(device(), 0, 100);
  Pinned<char, CudaDevice> pinned(device(), 100);
  const Event event = device().record(0);
  runtime().fail("cudaEventSynchronize", cudaErrorIllegalAddress, 1, true);
  const std::string why = why_lost([&] { device().synchronise(event); });
  EXPECT_EQ(why,
      "Fake GPU (cuda:0) failed while work was awaited: an illegal memory access was encountered (cudaErrorIllegalAddress)");
  EXPECT_EQ(why_lost([&] { device().synchronise(event); }), why);
  EXPECT_EQ(why_lost([&] { device().wait(1, event); }), why);
  EXPECT_EQ(why_lost([&] { device().record(1); }), why);
  EXPECT_EQ(why_lost([&] { device().allocate(10, 0); }), why);
  EXPECT_EQ(why_lost([&] { device().allocate_pinned(10); }), why);
  EXPECT_EQ(why_lost([&] { buffer.zero(); }), why);
  EXPECT_EQ(why_lost([&] { upload(device(), buffer.span(), pinned, 10, 0); }), why);
  EXPECT_EQ(why_lost([&] { download(device(), pinned, buffer.span(), 0); }), why);
  EXPECT_EQ(why_lost([&] { device().launch(Body{0}, LaunchShape{1, 32, 0}, 0); }), why);
  { const Buffer<char, CudaDevice> given_back = std::move(buffer); }  // says nothing, and frees nothing
  EXPECT_EQ(runtime().pool_bytes, 100u);
  runtime().pool_bytes = 0;
  runtime().recover();
}

TEST_F(CudaDeviceTest, LaunchesAsTheShapeSays) {
  device().launch(Body{0}, LaunchShape{0, 256, 0}, 0);  // no block, no launch
  EXPECT_TRUE(runtime().launches.empty());
  device().launch(Body{0}, LaunchShape{70'000, 256, 48 * 1024}, 1);
  ASSERT_EQ(runtime().launches.size(), 1u);
  EXPECT_EQ(runtime().launches[0].blocks, 70'000u);
  EXPECT_EQ(runtime().launches[0].threads, 256u);
  EXPECT_EQ(runtime().launches[0].shared_bytes, 48u * 1024);
  EXPECT_EQ(runtime().launches[0].stream, 1);
  EXPECT_TRUE(runtime().opened.empty());
  // More than 48 KiB is asked for once a kernel, less what the kernel has by itself.
  for (int i = 0; i < 3; ++i) device().launch(Body{1}, LaunchShape{1, 32, 60 * 1024}, 0);
  EXPECT_EQ(runtime().opened.size(), 1u);
  EXPECT_EQ(runtime().opened[&kernels[1]], 98 * 1024);
  EXPECT_EQ(runtime().calls["cudaFuncSetAttribute"], 1);
}

TEST_F(CudaDeviceTest, RefusesShapesThatNoDeviceTakes) {
  for (const LaunchShape shape : {LaunchShape{-1, 256, 0}, LaunchShape{std::int64_t(1) << 31, 256, 0},
           LaunchShape{1, 0, 0}, LaunchShape{1, 48, 0}, LaunchShape{1, 1024, 0}, LaunchShape{1, 256, 100 * 1024}})
    EXPECT_THROW(device().launch(Body{0}, shape, 0), std::logic_error);
  EXPECT_TRUE(runtime().launches.empty());
  EXPECT_NO_THROW(device().record(0));  // a mistake of ours is no loss of the device
}

TEST_F(CudaDeviceTest, ALaunchThatFailsLosesTheDevice) {
  runtime().fail("cudaLaunchKernel", cudaErrorIllegalAddress);
  EXPECT_NE(why_lost([&] {
    device().launch(Body{0}, LaunchShape{1, 256, 0}, 0);
  }).find("a kernel was launched"),
      std::string::npos);
  EXPECT_THROW(device().record(0), DeviceLost);
}

class ProbeTest : public testing::Test {
 protected:
  void SetUp() override {
    fake::reset();
    unsetenv("CUDA_VISIBLE_DEVICES");
  }
  void TearDown() override { unsetenv("CUDA_VISIBLE_DEVICES"); }
  static std::string why_none(int driver, cudaError_t error) {
    fake::runtime().driver_version = driver;
    fake::runtime().count_error = error;
    fake::runtime().devices.clear();
    const auto probe = probe_cuda();
    EXPECT_TRUE(probe.devices.empty());
    return probe.why_none;
  }
  static std::string why_not(fake::FakeDevice device) {
    fake::runtime().devices = {std::move(device)};
    const auto probe = probe_cuda();
    EXPECT_EQ(probe.devices.size(), 1u);
    return probe.devices.at(0).why_not;
  }
};

TEST_F(ProbeTest, SaysWhyThereIsNoDevice) {
  EXPECT_EQ(why_none(0, cudaErrorInsufficientDriver), "no NVIDIA driver is installed");
  EXPECT_EQ(why_none(12040, cudaErrorInsufficientDriver),
      "the NVIDIA driver is made for CUDA 12.4, and this program needs CUDA 13.0");
  EXPECT_EQ(why_none(13000, cudaErrorNoDevice), "the NVIDIA driver shows no device");
  EXPECT_EQ(why_none(13000, cudaSuccess), "the NVIDIA driver shows no device");
  setenv("CUDA_VISIBLE_DEVICES", "-1", 1);
  EXPECT_EQ(why_none(13000, cudaErrorNoDevice), "the NVIDIA driver shows no device (CUDA_VISIBLE_DEVICES is '-1')");
  EXPECT_NE(why_none(13000, cudaErrorUnknown).find("the NVIDIA driver answered"), std::string::npos);
}

TEST_F(ProbeTest, SaysWhatADeviceIsAndWhyItCannotBeUsed) {
  fake::FakeDevice old, prohibited, without_pools;
  old.major = 7;
  old.minor = 5;
  prohibited.mode = cudaComputeModeProhibited;
  without_pools.pools = 0;
  EXPECT_EQ(why_not({}), "");
  EXPECT_EQ(why_not(old), "this program holds code for compute capability 8.0 and later");
  EXPECT_EQ(why_not(prohibited), "its compute mode prohibits computing");
  EXPECT_EQ(why_not(without_pools), "its driver has no memory pools");
  fake::runtime().fail("cudaGetDeviceProperties", cudaErrorUnknown);
  EXPECT_EQ(why_not({}), "an error");
  fake::runtime().devices = {{}, {}};
  const auto probe = probe_cuda();
  ASSERT_EQ(probe.devices.size(), 2u);
  EXPECT_EQ(probe.devices[1].ordinal, 1);
  EXPECT_EQ(describe(probe.devices[1]), "Fake GPU, 8.0 GiB, compute capability 9.0, 4 multiprocessors");
  // Looking wakes no device up.
  EXPECT_EQ(fake::runtime().calls["cudaSetDevice"], 0);
  EXPECT_EQ(fake::runtime().calls["cudaFree"], 0);
}

}  // namespace
}  // namespace radloom::backend
