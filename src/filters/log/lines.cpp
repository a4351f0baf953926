#include "filters/log/lines.hpp"

#include <algorithm>
#include <cstring>

#include "core/four.hpp"
#include "core/simd.hpp"
#include "filters/log/formulas.hpp"

namespace radloom::log {
namespace {

/// The same place of all lines, in vectors of so many bytes. They are moved one by one: a row that is copied whole lies in memory.
template <int bytes>
struct Row {
  typedef double Wide __attribute__((vector_size(bytes)));
  typedef double Loose __attribute__((vector_size(bytes), aligned(sizeof(double)), may_alias));  ///< anywhere in memory
  static constexpr int width = bytes / sizeof(double), vectors = lines / width;
  Wide v[vectors];
};

template <int bytes>
[[gnu::always_inline]] inline void load(const double* p, Row<bytes>& r) {
  for (int k = 0; k < Row<bytes>::vectors; ++k)
    r.v[k] = *reinterpret_cast<const typename Row<bytes>::Loose*>(p + k * Row<bytes>::width);
}
template <int bytes>
[[gnu::always_inline]] inline void store(const Row<bytes>& r, double* p) {
  for (int k = 0; k < Row<bytes>::vectors; ++k)
    *reinterpret_cast<typename Row<bytes>::Loose*>(p + k * Row<bytes>::width) = r.v[k];
}

/// The last four responses of a recursion. They are not moved: the next one takes the place of the oldest, so that steps come in four
/// kinds, the latest response lying at `latest`.
template <int bytes>
struct Recursion {
  using Wide = typename Row<bytes>::Wide;
  static constexpr int width = Row<bytes>::width, vectors = Row<bytes>::vectors;
  Row<bytes> y[4];

  [[gnu::always_inline]] Recursion() {
    for (auto& row : y)
      for (int k = 0; k < vectors; ++k) row.v[k] = Wide{};
  }

  template <int latest>
  [[gnu::always_inline]] void step(const RecursiveFilter& f, const double (&weights)[4], const double* x0,
      const double* x1, const double* x2, const double* x3) {
    constexpr int second = (latest + 1) % 4, third = (latest + 2) % 4, oldest = (latest + 3) % 4;
    for (int k = 0; k < vectors; ++k) {
      Wide in[4];
      std::memcpy(&in[0], x0 + k * width, sizeof(Wide));
      std::memcpy(&in[1], x1 + k * width, sizeof(Wide));
      std::memcpy(&in[2], x2 + k * width, sizeof(Wide));
      std::memcpy(&in[3], x3 + k * width, sizeof(Wide));
      respond(weights, in[0], in[1], in[2], in[3], f.d, y[latest].v[k], y[second].v[k], y[third].v[k], y[oldest].v[k],
          y[oldest].v[k]);
    }
  }
  /// The latest response first.
  [[gnu::always_inline]] void turn() {
    for (int k = 0; k < vectors; ++k) {
      const Wide newest = y[3].v[k];
      y[3].v[k] = y[2].v[k];
      y[2].v[k] = y[1].v[k];
      y[1].v[k] = y[0].v[k];
      y[0].v[k] = newest;
    }
  }
  /// One of the first four steps, when `given` responses are there; those before them are what the end of the line makes. The response
  /// comes to lie at y[0].
  [[gnu::always_inline]] void begin(const RecursiveFilter& f, const double (&weights)[4], const double (&ends)[4],
      int given, const Row<bytes>& end, const double* x0, const double* x1, const double* x2, const double* x3) {
    Row<bytes> in[4];
    load(x0, in[0]);
    load(x1, in[1]);
    load(x2, in[2]);
    load(x3, in[3]);
    for (int k = 0; k < vectors; ++k)
      respond_at_end(weights, in[0].v[k], in[1].v[k], in[2].v[k], in[3].v[k], f.d, ends, given, end.v[k], y[0].v[k],
          y[1].v[k], y[2].v[k], y[3].v[k]);
    turn();
  }
};

/// Both responses together, rounded to float.
template <int bytes>
[[gnu::always_inline]] inline void put(const double* causal, const Row<bytes>& anticausal, float* to) {
  typedef float Narrow __attribute__((vector_size(bytes / 2)));
  for (int k = 0; k < Row<bytes>::vectors; ++k) {
    typename Row<bytes>::Wide c;
    std::memcpy(&c, causal + k * Row<bytes>::width, sizeof c);
    const Narrow sum = __builtin_convertvector(c + anticausal.v[k], Narrow);
    std::memcpy(to + k * Row<bytes>::width, &sum, sizeof sum);
  }
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
        turn({square[0], square[1], square[2], square[3]}, x + i * lines + l, lines);
      }
  }
  for (; i < n; ++i)
    for (std::int64_t l = 0; l < lines; ++l) x[i * lines + l] = double(from[i * along + std::min(l, here - 1) * aside]);
}

/// What `filter_lines` is given.
struct Lines {
  const RecursiveFilter& filter;
  const double* x;
  std::int64_t n;
  double* work;
  std::int64_t first, kept;
  float* y;
};

template <int bytes>
[[gnu::always_inline]] inline void filter(const Lines& of) {
  const RecursiveFilter f = of.filter;  // what is written cannot change it
  const double* const x = of.x;
  double* const work = of.work;
  float* const y = of.y;
  const std::int64_t n = of.n, first = of.first, last = first + of.kept;
  {
    Recursion<bytes> c;
    Row<bytes> end;
    load(x, end);
    const auto at = [&](std::int64_t i) { return x + std::max<std::int64_t>(0, i) * lines; };
    const auto save = [&](const Row<bytes>& r, std::int64_t i) __attribute__((always_inline)) {
      store(r, work + i * lines);
    };
    std::int64_t i = 0;
    for (; i < 4; ++i) {
      c.begin(f, f.n, f.before, int(i), end, at(i), at(i - 1), at(i - 2), at(i - 3));
      save(c.y[0], i);
    }
    const double* p = x + i * lines;
    for (; i + 4 <= last; i += 4, p += 4 * lines) {
      c.template step<0>(f, f.n, p, p - lines, p - 2 * lines, p - 3 * lines);
      save(c.y[3], i);
      c.template step<3>(f, f.n, p + lines, p, p - lines, p - 2 * lines);
      save(c.y[2], i + 1);
      c.template step<2>(f, f.n, p + 2 * lines, p + lines, p, p - lines);
      save(c.y[1], i + 2);
      c.template step<1>(f, f.n, p + 3 * lines, p + 2 * lines, p + lines, p);
      save(c.y[0], i + 3);
    }
    for (; i < last; ++i, p += lines) {
      c.template step<0>(f, f.n, p, p - lines, p - 2 * lines, p - 3 * lines);
      c.turn();
      save(c.y[0], i);
    }
  }
  Recursion<bytes> a;
  Row<bytes> end;
  load(x + (n - 1) * lines, end);
  const auto at = [&](std::int64_t i) { return x + std::min(n - 1, i) * lines; };
  const auto show = [&](const Row<bytes>& r, std::int64_t i) __attribute__((always_inline)) {
    put(work + i * lines, r, y + (i - first) * lines);
  };
  std::int64_t i = n - 1;
  for (int given = 0; given < 4 && i >= first; ++given, --i) {
    a.begin(f, f.m, f.after, given, end, at(i + 1), at(i + 2), at(i + 3), at(i + 4));
    if (i < last) show(a.y[0], i);
  }
  const double* p = x + i * lines;
  for (; i - 3 >= last; i -= 4, p -= 4 * lines) {  // nothing is kept of these
    a.template step<0>(f, f.m, p + lines, p + 2 * lines, p + 3 * lines, p + 4 * lines);
    a.template step<3>(f, f.m, p, p + lines, p + 2 * lines, p + 3 * lines);
    a.template step<2>(f, f.m, p - lines, p, p + lines, p + 2 * lines);
    a.template step<1>(f, f.m, p - 2 * lines, p - lines, p, p + lines);
  }
  for (; i >= last; --i, p -= lines) {
    a.template step<0>(f, f.m, p + lines, p + 2 * lines, p + 3 * lines, p + 4 * lines);
    a.turn();
  }
  for (; i - 3 >= first; i -= 4, p -= 4 * lines) {
    a.template step<0>(f, f.m, p + lines, p + 2 * lines, p + 3 * lines, p + 4 * lines);
    show(a.y[3], i);
    a.template step<3>(f, f.m, p, p + lines, p + 2 * lines, p + 3 * lines);
    show(a.y[2], i - 1);
    a.template step<2>(f, f.m, p - lines, p, p + lines, p + 2 * lines);
    show(a.y[1], i - 2);
    a.template step<1>(f, f.m, p - 2 * lines, p - lines, p, p + lines);
    show(a.y[0], i - 3);
  }
  for (; i >= first; --i, p -= lines) {
    a.template step<0>(f, f.m, p + lines, p + 2 * lines, p + 3 * lines, p + 4 * lines);
    a.turn();
    show(a.y[0], i);
  }
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

RL_SIMD_WIDTHS(filter_each, const Lines&, filter)

void filter_lines(const RecursiveFilter& f, const double* x, std::int64_t n, double* work, std::int64_t first,
    std::int64_t kept, float* y) {
  filter_each({f, x, n, work, first, kept, y});
}

}  // namespace radloom::log
