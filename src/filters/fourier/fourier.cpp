#include "filters/fourier/fourier.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <kissfft/kissfft.hh>

namespace radloom::filters {

namespace {

std::int64_t largest_factor(std::int64_t n) {
  std::int64_t largest = 1;
  for (std::int64_t p = 2; n > 1; p = p * p > n ? n : p + 1)
    while (n % p == 0) {
      largest = p;
      n /= p;
    }
  return largest;
}

/// Transforms of one length. kissfft takes n * p steps where p is a large prime factor of n; such a transform is made a convolution
/// of a length without one (Bluestein's): out[k] = w[k] sum over i of (in[i] w[i]) conj(w[k - i]), w[k] = exp(-+ pi i k^2 / n).
/// Not for several threads at once: kissfft has scratch memory of its own, whatever its const says.
class Line {
 public:
  Line(std::int64_t n, bool inverse)
      : n_(n), m_(largest_factor(n) > 31 ? fast_size(2 * n - 1) : n), forth_(std::size_t(m_), m_ == n && inverse),
        back_(std::size_t(m_), true) {
    if (m_ == n_) return;
    chirp_.resize(std::size_t(n));
    for (std::int64_t k = 0; k < n; ++k)
      chirp_[k] = std::polar(1.0, (inverse ? 1 : -1) * M_PI * double(k * k % (2 * n)) / double(n));
    std::vector<Complex> kernel(std::size_t(m_), Complex{});
    for (std::int64_t k = 0; k < n; ++k) kernel[k] = kernel[(m_ - k) % m_] = std::conj(chirp_[k]) / double(m_);
    kernel_.resize(kernel.size());
    forth_.transform(kernel.data(), kernel_.data());
    a_.resize(kernel.size());
    b_.resize(kernel.size());
  }
  void transform(const Complex* in, Complex* out) {
    if (m_ == n_) return forth_.transform(in, out);
    std::fill(a_.begin(), a_.end(), Complex{});
    for (std::int64_t k = 0; k < n_; ++k) a_[k] = in[k] * chirp_[k];
    forth_.transform(a_.data(), b_.data());
    for (std::size_t k = 0; k < b_.size(); ++k) b_[k] *= kernel_[k];
    back_.transform(b_.data(), a_.data());
    for (std::int64_t k = 0; k < n_; ++k) out[k] = a_[k] * chirp_[k];
  }

 private:
  std::int64_t n_, m_;
  kissfft<double> forth_, back_;
  std::vector<Complex> chirp_, kernel_, a_, b_;
};

}  // namespace

void fourier(std::vector<Complex>& values, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes,
    bool inverse) {
  constexpr std::int64_t together = 8;  // lines side by side share lines of the cache
  const std::array<std::int64_t, 3> stride{1, size[0], size[0] * size[1]};
  for (int d = 0; d < 3; ++d) {
    const std::int64_t n = size[d];
    if (!axes[d] || n < 2) continue;
    const Line prepared(n, inverse);
    const int a = d == 0 ? 1 : 0, b = 3 - d - a;
    const double scale = inverse ? 1.0 / double(n) : 1.0;
    tbb::parallel_for(std::int64_t(0), size[b], [&](std::int64_t j) {
      Line line = prepared;
      std::vector<Complex> from(std::size_t(n * together)), to(std::size_t(n * together));
      for (std::int64_t i = 0; i < size[a]; i += together) {
        const std::int64_t lines = std::min(together, size[a] - i);
        Complex* const block = values.data() + j * stride[b] + i * stride[a];
        for (std::int64_t k = 0; k < n; ++k)
          for (std::int64_t l = 0; l < lines; ++l) from[l * n + k] = block[k * stride[d] + l * stride[a]];
        for (std::int64_t l = 0; l < lines; ++l) line.transform(from.data() + l * n, to.data() + l * n);
        for (std::int64_t k = 0; k < n; ++k)
          for (std::int64_t l = 0; l < lines; ++l) block[k * stride[d] + l * stride[a]] = to[l * n + k] * scale;
      }
    });
  }
}

std::int64_t fast_size(std::int64_t n) {
  for (;; ++n) {
    std::int64_t rest = n;
    for (const int p : {2, 3, 5})
      while (rest % p == 0) rest /= p;
    if (rest == 1) return n;
  }
}

}  // namespace radloom::filters
