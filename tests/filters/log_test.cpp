// The recursive Laplacian of a Gaussian, bit for bit against the recursion as it is written down, one line at a time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "filters/log/laplacian.hpp"
#include "filters/log/recursive_gaussian.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test {
namespace {

using Index = std::array<std::int64_t, 3>;

/// y[i] = c[i] + a[i] of recursive_gaussian.hpp, rounded to float.
void filter_line(const log::RecursiveFilter& f, std::vector<float>& line) {
  const auto n = std::int64_t(line.size());
  const auto x = [&](std::int64_t i) { return double(line[std::size_t(std::clamp<std::int64_t>(i, 0, n - 1))]); };
  std::vector<double> c(line.size()), a(line.size());
  const auto back = [&](const std::vector<double>& y, std::int64_t i, int way, double end, const double(&ends)[4]) {
    const auto term = [&](int k) {
      const std::int64_t at = i - way * (k + 1);
      return at >= 0 && at < n ? y[std::size_t(at)] * f.d[k] : end * ends[k];
    };
    return term(0) + term(1) + term(2) + term(3);
  };
  for (std::int64_t i = 0; i < n; ++i)
    c[std::size_t(i)] =
        (x(i) * f.n[0] + x(i - 1) * f.n[1] + x(i - 2) * f.n[2] + x(i - 3) * f.n[3]) - back(c, i, 1, x(0), f.before);
  for (std::int64_t i = n - 1; i >= 0; --i)
    a[std::size_t(i)] = (x(i + 1) * f.m[0] + x(i + 2) * f.m[1] + x(i + 3) * f.m[2] + x(i + 4) * f.m[3]) -
                        back(a, i, -1, x(n - 1), f.after);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = float(c[i] + a[i]);
}

void filter_along(std::vector<float>& values, const Index& size, int axis, const log::RecursiveFilter& f) {
  const Index stride{1, size[0], size[0] * size[1]};
  const int a = axis == 0 ? 1 : 0, b = 3 - axis - a;
  std::vector<float> line(std::size_t(size[axis]), 0.0F);
  for (std::int64_t j = 0; j < size[b]; ++j)
    for (std::int64_t i = 0; i < size[a]; ++i) {
      float* const first = values.data() + i * stride[a] + j * stride[b];
      for (std::int64_t k = 0; k < size[axis]; ++k) line[std::size_t(k)] = first[k * stride[axis]];
      filter_line(f, line);
      for (std::int64_t k = 0; k < size[axis]; ++k) first[k * stride[axis]] = line[std::size_t(k)];
    }
}

template <class T>
void expect_definition(const Index& size) {
  Geometry grid;
  grid.size = size;
  grid.spacing_mm = {0.8, 1, 2.5};
  std::uint32_t seed = 5;
  std::vector<T> values(std::size_t(grid.voxels()));
  for (T& v : values) {
    seed = seed * 1664525 + 1013904223;
    v = T((seed >> 16) % 120);
  }
  const std::vector<float> image(values.begin(), values.end());
  const Volume volume = Volume::from(grid, std::move(values));
  const std::vector<double> widths{0.7, 1.5, 3, 2, 4.2};  // more than are filtered together
  const Box all{{}, size}, part{{1, 2, 1}, {size[0] - 2, size[1] - 3, 2}};
  const auto whole = log::laplacian(filters::whole_block(volume), all, widths);
  const auto cut = log::laplacian(filters::whole_block(volume), part, widths);
  ASSERT_EQ(whole.size(), widths.size());
  for (std::size_t w = 0; w < widths.size(); ++w) {
    std::vector<float> sum(image.size());
    for (int d = 0; d < 3; ++d) {
      auto response = image;
      filter_along(response, size, d, log::second_derivative(widths[w], grid.spacing_mm[d]));
      for (int other = 0; other < 3; ++other)
        if (other != d) filter_along(response, size, other, log::gaussian(widths[w], grid.spacing_mm[other]));
      const double scale = 1.0 / (grid.spacing_mm[d] * grid.spacing_mm[d]);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = float(sum[i] + response[i] * scale);
    }
    EXPECT_EQ(std::memcmp(whole[w].data(), sum.data(), sum.size() * sizeof(float)), 0)
        << widths[w] << " mm, " << size[0] << " x " << size[1] << " x " << size[2];
    const Volume expected = crop(whole[w], part);
    EXPECT_EQ(std::memcmp(cut[w].data(), expected.data(), std::size_t(part.voxels()) * sizeof(float)), 0) << widths[w];
  }
}

TEST(RecursiveLaplacian, equalsTheRecursionOfItsDefinition) {
  for (const Index& size : {Index{4, 4, 4}, Index{5, 33, 6}, Index{17, 16, 4}, Index{35, 7, 18}})
    expect_definition<std::int16_t>(size);
  expect_definition<std::int8_t>({18, 17, 5});
  expect_definition<std::uint8_t>({18, 17, 5});
  expect_definition<std::uint16_t>({18, 17, 5});
  expect_definition<std::int32_t>({18, 17, 5});
  expect_definition<std::uint32_t>({18, 17, 5});
  expect_definition<float>({18, 17, 5});
  expect_definition<double>({18, 17, 5});
}

}  // namespace
}  // namespace radloom::test
