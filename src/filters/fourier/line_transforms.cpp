#include "filters/fourier/line_transforms.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/four.hpp"
#include "core/simd.hpp"
#include "filters/fourier/fourier.hpp"

namespace radloom::filters {
namespace {

/// What a pass reads and writes: sequences of radix * rest samples, `width` of them side by side, become radix * width sequences of `rest`.
struct Shape {
  std::int64_t rest, width;
};

// Each combines samples p, p + rest, ... of every sequence, for all p, and turns the results by the factors. Loops over the width are what is
// vectorised; there is no sum across it.

RL_SIMD_CLONES void pass_2(
    Shape s, const double* factor, const double* real, const double* imag, double* to_real, double* to_imag) {
  const std::int64_t w = s.width, apart = s.rest * w;
  for (std::int64_t p = 0; p < s.rest; ++p, factor += 2) {
    const double *const xr = real + p * w, *const xi = imag + p * w;
    double *const yr = to_real + p * 2 * w, *const yi = to_imag + p * 2 * w;
    const double c = factor[0], d = factor[1];
    RL_INDEPENDENT for (std::int64_t t = 0; t < w; ++t) {
      const double ar = xr[t], ai = xi[t], br = xr[apart + t], bi = xi[apart + t];
      yr[t] = ar + br;
      yi[t] = ai + bi;
      const double er = ar - br, ei = ai - bi;
      yr[w + t] = er * c - ei * d;
      yi[w + t] = er * d + ei * c;
    }
  }
}

RL_SIMD_CLONES void pass_3(
    Shape s, const double* factor, const double* real, const double* imag, double* to_real, double* to_imag) {
  const double sine = std::numbers::sqrt3 / 2;
  const std::int64_t w = s.width, apart = s.rest * w;
  for (std::int64_t p = 0; p < s.rest; ++p, factor += 4) {
    const double *const xr = real + p * w, *const xi = imag + p * w;
    double *const yr = to_real + p * 3 * w, *const yi = to_imag + p * 3 * w;
    const double c1 = factor[0], d1 = factor[1], c2 = factor[2], d2 = factor[3];
    RL_INDEPENDENT for (std::int64_t t = 0; t < w; ++t) {
      const double ar = xr[t], ai = xi[t];
      const double sr = xr[apart + t] + xr[2 * apart + t], si = xi[apart + t] + xi[2 * apart + t];
      const double dr = sine * (xr[apart + t] - xr[2 * apart + t]), di = sine * (xi[apart + t] - xi[2 * apart + t]);
      const double mr = ar - 0.5 * sr, mi = ai - 0.5 * si;
      yr[t] = ar + sr;
      yi[t] = ai + si;
      const double er = mr + di, ei = mi - dr, fr = mr - di, fi = mi + dr;
      yr[w + t] = er * c1 - ei * d1;
      yi[w + t] = er * d1 + ei * c1;
      yr[2 * w + t] = fr * c2 - fi * d2;
      yi[2 * w + t] = fr * d2 + fi * c2;
    }
  }
}

/// `half`: of a sequence of which `filled` samples are read, no more than half; the others are 0.
template <bool half>
[[gnu::always_inline]] inline void pass_4_of(Shape s, const double* factor, const double* real, const double* imag,
    double* to_real, double* to_imag, std::int64_t filled = 0) {
  constexpr double none[LineTransforms::lanes] = {};
  const std::int64_t w = s.width, apart = s.rest * w;
  for (std::int64_t p = 0; p < s.rest; ++p, factor += 6) {
    const bool first = !half || p < filled, second = !half || p + s.rest < filled;
    const double *const xr = first ? real + p * w : none, *const xi = first ? imag + p * w : none;
    const double *const zr = second ? xr + apart : none, *const zi = second ? xi + apart : none;
    double *const yr = to_real + p * 4 * w, *const yi = to_imag + p * 4 * w;
    const double c1 = factor[0], d1 = factor[1], c2 = factor[2], d2 = factor[3], c3 = factor[4], d3 = factor[5];
    RL_INDEPENDENT for (std::int64_t t = 0; t < w; ++t) {
      // Sums and differences of samples half a sequence apart.
      double pr = xr[t], pi = xi[t], mr = pr, mi = pi;
      double qr = zr[t], qi = zi[t], nr = qr, ni = qi;
      if constexpr (!half) {
        const double ar = xr[2 * apart + t], ai = xi[2 * apart + t];
        const double br = xr[3 * apart + t], bi = xi[3 * apart + t];
        pr += ar, pi += ai, mr -= ar, mi -= ai;
        qr += br, qi += bi, nr -= br, ni -= bi;
      }
      yr[t] = pr + qr;
      yi[t] = pi + qi;
      const double er = mr + ni, ei = mi - nr, fr = pr - qr, fi = pi - qi, gr = mr - ni, gi = mi + nr;
      yr[w + t] = er * c1 - ei * d1;
      yi[w + t] = er * d1 + ei * c1;
      yr[2 * w + t] = fr * c2 - fi * d2;
      yi[2 * w + t] = fr * d2 + fi * c2;
      yr[3 * w + t] = gr * c3 - gi * d3;
      yi[3 * w + t] = gr * d3 + gi * c3;
    }
  }
}

RL_SIMD_CLONES void pass_4(
    Shape s, const double* factor, const double* real, const double* imag, double* to_real, double* to_imag) {
  pass_4_of<false>(s, factor, real, imag, to_real, to_imag);
}
RL_SIMD_CLONES void pass_4_half(Shape s, const double* factor, const double* real, const double* imag, double* to_real,
    double* to_imag, std::int64_t filled) {
  pass_4_of<true>(s, factor, real, imag, to_real, to_imag, filled);
}

RL_SIMD_CLONES void pass_5(
    Shape s, const double* factor, const double* real, const double* imag, double* to_real, double* to_imag) {
  const double cosine_1 = std::cos(2 * std::numbers::pi / 5), cosine_2 = std::cos(4 * std::numbers::pi / 5);
  const double sine_1 = std::sin(2 * std::numbers::pi / 5), sine_2 = std::sin(4 * std::numbers::pi / 5);
  const std::int64_t w = s.width, apart = s.rest * w;
  for (std::int64_t p = 0; p < s.rest; ++p, factor += 8) {
    const double *const xr = real + p * w, *const xi = imag + p * w;
    double *const yr = to_real + p * 5 * w, *const yi = to_imag + p * 5 * w;
    const double c1 = factor[0], d1 = factor[1], c2 = factor[2], d2 = factor[3];
    const double c3 = factor[4], d3 = factor[5], c4 = factor[6], d4 = factor[7];
    RL_INDEPENDENT for (std::int64_t t = 0; t < w; ++t) {
      const double ar = xr[t], ai = xi[t];
      const double sr = xr[apart + t] + xr[4 * apart + t], si = xi[apart + t] + xi[4 * apart + t];
      const double dr = xr[apart + t] - xr[4 * apart + t], di = xi[apart + t] - xi[4 * apart + t];
      const double ur = xr[2 * apart + t] + xr[3 * apart + t], ui = xi[2 * apart + t] + xi[3 * apart + t];
      const double vr = xr[2 * apart + t] - xr[3 * apart + t], vi = xi[2 * apart + t] - xi[3 * apart + t];
      const double pr = ar + cosine_1 * sr + cosine_2 * ur, pi = ai + cosine_1 * si + cosine_2 * ui;
      const double qr = ar + cosine_2 * sr + cosine_1 * ur, qi = ai + cosine_2 * si + cosine_1 * ui;
      const double mr = sine_1 * dr + sine_2 * vr, mi = sine_1 * di + sine_2 * vi;
      const double nr = sine_2 * dr - sine_1 * vr, ni = sine_2 * di - sine_1 * vi;
      yr[t] = ar + sr + ur;
      yi[t] = ai + si + ui;
      const double er = pr + mi, ei = pi - mr, fr = qr + ni, fi = qi - nr;
      const double gr = qr - ni, gi = qi + nr, hr = pr - mi, hi = pi + mr;
      yr[w + t] = er * c1 - ei * d1;
      yi[w + t] = er * d1 + ei * c1;
      yr[2 * w + t] = fr * c2 - fi * d2;
      yi[2 * w + t] = fr * d2 + fi * c2;
      yr[3 * w + t] = gr * c3 - gi * d3;
      yi[3 * w + t] = gr * d3 + gi * c3;
      yr[4 * w + t] = hr * c4 - hi * d4;
      yi[4 * w + t] = hr * d4 + hi * c4;
    }
  }
}

/// Of an odd radix up to `most_odd`; turn[k]: cosine and sine of k of its parts of a turn. Sums and differences of samples that lie as far from either
/// end are what cosines and sines meet.
constexpr int most_odd = 31;
RL_SIMD_CLONES void pass_odd(Shape s, int radix, const double* turn, const double* factor, const double* real,
    const double* imag, double* to_real, double* to_imag) {
  const std::int64_t w = s.width, apart = s.rest * w;
  const int half = radix / 2;
  for (std::int64_t p = 0; p < s.rest; ++p, factor += 2 * (radix - 1)) {
    const double *const xr = real + p * w, *const xi = imag + p * w;
    double *const yr = to_real + p * radix * w, *const yi = to_imag + p * radix * w;
    for (std::int64_t t = 0; t < w; t += LineTransforms::lanes) {
      Four sr[most_odd / 2], si[most_odd / 2], dr[most_odd / 2], di[most_odd / 2];
      Four ar, ai;
      load(xr + t, ar);
      load(xi + t, ai);
      Four all_r = ar, all_i = ai;
      for (int j = 0; j < half; ++j) {
        const std::int64_t low = (j + 1) * apart + t, high = (radix - 1 - j) * apart + t;
        Four lr, li, hr, hi;
        load(xr + low, lr);
        load(xi + low, li);
        load(xr + high, hr);
        load(xi + high, hi);
        sr[j] = lr + hr, si[j] = li + hi, dr[j] = lr - hr, di[j] = li - hi;
        all_r += sr[j], all_i += si[j];
      }
      store(all_r, yr + t);
      store(all_i, yi + t);
      for (int k = 1; k <= half; ++k) {
        Four er = ar, ei = ai, fr{}, fi{};
        for (int j = 0, of = k; j < half; ++j, of = (of + k) % radix) {
          const double cosine = turn[2 * of], sine = turn[2 * of + 1];
          er += cosine * sr[j], ei += cosine * si[j], fr += sine * dr[j], fi += sine * di[j];
        }
        for (const int at : {k, radix - k}) {
          const Four gr = at == k ? er + fi : er - fi, gi = at == k ? ei - fr : ei + fr;
          const double c = factor[2 * at - 2], d = factor[2 * at - 1];
          store(gr * c - gi * d, yr + at * w + t);
          store(gr * d + gi * c, yi + at * w + t);
        }
      }
    }
  }
}

/// Numbers of lines side by side times factors, sample by sample.
RL_SIMD_CLONES void turn_samples(
    std::int64_t n, const double* factor, const double* real, const double* imag, double* to_real, double* to_imag) {
  constexpr std::int64_t lanes = LineTransforms::lanes;
  for (std::int64_t k = 0; k < n; ++k, factor += 2) {
    const double c = factor[0], d = factor[1];
    RL_INDEPENDENT for (std::int64_t t = k * lanes; t < (k + 1) * lanes; ++t) {
      const double r = real[t], i = imag[t];
      to_real[t] = r * c - i * d;
      to_imag[t] = r * d + i * c;
    }
  }
}

int radix_of(std::int64_t n) {
  for (const int p : {4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, most_odd})
    if (n % p == 0) return p;
  return 0;
}
bool has_passes(std::int64_t n) {
  while (n > 1) {
    const int radix = radix_of(n);
    if (radix == 0) return false;
    n /= radix;
  }
  return true;
}

/// Cosine and sine of `part` of `parts` of a turn.
void add_turn(std::vector<double>& to, std::int64_t part, std::int64_t parts) {
  const double angle = 2 * std::numbers::pi * double(part) / double(parts);
  to.push_back(std::cos(angle));
  to.push_back(std::sin(angle));
}

}  // namespace

LineTransforms::LineTransforms(std::int64_t n) : n_(n), m_(has_passes(n) ? n : fast_size(2 * n - 1)) {
  for (std::int64_t rest = m_; rest > 1;) {
    const int radix = radix_of(rest);
    Pass pass{radix, rest / radix, {}, {}};
    for (std::int64_t p = 0; p < pass.rest; ++p)
      for (int k = 1; k < radix; ++k) add_turn(pass.factor, -p * k, rest);
    for (int k = 0; radix > 5 && k < radix; ++k) add_turn(pass.turn, k, radix);
    rest = pass.rest;
    passes_.push_back(std::move(pass));
  }
  if (m_ == n_) return;
  std::vector<double> kernel(words()), room(words());
  for (std::int64_t k = 0; k < n; ++k) {
    add_turn(chirp_, -(k * k % (2 * n)), 2 * n);
    for (const std::int64_t at : {k, (m_ - k) % m_}) {
      kernel[std::size_t(at * lanes)] = chirp_[std::size_t(2 * k)] / double(m_);
      kernel[std::size_t((m_ + at) * lanes)] = -chirp_[std::size_t(2 * k + 1)] / double(m_);
    }
  }
  const double* const made = transform(kernel.data(), kernel.data() + m_ * lanes, m_, kernel.data(), room.data());
  for (std::int64_t k = 0; k < m_; ++k) {
    kernel_.push_back(made[k * lanes]);
    kernel_.push_back(made[(m_ + k) * lanes]);
  }
}

double* LineTransforms::operator()(double* data, double* room, std::int64_t filled) const {
  return (*this)(data, data + n_ * lanes, filled, data, room);
}

double* LineTransforms::operator()(
    const double* real, const double* imaginary, std::int64_t filled, double* data, double* room) const {
  if (m_ == n_) return transform(real, imaginary, filled, data, room);
  const std::int64_t part = m_ * lanes;
  turn_samples(filled, chirp_.data(), real, imaginary, room, room + part);
  double* spectrum = transform(room, room + part, filled, room, data);
  turn_samples(m_, kernel_.data(), spectrum, spectrum + part, spectrum, spectrum + part);
  double* other = spectrum == data ? room : data;
  double* const back = transform(spectrum + part, spectrum, m_, spectrum, other);
  if (back == other) std::swap(spectrum, other);
  turn_samples(n_, chirp_.data(), back + part, back, other, other + n_ * lanes);
  return other;
}

double* LineTransforms::transform(
    const double* real, const double* imaginary, std::int64_t filled, double* data, double* room) const {
  std::int64_t width = lanes;
  const std::int64_t half = m_ * lanes;
  auto pass = passes_.begin();
  if (pass != passes_.end() && pass->radix == 4 && 2 * filled <= m_) {
    pass_4_half({pass->rest, width}, pass->factor.data(), real, imaginary, room, room + half, filled);
    width *= pass++->radix;
    std::swap(data, room);
    real = data;
    imaginary = data + half;
  } else if (filled < m_ || passes_.empty()) {
    if (real != data) {
      std::copy_n(real, filled * lanes, data);
      std::copy_n(imaginary, filled * lanes, data + half);
    }
    for (double* part : {data, data + half}) std::fill(part + filled * lanes, part + half, 0.0);
    real = data;
    imaginary = data + half;
  }
  for (; pass != passes_.end(); ++pass) {
    const Shape s{pass->rest, width};
    const double* const factor = pass->factor.data();
    const auto run = [&](auto* f) { f(s, factor, real, imaginary, room, room + half); };
    switch (pass->radix) {
      case 2: run(pass_2); break;
      case 3: run(pass_3); break;
      case 4: run(pass_4); break;
      case 5: run(pass_5); break;
      default: pass_odd(s, pass->radix, pass->turn.data(), factor, real, imaginary, room, room + half); break;
    }
    width *= pass->radix;
    std::swap(data, room);
    real = data;
    imaginary = data + half;
  }
  return data;
}

}  // namespace radloom::filters
