// What every device must do, beside launching: one suite for the emulated device and for a real one.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "backend/cuda/device.hpp"
#include "simt/device.hpp"
#include "support/backends.hpp"
#ifdef RADLOOM_WITH_CUDA
#include "backend/cuda/cuda_device.hpp"
#endif

namespace radloom::backend {
namespace {

using Keys = std::vector<std::uint64_t>;

template <class Device>
struct Maker;
template <>
struct Maker<simt::Device> {
  static constexpr const char* name = "simt";
  static std::unique_ptr<simt::Device> make() { return std::make_unique<simt::Device>(); }
};
#ifdef RADLOOM_WITH_CUDA
template <>
struct Maker<CudaDevice> {
  static constexpr const char* name = "cuda";
  static std::unique_ptr<CudaDevice> make() { return std::make_unique<CudaDevice>(0); }
};
using Devices = testing::Types<simt::Device, CudaDevice>;
#else
using Devices = testing::Types<simt::Device>;
#endif

struct Names {
  template <class Device>
  static std::string GetName(int) {
    return Maker<Device>::name;
  }
};

template <class Device>
class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    RADLOOM_NEEDS_BACKEND(Maker<Device>::name);
    device = Maker<Device>::make();
  }
  template <class T>
  Buffer<T, Device> sent(const std::vector<T>& values, Stream stream) {
    Pinned<T, Device> pinned(*device, std::int64_t(values.size()));
    for (std::int64_t i = 0; i < pinned.size(); ++i) pinned[i] = values[std::size_t(i)];
    Buffer<T, Device> buffer(*device, stream, std::int64_t(values.size()));
    upload(*device, buffer.span(), pinned, pinned.size(), stream);
    device->synchronise(device->record(stream));
    return buffer;
  }
  template <class T>
  std::vector<T> fetched(const Buffer<T, Device>& buffer, std::int64_t n, Stream stream) {
    Pinned<T, Device> pinned(*device, n);
    download(*device, pinned, buffer.span().part(0, n), stream);
    device->synchronise(device->record(stream));
    return {pinned.begin(), pinned.end()};
  }
  std::unique_ptr<Device> device;
};
TYPED_TEST_SUITE(DeviceTest, Devices, Names);

const std::int64_t sizes[] = {1, 2, 31, 32, 33, 255, 256, 257, 1000, 4097, 30'000};

/// Few or many different keys, up to `bits` bits.
Keys random_keys(std::int64_t n, int bits, unsigned seed) {
  std::mt19937_64 random(seed);
  Keys keys(static_cast<std::size_t>(n));
  for (auto& k : keys) k = random() >> (64 - bits);
  return keys;
}

std::uint64_t window(std::uint64_t key, int first, int end) {
  return (key >> first) & (end - first == 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << (end - first)) - 1);
}

TYPED_TEST(DeviceTest, SaysWhatItIs) {
  EXPECT_FALSE(this->device->name().empty());
  EXPECT_GE(this->device->streams(), 2);
  EXPECT_GE(this->device->shared_limit(), 48u * 1024);
  EXPECT_GE(this->device->memory_budget(), std::size_t(64) << 20);
}

TYPED_TEST(DeviceTest, CopiesZeroesAndOrdersStreams) {
  std::vector<std::int32_t> values(5000);
  std::iota(values.begin(), values.end(), -17);
  auto buffer = this->sent(values, 0);
  this->device->zero(buffer.span().data + 100, 50 * sizeof(std::int32_t), 0);
  this->device->wait(1, this->device->record(0));
  std::fill(values.begin() + 100, values.begin() + 150, 0);
  EXPECT_EQ(this->fetched(buffer, 5000, 1), values);
  this->device->wait(0, this->device->record(1));  // the buffer goes back on stream 0
}

TYPED_TEST(DeviceTest, SortsTheBitsItIsTold) {
  for (const std::int64_t n : sizes)
    for (const auto& [first, end] : {std::pair{0, 64}, {0, 7}, {20, 44}}) {
      const Keys in = random_keys(n, 64, unsigned(n));
      const auto keys = this->sent(in, 1);
      Buffer<std::uint64_t, TypeParam> out(*this->device, 1, n);
      this->device->sort(keys, out.span(), first, end, 1);
      Keys expected = in;
      std::stable_sort(expected.begin(), expected.end(),
          [f = first, e = end](std::uint64_t a, std::uint64_t b) { return window(a, f, e) < window(b, f, e); });
      EXPECT_EQ(this->fetched(out, n, 1), expected) << n << " keys, bits " << first << " to " << end;
      EXPECT_EQ(this->fetched(keys, n, 1), in) << "the input is left as it is";
    }
}

TYPED_TEST(DeviceTest, SortsPairsStably) {
  for (const std::int64_t n : sizes) {
    const Keys in = random_keys(n, 5, unsigned(n));  // many keys are equal
    std::vector<std::uint32_t> values(in.size()), order(in.size());
    std::iota(values.begin(), values.end(), 0u);
    order = values;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return in[a] < in[b]; });
    Keys sorted = in;
    std::sort(sorted.begin(), sorted.end());
    const auto keys = this->sent(in, 0);
    const auto payload = this->sent(values, 0);
    Buffer<std::uint64_t, TypeParam> keys_out(*this->device, 0, n);
    Buffer<std::uint32_t, TypeParam> values_out(*this->device, 0, n);
    this->device->sort_pairs(keys, keys_out.span(), payload, values_out.span(), 0, 5, 0);
    EXPECT_EQ(this->fetched(keys_out, n, 0), sorted) << n;
    EXPECT_EQ(this->fetched(values_out, n, 0), order) << n;
  }
}

TYPED_TEST(DeviceTest, CountsRuns) {
  for (const std::int64_t n : sizes)
    for (const int bits : {1, 3, 64}) {
      Keys in = random_keys(n, bits, unsigned(n));
      if (bits == 3) std::sort(in.begin(), in.end());
      Keys runs;
      std::vector<std::uint32_t> lengths;
      for (const auto k : in) {
        if (runs.empty() || runs.back() != k) {
          runs.push_back(k);
          lengths.push_back(0);
        }
        ++lengths.back();
      }
      const auto keys = this->sent(in, 0);
      Buffer<std::uint64_t, TypeParam> unique(*this->device, 0, n);
      Buffer<std::uint32_t, TypeParam> counts(*this->device, 0, n), number(*this->device, 0, 1);
      this->device->run_length_encode(keys, unique.span(), counts.span(), number.span(), 0);
      ASSERT_EQ(this->fetched(number, 1, 0)[0], runs.size()) << n << ", " << bits;
      EXPECT_EQ(this->fetched(unique, std::int64_t(runs.size()), 0), runs) << n << ", " << bits;
      EXPECT_EQ(this->fetched(counts, std::int64_t(runs.size()), 0), lengths) << n << ", " << bits;
    }
}

TYPED_TEST(DeviceTest, ScansBeyond32Bits) {
  for (const std::int64_t n : sizes) {
    const Keys in = random_keys(n, 40, unsigned(n));
    Keys expected(in.size());
    std::exclusive_scan(in.begin(), in.end(), expected.begin(), std::uint64_t(0));
    const auto terms = this->sent(in, 0);
    Buffer<std::uint64_t, TypeParam> out(*this->device, 0, n);
    this->device->exclusive_scan(terms, out.span(), 0);
    EXPECT_EQ(this->fetched(out, n, 0), expected) << n;
  }
}

TYPED_TEST(DeviceTest, NothingIsAllowedToBeEmpty) {
  Buffer<std::uint32_t, TypeParam> number(*this->device, 0, 1);
  this->device->sort({}, {}, 0, 64, 0);
  this->device->sort_pairs({}, {}, {}, {}, 0, 64, 0);
  this->device->exclusive_scan({}, {}, 0);
  this->device->run_length_encode({}, {}, {}, number.span(), 0);
  EXPECT_EQ(this->fetched(number, 1, 0)[0], 0u);
}

TYPED_TEST(DeviceTest, ExhaustedMemoryIsNoLoss) {
  const std::size_t budget = this->device->memory_budget();
  EXPECT_THROW(this->device->allocate(budget + 1, 0), DeviceOutOfMemory);
  const auto buffer = this->sent(std::vector<std::uint32_t>{1, 2, 3}, 0);
  EXPECT_EQ(this->fetched(buffer, 3, 0), (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_GE(this->device->peak_bytes(), 12u);
}

}  // namespace
}  // namespace radloom::backend
