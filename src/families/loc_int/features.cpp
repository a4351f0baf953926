#include "families/loc_int/features.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>
#include <type_traits>

#include "catalogue/indices.hpp"
#include "core/parallel.hpp"
#include "core/simd.hpp"
#include "families/loc_int/formulas.hpp"

namespace radloom::loc_int {
namespace {

/// Voxels along an axis from the middle of the sphere to its border.
std::int64_t margin_of(double spacing_mm) { return std::int64_t(std::floor(peak_radius_mm() / spacing_mm)); }

struct Peaks {
  double highest = -std::numeric_limits<double>::infinity();  ///< intensity of a voxel
  double local = -std::numeric_limits<double>::infinity();    ///< largest mean around a voxel of that intensity
  double global = -std::numeric_limits<double>::infinity();   ///< largest mean
  void add(double intensity, double mean) {
    if (intensity > highest) local = -std::numeric_limits<double>::infinity();
    highest = std::max(highest, intensity);
    if (intensity == highest) local = std::max(local, mean);
    global = std::max(global, mean);
  }
};

/// A row of a sphere: sums from the start of an image's row, at the row's first voxel, and how many voxels on it ends.
template <class Sum>
struct SphereRow {
  const Sum* start;
  std::int64_t voxels;
};

constexpr std::int64_t together = 32;  ///< spheres side by side, whose sums stay in registers

template <class Sum, class Wide>
[[gnu::always_inline]] inline void add_rows_of(std::size_t rows, const SphereRow<Sum>* row, std::int64_t at, Sum* sum) {
  constexpr int width = sizeof(Wide) / sizeof(Sum), vectors = together / width;
  Wide all[vectors] = {};
  for (std::size_t r = 0; r < rows; ++r) {
    const Sum *const start = row[r].start + at, *const end = start + row[r].voxels;
    for (int v = 0; v < vectors; ++v) {
      Wide from, to;
      std::memcpy(&from, start + v * width, sizeof from);
      std::memcpy(&to, end + v * width, sizeof to);
      all[v] += to - from;
    }
  }
  std::memcpy(sum, all, sizeof all);
}
// The sums of `together` spheres, the first of which has the given rows moved by `at`.
RL_SIMD_CLONES void add_rows(std::size_t rows, const SphereRow<double>* row, std::int64_t at, double* sum) {
  typedef double Wide __attribute__((vector_size(32)));
  add_rows_of<double, Wide>(rows, row, at, sum);
}
RL_SIMD_CLONES void add_rows(
    std::size_t rows, const SphereRow<std::uint32_t>* row, std::int64_t at, std::uint32_t* sum) {
  typedef std::uint32_t Wide __attribute__((vector_size(32)));
  add_rows_of<std::uint32_t, Wide>(rows, row, at, sum);
}

/// `Sum`: double, or std::uint32_t, modulo which the sum of a sphere of small integers is right.
template <class Sum, class T>
Peaks find(std::span<const T> image, const Geometry& whole, const Volume& mask, const std::array<std::int64_t, 3>& at,
    const std::vector<Row>& rows) {
  const auto& n = whole.size;
  const auto& m = mask.geometry().size;
  const auto inside = mask.as<std::uint8_t>();
  // Sums from the start of each row, as far as the spheres reach. Rows of integers are exact.
  const Box part = reach(whole, at, m);
  const auto& low = part.first;
  std::array<std::int64_t, 3> high;
  for (int d = 0; d < 3; ++d) high[d] = low[d] + part.size[d];
  const std::int64_t margin = margin_of(whole.spacing_mm[0]);
  const std::int64_t nx = high[0] - low[0], ny = high[1] - low[1], nz = high[2] - low[2];
  // Rows are padded by what a sphere sticks out, where they go on as they end, so that no sphere needs a test along x; and the last one so
  // that spheres beyond the region's may be summed up with it.
  const std::int64_t pad = margin + 1, stride = nx + 1 + 2 * pad;
  std::vector<Sum> upto(stride * ny * nz + together);
  const auto row_of = [&](std::int64_t y, std::int64_t z) {
    return upto.data() + ((z - low[2]) * ny + (y - low[1])) * stride + pad - low[0];
  };
  tbb::parallel_for(low[2], high[2], [&](std::int64_t z) {
    for (std::int64_t y = low[1]; y < high[1]; ++y) {
      Sum* const sum = row_of(y, z);
      for (std::int64_t x = low[0]; x < high[0]; ++x) sum[x + 1] = sum[x] + Sum(image[(z * n[1] + y) * n[0] + x]);
      for (std::int64_t x = high[0]; x < high[0] + pad; ++x) sum[x + 1] = sum[x];
    }
  });
  // How many voxels of a row of the sphere lie in the image, by half its length and the place of its middle.
  std::vector<double> inside_row((margin + 1) * m[0]);
  for (std::int64_t half = 0; half <= margin; ++half)
    for (std::int64_t i = 0; i < m[0]; ++i) {
      const Within w = within(at[0] + i - low[0], half, nx);
      inside_row[half * m[0] + i] = double(w.last - w.first);
    }
  double whole_sphere = 0;
  for (const auto& r : rows) whole_sphere += double(2 * r.half + 1);
  // Whether spheres around the first to the last of some voxels of the region lie in the image, along an axis.
  const std::array<std::int64_t, 3> margins{margin, margin_of(whole.spacing_mm[1]), margin_of(whole.spacing_mm[2])};
  const auto lie_in = [&](int d, std::int64_t from, std::int64_t to) {
    return at[d] + from >= margins[d] && at[d] + to + margins[d] < n[d];
  };
  std::vector<Peaks> found(m[2]);
  tbb::parallel_for(std::int64_t(0), m[2], [&](std::int64_t k) {
    std::vector<double> voxels(m[0]);
    std::vector<SphereRow<Sum>> sphere_rows;
    for (std::int64_t j = 0; j < m[1]; ++j) {
      const std::uint8_t* const in = inside.data() + (k * m[1] + j) * m[0];
      const auto first = std::find_if(in, in + m[0], [](auto i) { return i != 0; }) - in;
      if (first == m[0]) continue;
      std::int64_t last = m[0];
      while (in[last - 1] == 0) --last;
      const std::int64_t y = at[1] + j, z = at[2] + k;
      // Spheres that lie in the image with all their rows need no counting.
      const bool all = lie_in(0, first, last - 1) && lie_in(1, j, j) && lie_in(2, k, k);
      std::fill(voxels.begin() + first, voxels.begin() + last, all ? whole_sphere : 0.0);
      sphere_rows.clear();
      for (const auto& r : rows) {
        const std::int64_t yy = y + r.dy, zz = z + r.dz;
        if (yy < low[1] || yy >= high[1] || zz < low[2] || zz >= high[2]) continue;
        sphere_rows.push_back({row_of(yy, zz) + at[0] - r.half, 2 * r.half + 1});
        if (all) continue;
        const double* const count = inside_row.data() + r.half * m[0];
        for (std::int64_t i = first; i < last; ++i) voxels[i] += count[i];
      }
      for (std::int64_t i = first; i < last; i += together) {
        Sum sum[together];
        add_rows(sphere_rows.size(), sphere_rows.data(), i, sum);
        for (std::int64_t t = 0; t < std::min(together, last - i); ++t) {
          if (!in[i + t]) continue;
          const double total = std::is_same_v<Sum, double> ? sum[t] : double(std::int32_t(sum[t]));
          found[k].add(double(image[(z * n[1] + y) * n[0] + at[0] + i + t]), total / voxels[i + t]);
        }
      }
    }
  });
  Peaks out;
  for (const auto& p : found) {
    if (p.highest > out.highest) out.local = p.local;
    else if (p.highest == out.highest) out.local = std::max(out.local, p.local);
    out.highest = std::max(out.highest, p.highest);
    out.global = std::max(out.global, p.global);
  }
  return out;
}

}  // namespace

std::vector<Row> sphere(const std::array<double, 3>& spacing) {
  std::vector<Row> rows;
  const double radius = peak_radius_mm();
  for (std::int64_t dz = -margin_of(spacing[2]); dz <= margin_of(spacing[2]); ++dz)
    for (std::int64_t dy = -margin_of(spacing[1]); dy <= margin_of(spacing[1]); ++dy) {
      const double y = double(dy) * spacing[1], z = double(dz) * spacing[2], rest = radius * radius - y * y - z * z;
      if (rest >= 0)
        rows.push_back({std::int32_t(dy), std::int32_t(dz), std::int32_t(std::floor(std::sqrt(rest) / spacing[0]))});
    }
  return rows;
}

Box reach(const Geometry& image, const std::array<std::int64_t, 3>& place, const std::array<std::int64_t, 3>& size) {
  Box out;
  for (int d = 0; d < 3; ++d) {
    const std::int64_t margin = margin_of(image.spacing_mm[d]);
    out.first[d] = std::max<std::int64_t>(0, place[d] - margin);
    out.size[d] = std::min(image.size[d], place[d] + size[d] + margin) - out.first[d];
  }
  return out;
}

double peak_radius_mm() { return 10 * std::cbrt(3 / (4 * std::numbers::pi)); }

std::vector<double> compute(const Volume& image, const Volume& mask, const std::array<std::int64_t, 3>& place) {
  const auto& g = image.geometry();
  const auto rows = sphere(g.spacing_mm);
  const auto peaks = image.visit([&](auto voxels) {
    using T = std::remove_const_t<typename decltype(voxels)::element_type>;
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      std::int64_t all = 0;
      for (const auto& r : rows) all += 2 * r.half + 1;
      if (all < (std::int64_t(1) << 31 >> 8 * sizeof(T))) return find<std::uint32_t>(voxels, g, mask, place, rows);
    }
    return find<double>(voxels, g, mask, place, rows);
  });
  std::vector<double> out(feature::loc_int::count, NAN);
  out[feature::loc_int::local_intensity_peak] = peaks.local;
  out[feature::loc_int::global_intensity_peak] = peaks.global;
  return out;
}

}  // namespace radloom::loc_int
