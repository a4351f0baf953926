#include "io/deflate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "io/inflate.hpp"

namespace radloom::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::vector<double>& values) {
  Bytes bytes(values.size() * sizeof(double));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// What isa-l decodes must be what was compressed. Returns how many bytes hold it.
std::size_t compressed(const Bytes& body, const Bytes& head = {}) {
  Bytes stored;
  io::compress(
      head, body, [&](std::span<const std::byte> piece) { stored.insert(stored.end(), piece.begin(), piece.end()); });
  Bytes expected = head;
  expected.insert(expected.end(), body.begin(), body.end());
  Bytes decoded(expected.size() + 1);
  io::Inflater inflater(stored, "compressed");
  decoded.resize(inflater.read(decoded.data(), decoded.size()));
  EXPECT_TRUE(decoded == expected) << head.size() << " and " << body.size() << " bytes";
  return stored.size();
}

/// Values of which the one at `i` is value(i).
template <class F>
Bytes made(std::size_t size, F value) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = value(i);
  return bytes_of(values);
}

struct Noise {
  std::mt19937_64 random{1};
  double operator()(std::size_t) { return std::uniform_real_distribution<double>(0, 100)(random); }
};

TEST(Deflate, EverySizeAndHead) {
  const Bytes noise = made(20, Noise());
  for (const std::size_t head : {0, 1, 7, 352, 65535})
    for (std::size_t size = 0; size <= noise.size(); ++size)
      compressed(Bytes(noise.begin(), noise.begin() + std::ptrdiff_t(size)), Bytes(head, std::byte(head)));
}

TEST(Deflate, RepeatsAtEveryDistance) {
  for (const std::size_t period : {1, 2, 3, 31, 32, 33, 100, 1023, 1024, 1025, 4095, 4096, 4097, 9000}) {
    Noise noise;
    std::vector<double> values(20000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = i < period ? noise(i) : values[i - period];
    const std::size_t size = compressed(bytes_of(values));
    if (period <= 4096) EXPECT_LT(size, period * 8 + 5000) << period;
    else EXPECT_GT(size, values.size() * 7) << period;  // lies further back than deflate reaches
  }
}

TEST(Deflate, StretchesOfEveryLength) {
  // Between two values of noise one value, ever longer.
  std::vector<double> values;
  Noise noise;
  for (std::size_t length = 0; length < 100; ++length) {
    values.push_back(noise(0));
    values.insert(values.end(), length, NAN);
  }
  EXPECT_LT(compressed(bytes_of(values)), 3000u);
}

TEST(Deflate, ManyBlocks) {
  EXPECT_LT(compressed(Bytes(3 << 20, std::byte(7))), 15000u);
  EXPECT_LT(compressed(made(300000, [](std::size_t i) { return double(i * i % 1000) / 27; })), 750000u);
  const std::size_t noise = compressed(made(300000, Noise()));
  EXPECT_LT(noise, 2400000u);  // exponents are alike
  // The ball of a map: noise in stretches between stretches of one value.
  const Bytes ball = made(300000, [noise = Noise()](std::size_t i) mutable { return i % 100 < 50 ? NAN : noise(i); });
  EXPECT_LT(compressed(ball), noise / 2 + 40000);
}

TEST(Deflate, SomeBytesAreRare) {
  // Fibonacci numbers of them: what asks for the longest codes.
  Bytes bytes;
  for (std::uint64_t value = 0, count = 1, next = 1; value < 25; ++value) {
    bytes.insert(bytes.end(), count, std::byte(value));
    next += std::exchange(count, next);
  }
  std::shuffle(bytes.begin(), bytes.end(), std::mt19937(1));
  EXPECT_LT(compressed(bytes), bytes.size() / 2);
}

}  // namespace
}  // namespace radloom::test
