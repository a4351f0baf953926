#include "filters/lbp3d/lbp3d.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <map>
#include <type_traits>

#include "core/simd.hpp"
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

/// Of a vertex, along x: what each voxel of a row samples there, and the voxels [first, last) that sample one place further each than the one before.
struct Row {
  std::vector<Along> along;
  std::array<std::vector<double>, 4> weight;  ///< of each voxel
  std::int64_t first = 0, last = 0;

  void add(const Along& a) {
    const auto i = std::int64_t(along.size());
    const auto follows = [&](const Along& before) {
      for (int d = 0; d < 4; ++d)
        if (a.offset[d] != before.offset[d] + 1) return false;
      return true;
    };
    const bool straight = a.inside && a.offset[3] == a.offset[0] + 3;
    if (straight && last == i && last > first && follows(along.back())) ++last;
    else if (straight && last == first) first = i, last = i + 1;
    along.push_back(a);
    for (int d = 0; d < 4; ++d) weight[d].push_back(a.weight[d]);
  }
};

/// sum[i] += w[0][i] u[i] + ... + w[3][i] u[i + 3], one after the other, where u = line * z * y.
RL_SIMD_CLONES void add_line(const double* line, double z, double y, const std::array<const double*, 4>& weight,
    std::int64_t n, double* scaled, double* sum) {
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n + 3; ++i) scaled[i] = line[i] * z * y;
  const double *const w0 = weight[0], *const w1 = weight[1], *const w2 = weight[2], *const w3 = weight[3];
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) {
    double s = sum[i];
    s += scaled[i] * w0[i];
    s += scaled[i + 1] * w1[i];
    s += scaled[i + 2] * w2[i];
    s += scaled[i + 3] * w3[i];
    sum[i] = s;
  }
}

/// The samples of a row of voxels at a vertex. `scaled` has room for three more.
void sample_row(
    const double* c, const Row& x, const Along& y, const Along& z, std::vector<double>& scaled, double* out) {
  const auto n = std::int64_t(x.along.size());
  std::fill_n(out, n, 0.0);
  if (!y.inside || !z.inside) return;
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      const double* const line = c + z.offset[a] + y.offset[b];
      const auto one = [&](std::int64_t i) {
        for (int d = 0; x.along[i].inside && d < 4; ++d)
          out[i] += line[x.along[i].offset[d]] * z.weight[a] * y.weight[b] * x.along[i].weight[d];
      };
      for (std::int64_t i = 0; i < x.first; ++i) one(i);
      if (x.first < x.last)
        add_line(line + x.along[x.first].offset[0], z.weight[a], y.weight[b],
            {x.weight[0].data() + x.first, x.weight[1].data() + x.first, x.weight[2].data() + x.first,
                x.weight[3].data() + x.first},
            x.last - x.first, scaled.data(), out + x.first);
      for (std::int64_t i = x.last; i < n; ++i) one(i);
    }
}

/// Of many voxels at once, real and imaginary parts by themselves.
struct Parts {
  std::vector<double> re, im;
  explicit Parts(std::int64_t n) : re(std::size_t(n)), im(std::size_t(n)) {}
  void clear() {
    std::fill(re.begin(), re.end(), 0.0);
    std::fill(im.begin(), im.end(), 0.0);
  }
};

/// sum += y, where `above` is 1; where it is 0 nothing.
RL_SIMD_CLONES void add_where(const double* above, Complex y, std::int64_t n, double* re, double* im) {
  const double c = y.real(), d = y.imag();
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) {
    re[i] += above[i] * c;
    im[i] += above[i] * d;
  }
}

/// sum += part * y.
RL_SIMD_CLONES void add_product(
    const double* part_re, const double* part_im, Complex y, std::int64_t n, double* re, double* im) {
  const double c = y.real(), d = y.imag();
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) {
    re[i] += part_re[i] * c - part_im[i] * d;
    im[i] += part_re[i] * d + part_im[i] * c;
  }
}

/// sum += pattern * pattern.
RL_SIMD_CLONES void add_square(
    const double* pattern_re, const double* pattern_im, std::int64_t n, double* re, double* im) {
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) {
    re[i] += pattern_re[i] * pattern_re[i] - pattern_im[i] * pattern_im[i];
    im[i] += pattern_re[i] * pattern_im[i] + pattern_im[i] * pattern_re[i];
  }
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
  // Of each vertex, along x, and along y and z of every place in the box. The first coordinate of a vertex goes along z.
  std::vector<Row> along_x(vertices.size());
  std::vector<std::array<std::vector<Along>, 2>> along_yz(vertices.size());
  for (std::size_t v = 0; v < vertices.size(); ++v)
    for (int d = 0; d < 3; ++d)
      for (std::int64_t i = 0; i < box.size[d]; ++i) {
        const Along a = along(double(box.first[d] + i) + vertices[v][2 - d], size[d], stride[d]);
        if (d == 0) along_x[v].add(a);
        else along_yz[v][std::size_t(d - 1)].push_back(a);
      }

  const Geometry grid = filters::grid_of(image, box);
  std::vector<Volume> out;
  std::vector<double*> to;
  for (std::size_t i = 0; i < request.images.size(); ++i) {
    const auto memory = large_memory<double>(std::size_t(box.voxels()));
    to.push_back(memory.get());
    out.push_back(filters::volume_over(grid, memory));
  }
  image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    const auto c = coefficients(voxels, size);
    tbb::parallel_for(std::int64_t(0), box.size[1] * box.size[2], [&](std::int64_t row) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      const std::int64_t j = row % box.size[1], k = row / box.size[1];
      const std::int64_t n = box.size[0];
      const S* const voxel =
          voxels.data() + (box.first[2] + k) * stride[2] + (box.first[1] + j) * stride[1] + box.first[0];
      std::vector<double> middle(voxel, voxel + n), samples(vertices.size() * std::size_t(n)),
          scaled(std::size_t(n + 3));
      for (std::size_t v = 0; v < vertices.size(); ++v) {
        double* const at = samples.data() + v * std::size_t(n);
        sample_row(c.data(), along_x[v], along_yz[v][0][j], along_yz[v][1][k], scaled, at);
        for (std::int64_t i = 0; i < n; ++i) at[i] = kept<S>(at[i]);
      }
      std::vector<Parts> parts(y.size(), Parts(n));
      std::vector<double> above(static_cast<std::size_t>(n));
      for (std::size_t v = 0; v < vertices.size(); ++v) {
        const double* const sample = samples.data() + v * std::size_t(n);
        for (std::int64_t i = 0; i < n; ++i) above[i] = sample[i] >= middle[i] ? 1 : 0;
        for (std::size_t h = 0; h < y.size(); ++h)
          add_where(above.data(), y[h][v], n, parts[h].re.data(), parts[h].im.data());
      }
      Parts pattern(n), squares(n);
      std::vector<double> around(vertices.size());
      for (std::size_t m = 0; m < to.size(); ++m) {
        const int degree = request.images[m].index;
        double* const values = to[m] + row * n;
        if (degree < 0) {
          for (std::int64_t i = 0; i < n; ++i) {
            for (std::size_t v = 0; v < vertices.size(); ++v) around[v] = samples[v * std::size_t(n) + std::size_t(i)];
            values[i] = kurtosis<std::conditional_t<std::is_same_v<S, float>, float, double>>(around);
          }
          continue;
        }
        squares.clear();
        for (std::size_t v = 0; v < vertices.size(); ++v) {
          pattern.clear();
          for (int h = degree * degree; h < (degree + 1) * (degree + 1); ++h)
            add_product(parts[h].re.data(), parts[h].im.data(), y[h][v], n, pattern.re.data(), pattern.im.data());
          add_square(pattern.re.data(), pattern.im.data(), n, squares.re.data(), squares.im.data());
        }
        for (std::int64_t i = 0; i < n; ++i) values[i] = std::sqrt(Complex(squares.re[i], squares.im[i])).real();
      }
    });
  });
  return out;
}

}  // namespace radloom::lbp3d
