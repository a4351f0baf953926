#include "filters/common/fourier.hpp"

#include <tbb/parallel_for.h>

#include <kissfft/kissfft.hh>

namespace radloom::filters {

void fourier(std::vector<Complex>& values, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes,
    bool inverse) {
  const std::array<std::int64_t, 3> stride{1, size[0], size[0] * size[1]};
  for (int d = 0; d < 3; ++d) {
    const std::int64_t n = size[d];
    if (!axes[d] || n < 2) continue;
    const kissfft<double> prepared(std::size_t(n), inverse);
    const int a = d == 0 ? 1 : 0, b = 3 - d - a;
    const double scale = inverse ? 1.0 / double(n) : 1.0;
    tbb::parallel_for(std::int64_t(0), size[b], [&](std::int64_t j) {
      const kissfft<double> transform = prepared;  // it has scratch memory of its own, whatever its const says
      std::vector<Complex> from(std::size_t(n), Complex{}), to(std::size_t(n), Complex{});
      for (std::int64_t i = 0; i < size[a]; ++i) {
        Complex* const line = values.data() + j * stride[b] + i * stride[a];
        for (std::int64_t k = 0; k < n; ++k) from[k] = line[k * stride[d]];
        transform.transform(from.data(), to.data());
        for (std::int64_t k = 0; k < n; ++k) line[k * stride[d]] = to[k] * scale;
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

double frequency(std::int64_t k, std::int64_t n) {
  if (n < 2) return 0;
  const std::int64_t shifted = (k + n / 2) % n;
  const double middle = double(n - 1) / 2;
  return (double(shifted) - middle) / middle;
}

}  // namespace radloom::filters
