#include "filters/fourier/line_transforms.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/numbers.hpp"
#include "core/simd.hpp"
#include "filters/fourier/fourier.hpp"

namespace radloom::filters {
namespace {

/// What a pass is given: sequences of radix * rest samples, `width` of them side by side, become radix * width sequences of `rest`.
struct Pass {
  int radix;
  std::int64_t rest, width;
  const double *factor, *turn;  ///< as LineTransforms has them
  const double *real, *imaginary;
  double *to_real, *to_imaginary;
  std::int64_t filled;  ///< of the first pass: samples that are read; others are 0
};

// Each combines samples p, p + rest, ... of every sequence, for all p, and turns the results by the factors. A vector holds the same sample of
// sequences side by side.

/// A factor. It is loaded before the loop over what it turns, since what that writes might change it for all the compiler knows.
template <int bytes>
struct Turn {
  Numbers<bytes> c, d;
  [[gnu::always_inline]] explicit Turn(const double* factor) : c(factor[0]), d(factor[1]) {}
  [[gnu::always_inline]] void operator()(
      const Numbers<bytes>& r, const Numbers<bytes>& i, double* to_real, double* to_imaginary) const {
    (r * c - i * d).store(to_real);
    (r * d + i * c).store(to_imaginary);
  }
};

template <int bytes>
[[gnu::always_inline]] inline void pass_2(const Pass& given) {
  using V = Numbers<bytes>;
  const Pass of = given;  // what is written cannot change it
  const std::int64_t w = of.width, apart = of.rest * w;
  const double* factor = of.factor;
  for (std::int64_t p = 0; p < of.rest; ++p, factor += 2) {
    const double *const xr = of.real + p * w, *const xi = of.imaginary + p * w;
    double *const yr = of.to_real + p * 2 * w, *const yi = of.to_imaginary + p * 2 * w;
    const Turn<bytes> turn_1(factor);
    for (std::int64_t t = 0; t < w; t += V::lanes) {
      const V ar = V::load(xr + t), ai = V::load(xi + t), br = V::load(xr + apart + t), bi = V::load(xi + apart + t);
      (ar + br).store(yr + t);
      (ai + bi).store(yi + t);
      turn_1(ar - br, ai - bi, yr + w + t, yi + w + t);
    }
  }
}

template <int bytes>
[[gnu::always_inline]] inline void pass_3(const Pass& given) {
  using V = Numbers<bytes>;
  const Pass of = given;
  const V sine = std::numbers::sqrt3 / 2, half = 0.5;
  const std::int64_t w = of.width, apart = of.rest * w;
  const double* factor = of.factor;
  for (std::int64_t p = 0; p < of.rest; ++p, factor += 4) {
    const double *const xr = of.real + p * w, *const xi = of.imaginary + p * w;
    double *const yr = of.to_real + p * 3 * w, *const yi = of.to_imaginary + p * 3 * w;
    const Turn<bytes> turn_1(factor), turn_2(factor + 2);
    for (std::int64_t t = 0; t < w; t += V::lanes) {
      const V ar = V::load(xr + t), ai = V::load(xi + t);
      const V br = V::load(xr + apart + t), bi = V::load(xi + apart + t);
      const V cr = V::load(xr + 2 * apart + t), ci = V::load(xi + 2 * apart + t);
      const V sr = br + cr, si = bi + ci, dr = sine * (br - cr), di = sine * (bi - ci);
      const V mr = ar - half * sr, mi = ai - half * si;
      (ar + sr).store(yr + t);
      (ai + si).store(yi + t);
      turn_1(mr + di, mi - dr, yr + w + t, yi + w + t);
      turn_2(mr - di, mi + dr, yr + 2 * w + t, yi + 2 * w + t);
    }
  }
}

/// `half`: of a sequence of which no more than half is read.
template <int bytes, bool half>
[[gnu::always_inline]] inline void pass_4(const Pass& given) {
  using V = Numbers<bytes>;
  static constexpr double none[std::max<std::int64_t>(V::lanes, LineTransforms::lanes)] =
      {};  // a first pass is so wide
  const Pass of = given;
  const std::int64_t w = of.width, apart = of.rest * w;
  const double* factor = of.factor;
  for (std::int64_t p = 0; p < of.rest; ++p, factor += 6) {
    const bool first = !half || p < of.filled, second = !half || p + of.rest < of.filled;
    const double *const xr = first ? of.real + p * w : none, *const xi = first ? of.imaginary + p * w : none;
    const double *const zr = second ? of.real + p * w + apart : none, *const zi =
                                                                          second ? of.imaginary + p * w + apart : none;
    double *const yr = of.to_real + p * 4 * w, *const yi = of.to_imaginary + p * 4 * w;
    const Turn<bytes> turn_1(factor), turn_2(factor + 2), turn_3(factor + 4);
    for (std::int64_t t = 0; t < w; t += V::lanes) {
      // Sums and differences of samples half a sequence apart.
      V pr = V::load(xr + t), pi = V::load(xi + t), mr = pr, mi = pi;
      V qr = V::load(zr + t), qi = V::load(zi + t), nr = qr, ni = qi;
      if constexpr (!half) {
        const V ar = V::load(xr + 2 * apart + t), ai = V::load(xi + 2 * apart + t);
        const V br = V::load(xr + 3 * apart + t), bi = V::load(xi + 3 * apart + t);
        pr += ar, pi += ai, mr -= ar, mi -= ai;
        qr += br, qi += bi, nr -= br, ni -= bi;
      }
      (pr + qr).store(yr + t);
      (pi + qi).store(yi + t);
      turn_1(mr + ni, mi - nr, yr + w + t, yi + w + t);
      turn_2(pr - qr, pi - qi, yr + 2 * w + t, yi + 2 * w + t);
      turn_3(mr - ni, mi + nr, yr + 3 * w + t, yi + 3 * w + t);
    }
  }
}

template <int bytes>
[[gnu::always_inline]] inline void pass_5(const Pass& given) {
  using V = Numbers<bytes>;
  const Pass of = given;
  const V cosine_1 = of.turn[2], sine_1 = of.turn[3], cosine_2 = of.turn[4], sine_2 = of.turn[5];
  const std::int64_t w = of.width, apart = of.rest * w;
  const double* factor = of.factor;
  for (std::int64_t p = 0; p < of.rest; ++p, factor += 8) {
    const double *const xr = of.real + p * w, *const xi = of.imaginary + p * w;
    double *const yr = of.to_real + p * 5 * w, *const yi = of.to_imaginary + p * 5 * w;
    const Turn<bytes> turn_1(factor), turn_2(factor + 2), turn_3(factor + 4), turn_4(factor + 6);
    for (std::int64_t t = 0; t < w; t += V::lanes) {
      const auto sample = [&](const double* x, int k) __attribute__((always_inline)) {
        return V::load(x + k * apart + t);
      };
      const V ar = sample(xr, 0), ai = sample(xi, 0);
      const V br = sample(xr, 1), bi = sample(xi, 1), er = sample(xr, 4), ei = sample(xi, 4);
      const V cr = sample(xr, 2), ci = sample(xi, 2), dr = sample(xr, 3), di = sample(xi, 3);
      const V sr = br + er, si = bi + ei, tr = br - er, ti = bi - ei;
      const V ur = cr + dr, ui = ci + di, vr = cr - dr, vi = ci - di;
      const V pr = ar + cosine_1 * sr + cosine_2 * ur, pi = ai + cosine_1 * si + cosine_2 * ui;
      const V qr = ar + cosine_2 * sr + cosine_1 * ur, qi = ai + cosine_2 * si + cosine_1 * ui;
      const V mr = sine_1 * tr + sine_2 * vr, mi = sine_1 * ti + sine_2 * vi;
      const V nr = sine_2 * tr - sine_1 * vr, ni = sine_2 * ti - sine_1 * vi;
      (ar + sr + ur).store(yr + t);
      (ai + si + ui).store(yi + t);
      turn_1(pr + mi, pi - mr, yr + w + t, yi + w + t);
      turn_2(qr + ni, qi - nr, yr + 2 * w + t, yi + 2 * w + t);
      turn_3(qr - ni, qi + nr, yr + 3 * w + t, yi + 3 * w + t);
      turn_4(pr - mi, pi + mr, yr + 4 * w + t, yi + 4 * w + t);
    }
  }
}

/// Of an odd radix up to `most_odd`. Sums and differences of samples that lie as far from either end are what cosines and sines meet.
constexpr int most_odd = 31;
template <int bytes>
[[gnu::always_inline]] inline void pass_odd(const Pass& given) {
  using V = Numbers<bytes>;
  const Pass of = given;
  const int radix = of.radix, half = radix / 2;
  const std::int64_t w = of.width, apart = of.rest * w;
  const double* factor = of.factor;
  for (std::int64_t p = 0; p < of.rest; ++p, factor += 2 * (radix - 1)) {
    const double *const xr = of.real + p * w, *const xi = of.imaginary + p * w;
    double *const yr = of.to_real + p * radix * w, *const yi = of.to_imaginary + p * radix * w;
    for (std::int64_t t = 0; t < w; t += V::lanes) {
      V sr[most_odd / 2], si[most_odd / 2], dr[most_odd / 2], di[most_odd / 2];
      const V ar = V::load(xr + t), ai = V::load(xi + t);
      V all_r = ar, all_i = ai;
      for (int j = 0; j < half; ++j) {
        const std::int64_t low = (j + 1) * apart + t, high = (radix - 1 - j) * apart + t;
        const V lr = V::load(xr + low), li = V::load(xi + low), hr = V::load(xr + high), hi = V::load(xi + high);
        sr[j] = lr + hr, si[j] = li + hi, dr[j] = lr - hr, di[j] = li - hi;
        all_r += sr[j], all_i += si[j];
      }
      all_r.store(yr + t);
      all_i.store(yi + t);
      for (int k = 1; k <= half; ++k) {
        V cr = ar, ci = ai, er = 0, ei = 0;
        for (int j = 0, turn = k; j < half; ++j, turn = (turn + k) % radix) {
          const V cosine = of.turn[2 * turn], sine = of.turn[2 * turn + 1];
          cr += cosine * sr[j], ci += cosine * si[j], er += sine * dr[j], ei += sine * di[j];
        }
        const int other = radix - k;
        Turn<bytes>(factor + 2 * (k - 1))(cr + ei, ci - er, yr + k * w + t, yi + k * w + t);
        Turn<bytes>(factor + 2 * (other - 1))(cr - ei, ci + er, yr + other * w + t, yi + other * w + t);
      }
    }
  }
}

template <int bytes>
[[gnu::always_inline]] inline void pass(const Pass& of) {
  if constexpr (bytes > int(LineTransforms::lanes * sizeof(double)))
    if (of.width % Numbers<bytes>::lanes != 0) return pass<bytes / 2>(of);
  switch (of.radix) {
    case 2: return pass_2<bytes>(of);
    case 3: return pass_3<bytes>(of);
    case 4: return 2 * of.filled <= 4 * of.rest ? pass_4<bytes, true>(of) : pass_4<bytes, false>(of);
    case 5: return pass_5<bytes>(of);
    default: return pass_odd<bytes>(of);
  }
}
RL_SIMD_WIDTHS(run, const Pass&, pass)

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
    Factors pass{radix, rest / radix, {}, {}};
    for (std::int64_t p = 0; p < pass.rest; ++p)
      for (int k = 1; k < radix; ++k) add_turn(pass.factor, -p * k, rest);
    for (int k = 0; k < radix; ++k) add_turn(pass.turn, k, radix);
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

void LineTransforms::operator()(const double* real, const double* imaginary, double* to_real, double* to_imaginary,
    double* data, double* room) const {
  if (m_ == n_ && passes_.size() > 1) {
    transform(real, imaginary, n_, data, room, to_real, to_imaginary);
    return;
  }
  const double* const out = (*this)(real, imaginary, n_, data, room);
  std::copy_n(out, n_ * lanes, to_real);
  std::copy_n(out + n_ * lanes, n_ * lanes, to_imaginary);
}

double* LineTransforms::transform(const double* real, const double* imaginary, std::int64_t filled, double* data,
    double* room, double* to_real, double* to_imaginary) const {
  const std::int64_t half = m_ * lanes;
  const bool reads_all = filled == m_, reads_half = !passes_.empty() && passes_[0].radix == 4 && 2 * filled <= m_;
  if (passes_.empty() || !(reads_all || reads_half)) {
    if (real != data) {
      std::copy_n(real, filled * lanes, data);
      std::copy_n(imaginary, filled * lanes, data + half);
    }
    for (double* part : {data, data + half}) std::fill(part + filled * lanes, part + half, 0.0);
    real = data;
    imaginary = data + half;
    filled = m_;
  }
  std::int64_t width = lanes;
  for (const auto& pass : passes_) {
    const bool ends = to_real && &pass == &passes_.back();
    run({pass.radix, pass.rest, width, pass.factor.data(), pass.turn.data(), real, imaginary, ends ? to_real : room,
        ends ? to_imaginary : room + half, filled});
    width *= pass.radix;
    std::swap(data, room);
    real = data;
    imaginary = data + half;
    filled = m_;
  }
  return data;
}

}  // namespace radloom::filters
