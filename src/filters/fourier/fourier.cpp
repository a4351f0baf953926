#include "filters/fourier/fourier.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "filters/fourier/line_transforms.hpp"

namespace radloom::filters {

void fourier(std::vector<Complex>& values, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes,
    bool inverse) {
  constexpr std::int64_t lanes = LineTransforms::lanes;
  const std::array<std::int64_t, 3> stride{1, size[0], size[0] * size[1]};
  for (int d = 0; d < 3; ++d) {
    const std::int64_t n = size[d];
    if (!axes[d] || n < 2) continue;
    const LineTransforms along(n);
    const int a = d == 0 ? 1 : 0, b = 3 - d - a;
    const double scale = inverse ? 1.0 / double(n) : 1.0;
    const std::int64_t real = inverse ? n * lanes : 0, imaginary = n * lanes - real;
    tbb::parallel_for(std::int64_t(0), size[b], [&](std::int64_t j) {
      LineBuffers lines(along.words());
      double* const data = lines.data();
      for (std::int64_t i = 0; i < size[a]; i += lanes) {
        const std::int64_t count = std::min(lanes, size[a] - i);
        Complex* const block = values.data() + j * stride[b] + i * stride[a];
        for (std::int64_t k = 0; k < n; ++k)
          for (std::int64_t l = 0; l < lanes; ++l) {
            const Complex v = l < count ? block[k * stride[d] + l * stride[a]] : 0;
            data[real + k * lanes + l] = v.real();
            data[imaginary + k * lanes + l] = v.imag();
          }
        const double* const out = along(data, lines.room(), n);
        for (std::int64_t k = 0; k < n; ++k)
          for (std::int64_t l = 0; l < count; ++l)
            block[k * stride[d] + l * stride[a]] = {
                out[real + k * lanes + l] * scale, out[imaginary + k * lanes + l] * scale};
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
