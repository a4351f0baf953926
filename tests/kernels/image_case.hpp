#pragma once
// Images on the emulated device, and what a filter made of them there against what it makes on the host, bit for bit.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "backend/cuda/device.hpp"
#include "filters/block.hpp"
#include "kernels/common/image_on_device.hpp"
#include "simt/device.hpp"
#include "support/wrapped.hpp"

namespace radloom::test {

template <class S>
Volume random_volume(
    const std::array<std::int64_t, 3>& size, std::uint32_t seed, const std::array<double, 3>& spacing_mm = {1, 1, 1}) {
  Geometry g;
  g.size = size;
  g.spacing_mm = spacing_mm;
  std::vector<S> values(std::size_t(g.voxels()));
  std::mt19937 random(seed);
  for (auto& v : values) v = wrapped<S>(double(random() % 20000) / 7.0 - 1000);
  return Volume::from(g, std::move(values));
}

/// Blocks that are sent to a device, and stay there as long as this object.
class SentImages {
 public:
  explicit SentImages(simt::Device& device) : device_(device) {}

  ImageOnDevice send(const filters::Block& image) {
    const Geometry& g = image.voxels.geometry();
    const auto bytes = g.voxels() * std::int64_t(bytes_of(image.voxels.type()));
    auto& host = pinned_.emplace_back(device_, bytes);
    std::memcpy(host.data(), image.voxels.data(), std::size_t(bytes));
    const auto& there = memory_.emplace_back(device_, 0, bytes);
    backend::upload(device_, there.span(), host, bytes, 0);
    return {there.span(), image.voxels.type(), g.size, image.first, image.whole, g.spacing_mm};
  }

 private:
  simt::Device& device_;
  std::vector<backend::Buffer<std::uint8_t, simt::Device>> memory_;
  std::vector<backend::Pinned<std::uint8_t, simt::Device>> pinned_;
};

template <class T>
void expect_bits(
    simt::Device& device, const backend::Buffer<T, simt::Device>& made, const Volume& expected, const std::string& of) {
  backend::Pinned<T, simt::Device> home(device, made.size());
  backend::download(device, home, made.span(), 0);
  device.synchronise(device.record(0));
  const auto host = expected.as<T>();
  ASSERT_EQ(std::size_t(home.size()), host.size()) << of;
  EXPECT_EQ(std::memcmp(home.data(), host.data(), host.size_bytes()), 0) << of;
}

}  // namespace radloom::test
