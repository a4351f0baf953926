#include "families/loc_int/features.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "catalogue/indices.hpp"
#include "core/parallel.hpp"

namespace radloom::loc_int {
namespace {

/// A row of the sphere: voxels x - half .. x + half of row (y + dy, z + dz).
struct Row {
  std::int64_t dy, dz, half;
};

std::vector<Row> sphere(const std::array<double, 3>& spacing, double radius) {
  std::vector<Row> rows;
  const auto reach = [&](int d) { return std::int64_t(std::floor(radius / spacing[d])); };
  for (std::int64_t dz = -reach(2); dz <= reach(2); ++dz)
    for (std::int64_t dy = -reach(1); dy <= reach(1); ++dy) {
      const double y = double(dy) * spacing[1], z = double(dz) * spacing[2], rest = radius * radius - y * y - z * z;
      if (rest >= 0) rows.push_back({dy, dz, std::int64_t(std::floor(std::sqrt(rest) / spacing[0]))});
    }
  return rows;
}

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

template <class T>
Peaks find(std::span<const T> image, const Geometry& whole, const Volume& mask, const std::array<std::int64_t, 3>& at) {
  const auto& n = whole.size;
  const auto& m = mask.geometry().size;
  const auto inside = mask.as<std::uint8_t>();
  const auto rows = sphere(whole.spacing_mm, peak_radius_mm());
  // Sums from the start of each row, as far as the spheres reach. Rows of integers are exact.
  std::int64_t low[3], high[3], margin[3];
  for (int d = 0; d < 3; ++d) {
    margin[d] = std::int64_t(std::floor(peak_radius_mm() / whole.spacing_mm[d]));
    low[d] = std::max<std::int64_t>(0, at[d] - margin[d]);
    high[d] = std::min(n[d], at[d] + m[d] + margin[d]);
  }
  const std::int64_t nx = high[0] - low[0], ny = high[1] - low[1], nz = high[2] - low[2];
  // Rows are padded by what a sphere sticks out, where they go on as they end, so that no sphere needs a test along x.
  const std::int64_t pad = margin[0] + 1, stride = nx + 1 + 2 * pad;
  std::vector<double> upto(stride * ny * nz);
  const auto row_of = [&](std::int64_t y, std::int64_t z) {
    return upto.data() + ((z - low[2]) * ny + (y - low[1])) * stride + pad - low[0];
  };
  tbb::parallel_for(low[2], high[2], [&](std::int64_t z) {
    for (std::int64_t y = low[1]; y < high[1]; ++y) {
      double* const sum = row_of(y, z);
      for (std::int64_t x = low[0]; x < high[0]; ++x) sum[x + 1] = sum[x] + double(image[(z * n[1] + y) * n[0] + x]);
      for (std::int64_t x = high[0]; x < high[0] + pad; ++x) sum[x + 1] = sum[x];
    }
  });
  // How many voxels of a row of the sphere lie in the image, by half its length and the place of its middle.
  std::vector<double> within((margin[0] + 1) * m[0]);
  for (std::int64_t half = 0; half <= margin[0]; ++half)
    for (std::int64_t i = 0; i < m[0]; ++i)
      within[half * m[0] + i] = double(std::min(high[0], at[0] + i + half + 1) - std::max(low[0], at[0] + i - half));
  std::vector<Peaks> found(m[2]);
  tbb::parallel_for(std::int64_t(0), m[2], [&](std::int64_t k) {
    std::vector<double> sum(m[0]), voxels(m[0]);
    for (std::int64_t j = 0; j < m[1]; ++j) {
      const std::uint8_t* const in = inside.data() + (k * m[1] + j) * m[0];
      const auto first = std::find_if(in, in + m[0], [](auto i) { return i != 0; }) - in;
      if (first == m[0]) continue;
      const std::int64_t y = at[1] + j, z = at[2] + k;
      std::fill(sum.begin(), sum.end(), 0.0);
      std::fill(voxels.begin(), voxels.end(), 0.0);
      for (const auto& r : rows) {
        const std::int64_t yy = y + r.dy, zz = z + r.dz;
        if (yy < low[1] || yy >= high[1] || zz < low[2] || zz >= high[2]) continue;
        const double *const start = row_of(yy, zz) + at[0] - r.half, *const end = start + 2 * r.half + 1;
        const double* const count = within.data() + r.half * m[0];
        for (std::int64_t i = first; i < m[0]; ++i) {
          sum[i] += end[i] - start[i];
          voxels[i] += count[i];
        }
      }
      for (std::int64_t i = first; i < m[0]; ++i)
        if (in[i]) found[k].add(double(image[(z * n[1] + y) * n[0] + at[0] + i]), sum[i] / voxels[i]);
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

double peak_radius_mm() { return 10 * std::cbrt(3 / (4 * std::numbers::pi)); }

std::vector<double> compute(const Volume& image, const Volume& mask, const std::array<std::int64_t, 3>& place) {
  const auto peaks = image.visit([&](auto voxels) { return find(voxels, image.geometry(), mask, place); });
  std::vector<double> out(feature::loc_int::count, NAN);
  out[feature::loc_int::local_intensity_peak] = peaks.local;
  out[feature::loc_int::global_intensity_peak] = peaks.global;
  return out;
}

}  // namespace radloom::loc_int
