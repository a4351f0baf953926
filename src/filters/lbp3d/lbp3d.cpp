#include "filters/lbp3d/lbp3d.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <map>
#include <type_traits>

#include "filters/common/field.hpp"

namespace radloom::lbp3d {
namespace {

using Complex = std::complex<double>;
using Index = std::array<std::int64_t, 3>;

void onto_sphere(std::vector<std::array<double, 3>>& vertices, double radius) {
  for (auto& v : vertices) {
    const double length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (double& c : v) c += c / length * (radius - length);
  }
}

/// Coefficients of the cubic B-spline through n samples, `stride` apart, mirrored at the first and the last one.
void to_coefficients(double* c, std::int64_t n, std::int64_t stride) {
  if (n < 2) return;
  // sqrt(3) - 2, all of its digits: of samples that fall on voxels, signs hang on the last bit.
  constexpr double pole = -0.267949192431122706472553658494127633;
  const double gain = (1.0 - pole) * (1.0 - 1.0 / pole);
  const auto at = [&](std::int64_t i) -> double& { return c[i * stride]; };
  for (std::int64_t i = 0; i < n; ++i) at(i) *= gain;
  const double last = std::pow(pole, double(n - 1));
  double power = pole;
  at(0) = at(0) + last * at(n - 1);
  for (std::int64_t i = 1; i < n - 1; ++i) {
    at(0) += power * (at(i) + last * at(n - 1 - i));
    power *= pole;
  }
  at(0) /= 1.0 - last * last;
  for (std::int64_t i = 1; i < n; ++i) at(i) += pole * at(i - 1);
  at(n - 1) = (pole * at(n - 2) + at(n - 1)) * pole / (pole * pole - 1.0);
  for (std::int64_t i = n - 2; i >= 0; --i) at(i) = pole * (at(i + 1) - at(i));
}

/// The image's B-spline coefficients.
template <class S>
std::vector<double> coefficients(std::span<const S> voxels, const Index& size) {
  std::vector<double> c(voxels.begin(), voxels.end());
  const Index stride{1, size[0], size[0] * size[1]};
  for (const int axis : {2, 1, 0}) {
    const int a = axis == 0 ? 1 : 0, b = 3 - axis - a;
    tbb::parallel_for(std::int64_t(0), size[b], [&](std::int64_t j) {
      for (std::int64_t i = 0; i < size[a]; ++i)
        to_coefficients(c.data() + j * stride[b] + i * stride[a], size[axis], stride[axis]);
    });
  }
  return c;
}

/// What a sample at some place along an axis is made of; no weights where it lies beyond the border.
struct Along {
  bool inside = false;
  std::array<std::int64_t, 4> offset{};  ///< in memory, from the first voxel of the axis
  std::array<double, 4> weight{};
};

Along along(double place, std::int64_t n, std::int64_t stride) {
  Along a;
  if (place < 0 || place > double(n - 1)) return a;
  a.inside = true;
  const auto start = std::int64_t(std::floor(place)) - 1;
  const double y = place - std::floor(place), z = 1.0 - y;
  a.weight[1] = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
  a.weight[2] = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
  a.weight[0] = z * z * z / 6.0;
  a.weight[3] = 1.0 - a.weight[0] - a.weight[1] - a.weight[2];
  const std::int64_t period = std::max<std::int64_t>(1, 2 * n - 2);
  for (int k = 0; k < 4; ++k) {
    std::int64_t i = ((start + k) % period + period) % period;
    if (i >= n) i = period - i;
    a.offset[k] = i * stride;
  }
  return a;
}

/// The harmonics of all degrees below `degrees` at the vertices: [degree squared + order from the lowest][vertex].
std::vector<std::vector<Complex>> harmonics(
    const std::vector<std::array<double, 3>>& vertices, double radius, int degrees) {
  std::vector<std::vector<Complex>> all;
  for (int n = 0; n < degrees; ++n)
    for (int m = -n; m <= n; ++m) {
      auto& y = all.emplace_back();
      for (const auto& v : vertices) {
        const double theta = std::acos(v[2] / radius), phi = std::atan2(v[1], v[0]);
        const unsigned order = unsigned(std::abs(m));
        double value = std::assoc_legendre(unsigned(n), order, std::cos(phi));
        // Condon and Shortley's sign belongs to the positive orders; those below 0 have it twice.
        if (m > 0 && order % 2) value = -value;
        value *=
            std::sqrt((2 * n + 1) / (4 * M_PI) * std::tgamma(n - int(order) + 1) / std::tgamma(n + int(order) + 1));
        y.push_back(value * std::exp(Complex(0, m * theta)));
      }
    }
  return all;
}

/// As the samples of an image of integers are kept.
template <class S>
double kept(double v) {
  if constexpr (std::is_floating_point_v<S>) return double(S(v));
  else {
    v = v > 0 ? v + 0.5 : std::is_signed_v<S> ? v - 0.5 : 0.0;
    return std::trunc(std::clamp(v, double(std::numeric_limits<S>::min()), double(std::numeric_limits<S>::max())));
  }
}

/// Sums in numpy's order, which decides the last bits of what is computed in single precision.
template <class T>
T pairwise_sum(const T* v, std::size_t n) {
  if (n < 8) {
    T sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += v[i];
    return sum;
  }
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise_sum(v, half) + pairwise_sum(v + half, n - half);
  }
  T part[8];
  std::copy(v, v + 8, part);
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) part[k] += v[i + k];
  T sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; ++i) sum += v[i];
  return sum;
}

/// In the precision of the image: that of float32 is single, as scipy computes it.
template <class T>
double kurtosis(const std::vector<double>& samples) {
  const std::size_t n = samples.size();
  std::vector<T> v(samples.begin(), samples.end());
  const T mean = pairwise_sum(v.data(), n) / T(n);
  for (T& x : v) x = (x - mean) * (x - mean);
  const T second = pairwise_sum(v.data(), n) / T(n);
  for (T& x : v) x = x * x;
  const T fourth = pairwise_sum(v.data(), n) / T(n);
  constexpr T resolution = sizeof(T) == 4 ? T(1e-6) : T(1e-15);  // numpy's
  if (second <= resolution * mean * (resolution * mean)) return std::numeric_limits<double>::quiet_NaN();
  return double(fourth / (second * second) - T(3));
}

}  // namespace

std::vector<std::array<double, 3>> icosphere(int subdivisions, double radius) {
  // In trimesh's order and with its figures: the sign of a sample may hang on the last bit of where it lies.
  constexpr double a = 0.5257311121191336, b = 0.85065080835204;
  std::vector<std::array<double, 3>> vertices{{-a, b, 0}, {a, b, 0}, {-a, -b, 0}, {a, -b, 0}, {0, -a, b}, {0, a, b},
      {0, -a, -b}, {0, a, -b}, {b, 0, -a}, {b, 0, a}, {-b, 0, -a}, {-b, 0, a}};
  const auto adjacent = [&](std::size_t i, std::size_t j) {  // edges are the pairs that are 2a apart
    double square = 0;
    for (int d = 0; d < 3; ++d) square += (vertices[i][d] - vertices[j][d]) * (vertices[i][d] - vertices[j][d]);
    return square < 5 * a * a;
  };
  std::vector<std::array<std::size_t, 3>> faces;
  for (std::size_t i = 0; i < 12; ++i)
    for (std::size_t j = i + 1; j < 12; ++j)
      for (std::size_t k = j + 1; k < 12; ++k)
        if (adjacent(i, j) && adjacent(j, k) && adjacent(i, k)) faces.push_back({i, j, k});
  if (subdivisions == 0) onto_sphere(vertices, radius);
  for (int s = 0; s < subdivisions; ++s) {
    // A vertex for each edge, by the larger and then the smaller of its ends.
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> middles;
    const auto edge = [](std::size_t i, std::size_t j) { return std::pair(std::max(i, j), std::min(i, j)); };
    for (const auto& [i, j, k] : faces)
      for (const auto& e : {edge(i, j), edge(j, k), edge(i, k)}) middles[e] = 0;
    for (auto& [ends, at] : middles) {
      at = vertices.size();
      const auto &u = vertices[ends.first], &v = vertices[ends.second];
      vertices.push_back({(u[0] + v[0]) / 2, (u[1] + v[1]) / 2, (u[2] + v[2]) / 2});
    }
    std::vector<std::array<std::size_t, 3>> finer;
    for (const auto& [i, j, k] : faces) {
      const auto ij = middles[edge(i, j)], jk = middles[edge(j, k)], ik = middles[edge(i, k)];
      for (const auto& face :
          {std::array{i, ij, ik}, std::array{ij, j, jk}, std::array{ik, jk, k}, std::array{ij, jk, ik}})
        finer.push_back(face);
    }
    faces = std::move(finer);
    onto_sphere(vertices, radius);
  }
  return vertices;
}

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  const Index& size = image.voxels.geometry().size;
  if (image.whole != size) throw Error(ErrorCode::usage, "patterns on a sphere need the whole image");
  const auto vertices = icosphere(s.lbp3d_icosphere_subdivision, s.lbp3d_icosphere_radius);
  const auto y = harmonics(vertices, s.lbp3d_icosphere_radius, s.lbp3d_levels);
  const Index stride{1, size[0], size[0] * size[1]};
  // [vertex][axis][place in the box]; the first coordinate of a vertex goes along z
  std::vector<std::array<std::vector<Along>, 3>> tables(vertices.size());
  for (std::size_t v = 0; v < vertices.size(); ++v)
    for (int d = 0; d < 3; ++d)
      for (std::int64_t i = 0; i < box.size[d]; ++i)
        tables[v][d].push_back(along(double(box.first[d] + i) + vertices[v][2 - d], size[d], stride[d]));

  const Geometry grid = filters::grid_of(image, box);
  std::vector<Volume> out;
  std::vector<double*> to;
  for (std::size_t i = 0; i < request.images.size(); ++i) {
    const auto memory = large_memory<double>(std::size_t(box.voxels()));
    to.push_back(memory.get());
    out.emplace_back(grid, ScalarType::float64, std::shared_ptr<const void>(memory, memory.get()));
  }
  image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    const auto c = coefficients(voxels, size);
    tbb::parallel_for(std::int64_t(0), box.size[1] * box.size[2], [&](std::int64_t row) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      const std::int64_t j = row % box.size[1], k = row / box.size[1];
      std::vector<double> samples(vertices.size());
      std::vector<Complex> parts(y.size());
      for (std::int64_t i = 0; i < box.size[0]; ++i) {
        const double middle =
            double(voxels[(box.first[2] + k) * stride[2] + (box.first[1] + j) * stride[1] + box.first[0] + i]);
        for (std::size_t v = 0; v < vertices.size(); ++v) {
          const Along &ax = tables[v][0][i], &ay = tables[v][1][j], &az = tables[v][2][k];
          double sum = 0;
          if (ax.inside && ay.inside && az.inside)
            for (int a = 0; a < 4; ++a)
              for (int b = 0; b < 4; ++b) {
                const double* const line = c.data() + az.offset[a] + ay.offset[b];
                for (int d = 0; d < 4; ++d) sum += line[ax.offset[d]] * az.weight[a] * ay.weight[b] * ax.weight[d];
              }
          samples[v] = kept<S>(sum);
        }
        for (std::size_t h = 0; h < y.size(); ++h) {
          parts[h] = 0;
          for (std::size_t v = 0; v < vertices.size(); ++v)
            if (samples[v] >= middle) parts[h] += y[h][v];
        }
        for (std::size_t m = 0; m < to.size(); ++m) {
          const int degree = request.images[m].index;
          double& value = to[m][row * box.size[0] + i];
          if (degree < 0) {
            value = kurtosis<std::conditional_t<std::is_same_v<S, float>, float, double>>(samples);
            continue;
          }
          Complex squares = 0;
          for (std::size_t v = 0; v < vertices.size(); ++v) {
            Complex pattern = 0;
            for (int h = degree * degree; h < (degree + 1) * (degree + 1); ++h) pattern += parts[h] * y[h][v];
            squares += pattern * pattern;
          }
          value = std::sqrt(squares).real();
        }
      }
    });
  });
  return out;
}

}  // namespace radloom::lbp3d
