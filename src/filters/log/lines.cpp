#include "filters/log/lines.hpp"

#include <algorithm>
#include <cstring>

#include "core/simd.hpp"

namespace radloom::log {
namespace {

typedef double Wide __attribute__((vector_size(64)));
constexpr int width = 8, vectors = lines / width;

struct Row {
  Wide v[vectors];
};

[[gnu::always_inline]] inline Row load(const double* p) {
  Row r;
  std::memcpy(&r, p, sizeof r);
  return r;
}

/// a0 x0 + a1 x1 + a2 x2 + a3 x3, added up from the left as ITK does.
[[gnu::always_inline]] inline Row weighted(
    const std::array<double, 4>& a, const Row& x0, const Row& x1, const Row& x2, const Row& x3) {
  Row r;
  for (int k = 0; k < vectors; ++k) r.v[k] = x0.v[k] * a[0] + x1.v[k] * a[1] + x2.v[k] * a[2] + x3.v[k] * a[3];
  return r;
}

[[gnu::always_inline]] inline Row minus(const Row& x, const Row& y) {
  Row r;
  for (int k = 0; k < vectors; ++k) r.v[k] = x.v[k] - y.v[k];
  return r;
}

/// The part of the recursion that looks back at `given` responses; those before them are what the end of the line makes.
[[gnu::always_inline]] inline Row looked_back(const RecursiveFilter& f, const std::array<double, 4>& ends, int given,
    const Row& end, const Row& y0, const Row& y1, const Row& y2, const Row& y3) {
  if (given >= 4) return weighted(f.d, y0, y1, y2, y3);
  Row r;
  for (int k = 0; k < vectors; ++k)
    r.v[k] = (given > 0 ? y0.v[k] * f.d[0] : end.v[k] * ends[0]) + (given > 1 ? y1.v[k] * f.d[1] : end.v[k] * ends[1]) +
             (given > 2 ? y2.v[k] * f.d[2] : end.v[k] * ends[2]) + end.v[k] * ends[3];
  return r;
}

typedef double Four __attribute__((vector_size(32)));
typedef long long Places __attribute__((vector_size(32)));

/// Four samples of four lines, one line after the other, to four lines side by side, one sample after the other.
[[gnu::always_inline]] inline void turn(const double from[4][4], double* to) {
  Four a, b, c, d;
  std::memcpy(&a, from[0], sizeof a);
  std::memcpy(&b, from[1], sizeof b);
  std::memcpy(&c, from[2], sizeof c);
  std::memcpy(&d, from[3], sizeof d);
  const Four ab_even = __builtin_shuffle(a, b, Places{0, 4, 2, 6}),
             ab_odd = __builtin_shuffle(a, b, Places{1, 5, 3, 7});
  const Four cd_even = __builtin_shuffle(c, d, Places{0, 4, 2, 6}),
             cd_odd = __builtin_shuffle(c, d, Places{1, 5, 3, 7});
  const Four rows[4] = {__builtin_shuffle(ab_even, cd_even, Places{0, 1, 4, 5}),
      __builtin_shuffle(ab_odd, cd_odd, Places{0, 1, 4, 5}), __builtin_shuffle(ab_even, cd_even, Places{2, 3, 6, 7}),
      __builtin_shuffle(ab_odd, cd_odd, Places{2, 3, 6, 7})};
  for (int i = 0; i < 4; ++i) std::memcpy(to + i * lines, &rows[i], sizeof rows[i]);
}

template <class S>
[[gnu::always_inline]] inline void load_as(
    const S* from, std::int64_t n, std::int64_t along, std::int64_t aside, std::int64_t here, double* x) {
  std::int64_t i = 0;
  if (here == lines && aside == 1) {
    for (; i < n; ++i)
      for (int l = 0; l < lines; ++l) x[i * lines + l] = double(from[i * along + l]);
  } else if (here == lines && along == 1) {
    for (; i + 4 <= n; i += 4)
      for (int l = 0; l < lines; l += 4) {
        double square[4][4];
        for (int k = 0; k < 4; ++k)
          for (int j = 0; j < 4; ++j) square[k][j] = double(from[i + j + (l + k) * aside]);
        turn(square, x + i * lines + l);
      }
  }
  for (; i < n; ++i)
    for (std::int64_t l = 0; l < lines; ++l) x[i * lines + l] = double(from[i * along + std::min(l, here - 1) * aside]);
}

}  // namespace

#define RL_LOAD_LINES(S)                                                                                     \
  RL_SIMD_CLONES void load_lines(                                                                            \
      const S* from, std::int64_t n, std::int64_t along, std::int64_t aside, std::int64_t here, double* x) { \
    load_as(from, n, along, aside, here, x);                                                                 \
  }
RL_LOAD_LINES(std::int8_t)
RL_LOAD_LINES(std::uint8_t)
RL_LOAD_LINES(std::int16_t)
RL_LOAD_LINES(std::uint16_t)
RL_LOAD_LINES(std::int32_t)
RL_LOAD_LINES(std::uint32_t)
RL_LOAD_LINES(float)
RL_LOAD_LINES(double)
#undef RL_LOAD_LINES

RL_SIMD_CLONES void filter_lines(const RecursiveFilter& f, const double* x, std::int64_t n, double* work,
    std::int64_t first, std::int64_t kept, float* y) {
  {
    const Row end = load(x);
    Row x1 = end, x2 = end, x3 = end, c1 = end, c2 = end, c3 = end, c4 = end;
    const auto step = [&](std::int64_t i, int given) __attribute__((always_inline)) {
      const Row x0 = load(x + i * lines);
      const Row c = minus(weighted(f.n, x0, x1, x2, x3), looked_back(f, f.before, given, end, c1, c2, c3, c4));
      std::memcpy(work + i * lines, &c, sizeof c);
      x3 = x2, x2 = x1, x1 = x0;
      c4 = c3, c3 = c2, c2 = c1, c1 = c;
    };
    step(0, 0), step(1, 1), step(2, 2), step(3, 3);
    for (std::int64_t i = 4; i < first + kept; ++i) step(i, 4);
  }
  const Row end = load(x + (n - 1) * lines);
  Row x1 = end, x2 = end, x3 = end, x4 = end, a1 = end, a2 = end, a3 = end, a4 = end;
  const auto step = [&](std::int64_t i, int given) __attribute__((always_inline)) {
    const Row a = minus(weighted(f.m, x1, x2, x3, x4), looked_back(f, f.after, given, end, a1, a2, a3, a4));
    if (i < first + kept) {
      const Row c = load(work + i * lines);
      float* const to = y + (i - first) * lines;
      for (int k = 0; k < vectors; ++k)
        for (int j = 0; j < width; ++j) to[k * width + j] = float(c.v[k][j] + a.v[k][j]);
    }
    x4 = x3, x3 = x2, x2 = x1, x1 = load(x + i * lines);
    a4 = a3, a3 = a2, a2 = a1, a1 = a;
  };
  std::int64_t i = n - 1;
  for (int given = 0; given < 4 && i >= first; ++given, --i) step(i, given);
  for (; i >= first; --i) step(i, 4);
}

}  // namespace radloom::log
