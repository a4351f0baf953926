// What the machine can do at best of each kind of work that radloom is made of, one thread: the limits that budget.py holds families and filters against.
#include <benchmark/benchmark.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <numeric>
#include <vector>

#include "core/simd.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes noise(std::size_t n, unsigned levels) {
  Bytes out(n);
  std::uint32_t seed = 1;
  for (auto& v : out) {
    seed = seed * 1664525 + 1013904223;
    v = std::uint8_t(1 + (seed >> 16) % levels);
  }
  return out;
}

void per_second(benchmark::State& state, double each) {
  state.counters["per_second"] = benchmark::Counter(each, benchmark::Counter::kIsIterationInvariantRate);
}

/// Bytes of memory, read once.
void read(benchmark::State& state) {
  const std::vector<std::uint64_t> from(std::size_t(32) << 20, 1);
  for (auto _ : state) benchmark::DoNotOptimize(std::accumulate(from.begin(), from.end(), std::uint64_t(0)));
  per_second(state, double(from.size()) * 8);
}

/// Bytes of memory, written where others are read.
void copy(benchmark::State& state) {
  const Bytes from(std::size_t(128) << 20, 1);
  Bytes to(from.size());
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::ClobberMemory();
  }
  per_second(state, double(from.size()));
}

/// Counters that grow by one, of a matrix of 64 by 64; four copies, so that no two that follow each other are the same.
void increment(benchmark::State& state) {
  const Bytes a = noise(1 << 18, 64), b = noise(1 << 18, 61);
  std::vector<std::uint32_t> count(4 * 65 * 65);
  for (auto _ : state) {
    for (std::size_t i = 0; i < a.size(); i += 4)
      for (std::size_t k = 0; k < 4; ++k) ++count[k * 65 * 65 + a[i + k] * 65U + b[i + k]];
    benchmark::DoNotOptimize(count.data());
  }
  per_second(state, double(a.size()));
}

/// Gray levels of a byte that are compared, and what is equal counted a voxel.
RL_SIMD_CLONES void count_equal(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* equal, std::int64_t n) {
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) equal[i] = std::uint8_t(equal[i] + (a[i] == b[i]));
}
void compare(benchmark::State& state) {
  const Bytes a = noise(1 << 14, 64), b = noise(1 << 14, 61);
  Bytes equal(a.size());
  for (auto _ : state) {
    count_equal(a.data(), b.data(), equal.data(), std::int64_t(a.size()));
    benchmark::DoNotOptimize(equal.data());
  }
  per_second(state, double(a.size()));
}

/// A number looked up for a byte, and added.
void look_up(benchmark::State& state) {
  const Bytes cube = noise(1 << 18, 255);
  std::array<double, 256> table;
  std::iota(table.begin(), table.end(), 0.5);
  for (auto _ : state) {
    std::array<double, 4> sum{};
    for (std::size_t i = 0; i < cube.size(); i += 4)
      for (std::size_t k = 0; k < 4; ++k) sum[k] += table[cube[i + k]];
    benchmark::DoNotOptimize(sum);
  }
  per_second(state, double(cube.size()));
}

/// Products of doubles that are added up, each and each sum rounded, as filters add up weighted rows: eight rows at a time, in the first cache.
RL_SIMD_CLONES void add_rows(const double* rows, const double* weights, double* sum, std::int64_t n) {
  const double a = weights[0], b = weights[1], c = weights[2], d = weights[3], e = weights[4], f = weights[5],
               g = weights[6], h = weights[7];  // what is written cannot change them
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i)
    sum[i] = a * rows[i] + b * rows[n + i] + c * rows[2 * n + i] + d * rows[3 * n + i] + e * rows[4 * n + i] +
             f * rows[5 * n + i] + g * rows[6 * n + i] + h * rows[7 * n + i];
}
void multiply(benchmark::State& state) {
  constexpr std::int64_t n = 264;  // rows begin at lines of the cache, and not at the same places of it
  alignas(64) double rows[8 * n], sum[n];
  std::fill(std::begin(rows), std::end(rows), 1.5);
  const double weights[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (auto _ : state) {
    add_rows(rows, weights, sum, n);
    benchmark::DoNotOptimize(sum);
  }
  per_second(state, 8.0 * n);
}

/// Bytes that come out of isa-l, of noise in 64 levels as int16.
void inflate(benchmark::State& state) {
  const Bytes levels = noise(4 << 20, 64);
  Bytes raw(2 * levels.size()), packed(raw.size() + (1 << 16)), out(raw.size());
  for (std::size_t i = 0; i < levels.size(); ++i) raw[2 * i] = levels[i];
  isal_zstream deflate;
  isal_deflate_init(&deflate);
  deflate.next_in = raw.data();
  deflate.avail_in = std::uint32_t(raw.size());
  deflate.next_out = packed.data();
  deflate.avail_out = std::uint32_t(packed.size());
  deflate.end_of_stream = 1;
  if (isal_deflate(&deflate) != COMP_OK) return state.SkipWithError("isa-l does not compress");
  for (auto _ : state) {
    inflate_state inflate;
    isal_inflate_init(&inflate);
    inflate.next_in = packed.data();
    inflate.avail_in = deflate.total_out;
    inflate.next_out = out.data();
    inflate.avail_out = std::uint32_t(out.size());
    if (isal_inflate(&inflate) != ISAL_DECOMP_OK) return state.SkipWithError("isa-l does not read what it wrote");
  }
  if (out != raw) return state.SkipWithError("isa-l gives back something else");
  per_second(state, double(raw.size()));
}

}  // namespace

BENCHMARK(read)->Name("limit/read");
BENCHMARK(copy)->Name("limit/copy");
BENCHMARK(increment)->Name("limit/increment");
BENCHMARK(compare)->Name("limit/compare");
BENCHMARK(look_up)->Name("limit/look_up");
BENCHMARK(multiply)->Name("limit/multiply");
BENCHMARK(inflate)->Name("limit/inflate");
BENCHMARK_MAIN();
