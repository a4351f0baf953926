// The transform of lines in shared memory against its definition, for every kind of length.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

#include "kernels/common/line_transform.hpp"
#include "kernels/stage_case.hpp"
#include "simt/device.hpp"
#include "simt/launch.hpp"

namespace radloom::test::line_transform {
namespace {

/// A line in shared memory, there and back.
struct TransformOnce {
  Span<const Complex> roots, in;
  int n, lines;
  Span<Complex> out;
  template <class Exec>
  void operator()(Exec& exec) const {
    const auto data = exec.template shared<Complex>(n * lines), room = exec.template shared<Complex>(n * lines);
    for (int i = exec.thread(); i < n * lines; i += exec.threads()) data.set(i, exec.global(in)[i]);
    exec.sync_block();
    const auto& result = transform_lines(exec, n, lines, exec.global(roots), data, room) ? room : data;
    for (int i = exec.thread(); i < n * lines; i += exec.threads()) exec.global(out).set(i, result.get(i));
  }
};

TEST(LineTransform, equalsTheDefinition) {
  for (const int n : {1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 20, 45, 64, 75, 90, 128}) {
    SCOPED_TRACE(n);
    const int lines = 2;
    simt::Device device;
    std::vector<Complex> roots, in;
    std::mt19937 random{std::uint32_t(n)};
    std::uniform_real_distribution<double> value(-1, 1);
    for (int k = 0; k < n; ++k) {
      const auto root = std::polar(1.0, -2 * std::numbers::pi * k / n);
      roots.push_back({root.real(), root.imag()});
    }
    for (int i = 0; i < n * lines; ++i) in.push_back({value(random), value(random)});
    {
      const Table<Complex, simt::Device> root(device, 0, roots), from(device, 0, in);
      const backend::Buffer<Complex, simt::Device> to(device, 0, n * lines);
      device.launch(TransformOnce{root.span(), from.span(), n, lines, to.span()},
          {1, 64, 2 * shared_room<Complex>(n * lines)}, 0);
      const auto out = downloaded(device, to.span(), 0);
      for (int line = 0; line < lines; ++line)
        for (int k = 0; k < n; ++k) {
          std::complex<double> sum = 0;
          for (int i = 0; i < n; ++i)
            sum += std::complex(in[std::size_t(line * n + i)].re, in[std::size_t(line * n + i)].im) *
                   std::polar(1.0, -2 * std::numbers::pi * double(k) * i / n);
          EXPECT_NEAR(out[std::size_t(line * n + k)].re, sum.real(), 1e-13 * n);
          EXPECT_NEAR(out[std::size_t(line * n + k)].im, sum.imag(), 1e-13 * n);
        }
    }
    device.finish();
  }
}

}  // namespace
}  // namespace radloom::test::line_transform
