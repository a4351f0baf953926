#pragma once
#include <cmath>
#include <complex>
#include <cstdint>
#include <map>
#include <numbers>
#include <vector>

#include "filters/fourier/fourier.hpp"
#include "kernels/fourier/line_job.hpp"

namespace radloom::fourier {

/// Samples that a line of n takes in shared memory.
inline std::int64_t transformed_length(std::int64_t n) {
  return filters::fast_size(n) == n ? n : filters::fast_size(2 * n - 1);
}
/// Whether lines of n samples have a kernel.
inline bool has_kernel(std::int64_t n) { return transformed_length(n) <= tuning::longest_line; }

/// What transforms of the lengths of a batch look up.
class Tables {
 public:
  LinePlan plan(std::int64_t n) {
    const auto [place, fresh] = plans_.try_emplace(n);
    if (fresh) place->second = make(n);
    return place->second;
  }
  const std::vector<Complex>& numbers() const { return numbers_; }

 private:
  LinePlan make(std::int64_t n) {
    const std::int64_t m = transformed_length(n);
    LinePlan plan{std::int32_t(n), std::int32_t(m), std::int64_t(numbers_.size()), -1, -1};
    for (std::int64_t k = 0; k < m; ++k) add(std::polar(1.0, -2 * std::numbers::pi * double(k) / double(m)));
    if (!plan.is_convolution()) return plan;
    plan.chirp = std::int64_t(numbers_.size());
    std::vector<std::complex<double>> kernel(static_cast<std::size_t>(m));
    for (std::int64_t k = 0; k < n; ++k) {
      const auto w = std::polar(1.0, -std::numbers::pi * double(k * k % (2 * n)) / double(n));
      add(w);
      kernel[std::size_t(k)] = kernel[std::size_t((m - k) % m)] = std::conj(w) / double(m);
    }
    plan.kernel = std::int64_t(numbers_.size());
    filters::fourier(kernel, {m, 1, 1}, {true, false, false}, false);
    for (const auto& v : kernel) add(v);
    return plan;
  }
  void add(std::complex<double> v) { numbers_.push_back({v.real(), v.imag()}); }

  std::map<std::int64_t, LinePlan> plans_;
  std::vector<Complex> numbers_;
};

}  // namespace radloom::fourier
