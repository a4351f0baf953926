#pragma once
#include <cstdint>
#include <vector>

#include "filters/common/aligned_doubles.hpp"

namespace radloom::filters {

/// The discrete Fourier transform of several lines at once, side by side so that the processor works on them together: every line gets the bits
/// it would get alone, whatever the instruction set. Self-sorting passes of radix 4, 2, 3 and 5 (Stockham; C. Van Loan, Computational
/// Frameworks for the Fast Fourier Transform, 1992, 1.7), and of other primes up to 31; lengths with larger ones are made a convolution of a length
/// without (Bluestein's): out[k] = w[k] sum over i of (in[i] w[i]) conj(w[k - i]), w[k] = exp(-pi i k^2 / n). Two real lines can go as one: as the
/// real and the imaginary part. With real and imaginary part exchanged, of what goes in and what comes out, it is the inverse.
class LineTransforms {
 public:
  static constexpr std::int64_t lanes =
      4;  ///< lines at once: two buffers of some hundred samples stay in the first cache

  /// Of n >= 1 samples. The exponent's sign is negative, nothing is divided by n.
  explicit LineTransforms(std::int64_t n);

  std::int64_t size() const { return n_; }
  /// Doubles that a transform takes: at least what `lanes` lines do.
  std::size_t words() const { return std::size_t(2 * m_ * lanes); }

  /// Transforms `data`, real parts [sample][lane], then imaginary parts likewise; samples from `filled` on are taken to be 0. `data` and `room` have
  /// words() doubles each and are both overwritten; the one that holds the result is returned. For any number of threads, each with memory of its own.
  double* operator()(double* data, double* room, std::int64_t filled) const;

  /// The same of lines that lie elsewhere: `filled` samples of real and of imaginary parts, which are left as they are.
  double* operator()(
      const double* real, const double* imaginary, std::int64_t filled, double* data, double* room) const;

  /// The same of all samples, with the result where it is wanted, which may be where they lie.
  void operator()(const double* real, const double* imaginary, double* to_real, double* to_imaginary, double* data,
      double* room) const;

 private:
  struct Factors {
    int radix;
    std::int64_t rest;           ///< parts of each combined sequence
    std::vector<double> factor;  ///< [part][1 .. radix - 1], cosine and sine
    std::vector<double> turn;    ///< [0 .. radix - 1], cosine and sine of that part of a turn
  };
  /// The transform of m_ samples, parts m_ * lanes apart; or, of two passes at least, where `to_real` and `to_imaginary` say.
  double* transform(const double* real, const double* imaginary, std::int64_t filled, double* data, double* room,
      double* to_real = nullptr, double* to_imaginary = nullptr) const;

  std::int64_t n_, m_;  ///< m_: of the convolution, or n_
  std::vector<Factors> passes_;
  std::vector<double> chirp_, kernel_;  ///< of a convolution: w, and the transform of its conjugate, cosine and sine
};

/// What one thread transforms in: two buffers that do not take the same places of the cache.
class LineBuffers {
 public:
  explicit LineBuffers(std::size_t words) : apart_((words + 511) / 512 * 512 + 64), memory_(2 * apart_) {}
  double* data() { return memory_.data(); }
  double* room() { return memory_.data() + apart_; }

 private:
  std::size_t apart_;
  AlignedDoubles memory_;
};

}  // namespace radloom::filters
