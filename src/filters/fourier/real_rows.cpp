#include "filters/fourier/real_rows.hpp"

#include <algorithm>

#include "core/four.hpp"
#include "core/simd.hpp"

namespace radloom::filters {
namespace {

constexpr std::int64_t lanes = LineTransforms::lanes;
static_assert(lanes == 4);  // lines are turned four by four

/// Four rows that lie n apart to samples side by side.
RL_SIMD_CLONES void bring_together(std::int64_t n, std::int64_t filled, const double* rows, double* to) {
  std::int64_t i = 0;
  for (; i + 4 <= filled; i += 4)
    turn({rows + i, rows + n + i, rows + 2 * n + i, rows + 3 * n + i}, to + i * lanes, lanes);
  for (; i < filled; ++i)
    for (std::int64_t l = 0; l < lanes; ++l) to[i * lanes + l] = rows[l * n + i];
}
/// And back.
RL_SIMD_CLONES void take_apart(std::int64_t n, const double* samples, double* rows) {
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const double* const from = samples + i * lanes;
    turn({from, from + lanes, from + 2 * lanes, from + 3 * lanes}, rows + i, n);
  }
  for (; i < n; ++i)
    for (std::int64_t l = 0; l < lanes; ++l) rows[l * n + i] = samples[i * lanes + l];
}

/// The parts of the spectra of eight rows, four frequencies of four rows each.
struct Parts {
  double real[2][4][lanes], imaginary[2][4][lanes];  ///< [first four rows, the others][frequency or row]
};

/// The spectra of lines whose real and imaginary part are real lines, into those.
RL_SIMD_CLONES void separate(std::int64_t n, const double* lines, double* spectrum, std::int64_t part) {
  Parts p;
  for (std::int64_t k = 0; 2 * k <= n; ++k) {
    const double *const here = lines + k * lanes, *const mirrored = lines + (k == 0 ? 0 : n - k) * lanes;
    Four ar, ai, br, bi;
    load(here, ar);
    load(here + n * lanes, ai);
    load(mirrored, br);
    load(mirrored + n * lanes, bi);
    store(0.5 * (ar + br), p.real[0][k % 4]);
    store(0.5 * (ai + bi), p.real[1][k % 4]);
    store(0.5 * (ai - bi), p.imaginary[0][k % 4]);
    store(0.5 * (br - ar), p.imaginary[1][k % 4]);
    const bool last = 2 * (k + 1) > n;
    if (k % 4 < 3 && !last) continue;
    for (std::int64_t none = k % 4 + 1; none < 4; ++none)
      for (int half = 0; half < 2; ++half) {
        store(Four{}, p.real[half][none]);
        store(Four{}, p.imaginary[half][none]);
      }
    double* const to = spectrum + k / 4 * 2 * part;
    for (int half = 0; half < 2; ++half) {
      const auto& real = p.real[half];
      const auto& imaginary = p.imaginary[half];
      turn({real[0], real[1], real[2], real[3]}, to + half * 4 * lanes, lanes);
      turn({imaginary[0], imaginary[1], imaginary[2], imaginary[3]}, to + part + half * 4 * lanes, lanes);
    }
  }
}

/// The spectra of lines whose real and imaginary part are those of these spectra, with their real and imaginary parts exchanged.
RL_SIMD_CLONES void join(std::int64_t n, const double* spectrum, std::int64_t part, double* lines) {
  double *const real = lines + n * lanes, *const imaginary = lines;
  Parts p;
  for (std::int64_t k = 0; 2 * k <= n; ++k) {
    if (k % 4 == 0) {
      const double* const from = spectrum + k / 4 * 2 * part;
      for (int half = 0; half < 2; ++half) {
        const double *const r = from + half * 4 * lanes, *const i = r + part;
        turn({r, r + lanes, r + 2 * lanes, r + 3 * lanes}, p.real[half][0], lanes);
        turn({i, i + lanes, i + 2 * lanes, i + 3 * lanes}, p.imaginary[half][0], lanes);
      }
    }
    Four ar, ai, br, bi;
    load(p.real[0][k % 4], ar);
    load(p.real[1][k % 4], br);
    if (k == 0 || 2 * k == n) {
      store(ar, real + k * lanes);
      store(br, imaginary + k * lanes);
      continue;
    }
    load(p.imaginary[0][k % 4], ai);
    load(p.imaginary[1][k % 4], bi);
    store(ar - bi, real + k * lanes);
    store(ai + br, imaginary + k * lanes);
    store(ar + bi, real + (n - k) * lanes);
    store(br - ai, imaginary + (n - k) * lanes);
  }
}

}  // namespace

void RealRows::forth(const std::function<void(std::int64_t, double*)>& read, double* spectrum, Scratch& scratch) const {
  const std::int64_t n = along_.size();
  double *const rows = scratch.rows.data(), *const data = scratch.lines.data(), *const room = scratch.lines.room();
  for (std::int64_t first = 0; first < rows_; first += together) {
    for (std::int64_t r = 0; r < together; ++r)
      if (first + r < rows_) read(first + r, rows + r * n);
      else std::fill_n(rows + r * n, filled_, 0.0);
    bring_together(n, filled_, rows, data);
    bring_together(n, filled_, rows + lanes * n, data + n * lanes);
    separate(n, along_(data, room, filled_), spectrum + first * lanes, part());
  }
}

void RealRows::back(const double* spectrum, std::int64_t first, std::int64_t last,
    const std::function<void(std::int64_t, const double*)>& write, Scratch& scratch) const {
  const std::int64_t n = along_.size();
  double *const rows = scratch.rows.data(), *const data = scratch.lines.data(), *const room = scratch.lines.room();
  for (std::int64_t group = first / together * together; group < last; group += together) {
    join(n, spectrum + group * lanes, part(), data);
    const double* const out = along_(data, room, n);
    take_apart(n, out + n * lanes, rows);
    take_apart(n, out, rows + lanes * n);
    for (std::int64_t r = std::max(group, first); r < std::min(group + together, last); ++r)
      write(r, rows + (r - group) * n);
  }
}

}  // namespace radloom::filters
