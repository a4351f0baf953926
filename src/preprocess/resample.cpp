#include "preprocess/resample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <vector>

#include "core/parallel.hpp"

namespace radloom {
namespace {

/// Where an output voxel falls along one axis and what it takes from there.
struct Tap {
  bool inside = false;
  std::int64_t first = 0;  ///< input index of the first weight; may lie outside, `Axis::source` says what stands for it
  double fraction = 0;     ///< linear: distance from `first`
  std::vector<double> weight;
};

struct Axis {
  std::int64_t size = 0;  ///< of the input
  std::vector<Tap> taps;  ///< one for each output index
};

double sinc(double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

/// Windows of radius m (Meijering et al. 1999, as ITK has them).
double window(Interpolator i, double x) {
  constexpr double m = 5, pi = std::numbers::pi;
  switch (i) {
    case Interpolator::hamming_sinc: return 0.54 + 0.46 * std::cos(x * (pi / m));
    case Interpolator::cosine_sinc: return std::cos(x * (pi / (2 * m)));
    case Interpolator::welch_sinc: return 1 - x * (1 / (m * m)) * x;
    case Interpolator::lanczos_sinc: return sinc(x / m);
    default: return 0.42 + 0.5 * std::cos(x * (pi / m)) + 0.08 * std::cos(x * (2 * pi / m));
  }
}

Tap make_tap(Interpolator interpolator, double c, std::int64_t size) {
  Tap t;
  t.inside = c >= -0.5 && c < double(size) - 0.5;
  if (!t.inside) return t;
  switch (interpolator) {
    case Interpolator::nearest: t.first = std::int64_t(std::floor(c + 0.5)); break;
    case Interpolator::linear:
      t.first = std::max<std::int64_t>(0, std::int64_t(std::floor(c)));
      t.fraction = c - double(t.first);
      break;
    case Interpolator::bspline: {
      t.first = std::int64_t(std::floor(float(c))) - 1;  // in single precision, as ITK
      const double w = c - double(t.first + 1);
      t.weight.resize(4);
      t.weight[3] = (1.0 / 6.0) * w * w * w;
      t.weight[0] = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - t.weight[3];
      t.weight[2] = w + t.weight[0] - 2.0 * t.weight[3];
      t.weight[1] = 1.0 - t.weight[0] - t.weight[2] - t.weight[3];
      break;
    }
    case Interpolator::gaussian:
    case Interpolator::label_gaussian: {
      const bool label = interpolator == Interpolator::label_gaussian;
      const double sigma = label ? 1 : 0.8, cut = label ? 1 : 4 * sigma;  // voxels
      t.first = std::max<std::int64_t>(0, std::int64_t(std::floor(c + 0.5 - cut)));
      const auto end = std::min<std::int64_t>(size, std::int64_t(std::ceil(c + 0.5 + cut)));
      const auto edge = [&](std::int64_t i) { return std::erf((double(i) - 0.5 - c) / (std::numbers::sqrt2 * sigma)); };
      for (auto i = t.first; i < end; ++i) t.weight.push_back(edge(i + 1) - edge(i));
      break;
    }
    default: {
      constexpr int radius = 5;
      const auto base = std::int64_t(std::floor(c));
      const double distance = c - double(base);
      t.first = base - radius + 1;
      for (int k = 0; k < 2 * radius; ++k) {
        const double x = distance + radius - 1 - k;
        t.weight.push_back(distance == 0 ? double(k == radius - 1) : window(interpolator, x) * sinc(x));
      }
    }
  }
  return t;
}

/// Which input voxel stands for index i: the B-spline mirrors, the windowed sinc repeats the edge.
std::int64_t source(std::int64_t i, std::int64_t size, Interpolator interpolator) {
  if (interpolator == Interpolator::bspline) {
    if (size == 1) return 0;
    if (i < 0) i = -i;
    if (i >= size - 1) i = 2 * (size - 1) - i;
    return std::clamp<std::int64_t>(i, 0, size - 1);
  }
  return std::clamp<std::int64_t>(i, 0, size - 1);
}

/// The patient axis that an image axis runs along, -1 where it is oblique to all.
int patient_axis(const Geometry& g, int axis) {
  int found = -1;
  for (int r = 0; r < 3; ++r) {
    if (g.direction[r * 3 + axis] == 0) continue;
    for (int d = 0; d < 3; ++d)
      if (d != axis && g.direction[r * 3 + d] != 0) return -1;
    if (found >= 0) return -1;
    found = r;
  }
  return found;
}

/// Continuous indices along one axis, rounded as ITK rounds them where the axes are the patient's. The first axis is walked as
/// ITK walks a scan line: by parts of the way from its start to its end.
std::vector<double> coordinates(const Geometry& image, const Geometry& grid, int axis) {
  const int r = patient_axis(image, axis) == patient_axis(grid, axis) ? patient_axis(image, axis) : -1;
  const auto index = [&](std::int64_t k) {
    if (r >= 0) {
      const double point = grid.origin_mm[r] + grid.direction[r * 3 + axis] * grid.spacing_mm[axis] * double(k);
      return 1 / (image.direction[r * 3 + axis] * image.spacing_mm[axis]) * (point - image.origin_mm[r]);
    }
    std::array<double, 3> at{};
    at[axis] = double(k);
    return image.to_index(grid.to_physical(at))[axis];
  };
  const auto n = grid.size[axis];
  std::vector<double> c(n);
  const double start = index(0), end = index(n);
  for (std::int64_t k = 0; k < n; ++k) c[k] = axis == 0 ? start + double(k) / double(n) * (end - start) : index(k);
  return c;
}

/// A block of doubles.
struct Block {
  Box box;  ///< of the input
  std::vector<double> value;
  double* at(std::int64_t y, std::int64_t z) { return value.data() + (z * box.size[1] + y) * box.size[0]; }
  const double* at(std::int64_t y, std::int64_t z) const { return value.data() + (z * box.size[1] + y) * box.size[0]; }
};

Block read_block(const Volume& image, const Box& box) {
  Block b{box, std::vector<double>(box.voxels())};
  const auto& n = image.geometry().size;
  image.visit([&](auto v) {
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y) {
        const auto* in = v.data() + ((z + box.first[2]) * n[1] + y + box.first[1]) * n[0] + box.first[0];
        std::copy(in, in + box.size[0], b.at(y, z));
      }
  });
  return b;
}

/// Turns `n` samples, `lanes` neighbouring lines at a time, into cubic B-spline coefficients (Unser 1999, box 2). Mirror at both ends.
/// Lines stand side by side: sample k of lane j is at line[k * stride + j].
void spline_coefficients(double* line, std::int64_t n, std::int64_t stride, std::int64_t lanes) {
  if (n == 1) return;
  const double z = std::sqrt(3.0) - 2, gain = (1 - z) * (1 - 1 / z);
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t j = 0; j < lanes; ++j) line[k * stride + j] *= gain;
  const auto horizon = std::int64_t(std::ceil(std::log(1e-10) / std::log(std::fabs(z))));
  for (std::int64_t j = 0; j < lanes; ++j) {
    double* const s = line + j;
    double zn = z;
    if (horizon < n) {
      double sum = s[0];
      for (std::int64_t k = 1; k < horizon; ++k) {
        sum += zn * s[k * stride];
        zn *= z;
      }
      s[0] = sum;
    } else {
      const double iz = 1 / z;
      double z2n = std::pow(z, double(n - 1));
      double sum = s[0] + z2n * s[(n - 1) * stride];
      z2n *= z2n * iz;
      for (std::int64_t k = 1; k <= n - 2; ++k) {
        sum += (zn + z2n) * s[k * stride];
        zn *= z;
        z2n *= iz;
      }
      s[0] = sum / (1 - zn * zn);
    }
  }
  for (std::int64_t k = 1; k < n; ++k)
    for (std::int64_t j = 0; j < lanes; ++j) line[k * stride + j] += z * line[(k - 1) * stride + j];
  for (std::int64_t j = 0; j < lanes; ++j) {
    double* const last = line + (n - 1) * stride + j;
    *last = (z / (z * z - 1)) * (z * last[-stride] + *last);
  }
  for (std::int64_t k = n - 2; k >= 0; --k)
    for (std::int64_t j = 0; j < lanes; ++j)
      line[k * stride + j] = z * (line[(k + 1) * stride + j] - line[k * stride + j]);
}

void make_coefficients(Block& b) {
  const std::int64_t nx = b.box.size[0], ny = b.box.size[1],
                     nz = b.box.size[2];  // clang 14 captures no structured binding
  for_pieces(nz, pieces_for(nz, b.box.voxels()), [&](auto, std::int64_t first, std::int64_t last) {
    for (std::int64_t z = first; z < last; ++z) {
      for (std::int64_t y = 0; y < ny; ++y) spline_coefficients(b.at(y, z), nx, 1, 1);
      spline_coefficients(b.at(0, z), ny, nx, nx);
    }
  });
  for_pieces(ny, pieces_for(ny, b.box.voxels()), [&](auto, std::int64_t first, std::int64_t last) {
    for (std::int64_t y = first; y < last; ++y) spline_coefficients(b.at(y, 0), nz, nx * ny, nx);
  });
}

/// Casts as ITK's resampling does.
template <class T>
T cast(double v) {
  if constexpr (std::is_floating_point_v<T>) return T(v);
  else {
    if (v < double(std::numeric_limits<T>::lowest())) return std::numeric_limits<T>::lowest();
    if (v > double(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    return T(v);
  }
}

/// Everything an output voxel needs.
struct Plan {
  Interpolator interpolator;
  Axis axis[3];
  Block block;

  std::int64_t in(int d, std::int64_t i) const { return source(i, axis[d].size, interpolator) - block.box.first[d]; }

  double nearest(const Tap& x, const Tap& y, const Tap& z) const {
    return block.at(in(1, y.first), in(2, z.first))[in(0, x.first)];
  }

  double linear(const Tap& x, const Tap& y, const Tap& z) const {
    const std::int64_t x0 = in(0, x.first), x1 = in(0, x.first + 1);
    const auto along_x = [&](const double* row) { return row[x0] + (row[x1] - row[x0]) * x.fraction; };
    const auto along_y = [&](std::int64_t k) {
      const double a = along_x(block.at(in(1, y.first), k)), b = along_x(block.at(in(1, y.first + 1), k));
      return a + (b - a) * y.fraction;
    };
    const double a = along_y(in(2, z.first)), b = along_y(in(2, z.first + 1));
    return a + (b - a) * z.fraction;
  }

  /// Sum of weights times voxels, x fastest; weights multiplied x, y, z.
  double sum(const Tap& x, const Tap& y, const Tap& z) const {
    std::int64_t at[16];
    const std::size_t nx = x.weight.size();
    for (std::size_t i = 0; i < nx; ++i) at[i] = in(0, x.first + std::int64_t(i));
    double total = 0, weights = 0;
    const bool normalised = interpolator == Interpolator::gaussian;
    for (std::size_t k = 0; k < z.weight.size(); ++k)
      for (std::size_t j = 0; j < y.weight.size(); ++j) {
        const double* const row = block.at(in(1, y.first + std::int64_t(j)), in(2, z.first + std::int64_t(k)));
        for (std::size_t i = 0; i < nx; ++i) {
          const double w = x.weight[i] * y.weight[j] * z.weight[k];
          total += w * row[at[i]];
          if (normalised) weights += w;
        }
      }
    return normalised ? total / weights : total;
  }

  /// The value with the most weight around; the first to reach it wins.
  double most_weight(const Tap& x, const Tap& y, const Tap& z) const {
    std::map<double, double> weights;
    double best = 0, value = 0;
    for (std::size_t k = 0; k < z.weight.size(); ++k)
      for (std::size_t j = 0; j < y.weight.size(); ++j) {
        const double* const row = block.at(in(1, y.first + std::int64_t(j)), in(2, z.first + std::int64_t(k)));
        for (std::size_t i = 0; i < x.weight.size(); ++i) {
          const double v = row[in(0, x.first + std::int64_t(i))];
          const double w = weights[v] += x.weight[i] * y.weight[j] * z.weight[k];
          if (w > best) {
            best = w;
            value = v;
          }
        }
      }
    return value;
  }

  double operator()(const Tap& x, const Tap& y, const Tap& z) const {
    switch (interpolator) {
      case Interpolator::nearest: return nearest(x, y, z);
      case Interpolator::linear: return linear(x, y, z);
      case Interpolator::label_gaussian: return most_weight(x, y, z);
      default: return sum(x, y, z);
    }
  }
};

}  // namespace

std::vector<std::int64_t> nearest_indices(const Geometry& from, const Geometry& grid, int axis) {
  std::vector<std::int64_t> out;
  for (const double c : coordinates(from, grid, axis)) {
    const Tap t = make_tap(Interpolator::nearest, c, from.size[axis]);
    out.push_back(t.inside ? t.first : -1);
  }
  return out;
}

Volume resample(const Volume& image, const Geometry& grid, Interpolator interpolator) {
  const Geometry& from = image.geometry();
  for (int i = 0; i < 9; ++i)
    if (std::fabs(from.direction[i] - grid.direction[i]) > 1e-5)
      throw Error(ErrorCode::usage, "resampling needs a grid whose axes are parallel to the image's");

  Plan plan{interpolator, {}, {}};
  Box needed;
  bool any = true;
  for (int d = 0; d < 3; ++d) {
    auto& axis = plan.axis[d];
    axis.size = from.size[d];
    for (const double c : coordinates(from, grid, d)) axis.taps.push_back(make_tap(interpolator, c, axis.size));
    std::int64_t low = axis.size, high = -1;
    for (const auto& t : axis.taps) {
      if (!t.inside) continue;
      const auto width = std::max<std::int64_t>(std::int64_t(t.weight.size()), 2);
      for (std::int64_t i = 0; i < width; ++i) {
        const auto s = source(t.first + i, axis.size, interpolator);
        low = std::min(low, s);
        high = std::max(high, s);
      }
    }
    any &= low <= high;
    if (interpolator == Interpolator::bspline) {
      low = std::max<std::int64_t>(0, low - 64);
      high = std::min(axis.size - 1, high + 64);
    }
    needed.first[d] = low;
    needed.size[d] = high - low + 1;
  }
  if (any) plan.block = read_block(image, needed);
  if (any && interpolator == Interpolator::bspline) make_coefficients(plan.block);

  return image.visit([&]<class T>(std::span<const T>) {
    std::vector<T> out(grid.voxels());
    if (any)
      for_pieces(grid.size[2], pieces_for(grid.size[2], grid.voxels(), 1 << 14),
          [&](auto, std::int64_t first, std::int64_t last) {
            for (std::int64_t z = first; z < last; ++z)
              for (std::int64_t y = 0; y < grid.size[1]; ++y) {
                const Tap &tz = plan.axis[2].taps[z], &ty = plan.axis[1].taps[y];
                if (!tz.inside || !ty.inside) continue;
                T* const row = out.data() + (z * grid.size[1] + y) * grid.size[0];
                for (std::int64_t x = 0; x < grid.size[0]; ++x)
                  if (const Tap& tx = plan.axis[0].taps[x]; tx.inside) row[x] = cast<T>(plan(tx, ty, tz));
              }
          });
    return Volume::from<T>(grid, std::move(out));
  });
}

}  // namespace radloom
