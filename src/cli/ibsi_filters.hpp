#pragma once
// The tests of IBSI chapter 2 (arXiv:2006.05470): its phantoms, which image types with which settings make the 33 agreed response maps
// and the 18 configurations of the CT phantom. `radloom conformance` and the tests of filters/ read the same tables.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom::ibsi_filters {

/// A response map: an image type with its settings, which of its images, and of which phantom.
struct Map {
  const char* test;  ///< as the study numbers it
  const char* phantom;
  const char* image_type;
  const char* settings;
  const char* image = nullptr;  ///< where the image type makes several
};

inline constexpr Map maps[] = {
    {"1.a.1", "checkerboard", "Mean", "mean_support: 15, filter_boundary: zero"},
    {"1.a.2", "checkerboard", "Mean", "mean_support: 15, filter_boundary: nearest"},
    {"1.a.3", "checkerboard", "Mean", "mean_support: 15, filter_boundary: periodic"},
    {"1.a.4", "checkerboard", "Mean", "mean_support: 15, filter_boundary: mirror"},
    {"1.b.1", "impulse", "Mean", "mean_support: 15, filter_boundary: zero, force_2d: true"},
    {"2.a", "impulse", "LoG", "log_sigma_mm: [3], filter_boundary: zero"},
    {"2.b", "checkerboard", "LoG", "log_sigma_mm: [5], filter_boundary: mirror"},
    {"2.c", "checkerboard", "LoG", "log_sigma_mm: [5], filter_boundary: mirror, force_2d: true"},
    {"3.a.1", "impulse", "Laws", "laws_kernels: E5L5S5, laws_energy_delta: null, filter_boundary: zero"},
    {"3.a.2", "impulse", "Laws",
        "laws_kernels: E5L5S5, laws_energy_delta: null, filter_boundary: zero, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.a.3", "impulse", "Laws",
        "laws_kernels: E5L5S5, laws_energy_delta: 7, filter_boundary: zero, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.b.1", "checkerboard", "Laws", "laws_kernels: E3W5R5, laws_energy_delta: null"},
    {"3.b.2", "checkerboard", "Laws",
        "laws_kernels: E3W5R5, laws_energy_delta: null, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.b.3", "checkerboard", "Laws",
        "laws_kernels: E3W5R5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.c.1", "checkerboard", "Laws", "laws_kernels: L5S5, laws_energy_delta: null, force_2d: true"},
    {"3.c.2", "checkerboard", "Laws",
        "laws_kernels: L5S5, laws_energy_delta: null, force_2d: true, filter_rotation_invariant: true, filter_pooling: max"},
    {"3.c.3", "checkerboard", "Laws",
        "laws_kernels: L5S5, laws_energy_delta: 7, force_2d: true, filter_rotation_invariant: true, filter_pooling: max"},
    {"4.a.1", "impulse", "Gabor",
        "gabor_sigma_mm: 10, gabor_lambda_mm: 4, gabor_gamma: 0.5, gabor_theta_deg: 60, filter_boundary: zero"},
    {"4.a.2", "impulse", "Gabor",
        "gabor_sigma_mm: 10, gabor_lambda_mm: 4, gabor_gamma: 0.5, gabor_theta_step_deg: 45, filter_boundary: zero, filter_rotation_invariant: true"},
    {"4.b.1", "sphere", "Gabor", "gabor_sigma_mm: 20, gabor_lambda_mm: 8, gabor_gamma: 2.5, gabor_theta_deg: 225"},
    {"4.b.2", "sphere", "Gabor",
        "gabor_sigma_mm: 20, gabor_lambda_mm: 8, gabor_gamma: 2.5, gabor_theta_step_deg: 22.5, filter_rotation_invariant: true"},
    {"5.a.1", "impulse", "Wavelet", "wavelet: db2, filter_boundary: zero", "wavelet_lhl"},
    {"5.a.2", "impulse", "Wavelet", "wavelet: db2, filter_boundary: zero, filter_rotation_invariant: true",
        "wavelet_lhl"},
    {"6.a.1", "sphere", "Wavelet", "wavelet: coif1, filter_boundary: periodic", "wavelet_hhl"},
    {"6.a.2", "sphere", "Wavelet", "wavelet: coif1, filter_boundary: periodic, filter_rotation_invariant: true",
        "wavelet_hhl"},
    {"7.a.1", "checkerboard", "Wavelet", "wavelet: haar, wavelet_start_level: 1, filter_rotation_invariant: true",
        "wavelet_lll"},
    {"7.a.2", "checkerboard", "Wavelet", "wavelet: haar, wavelet_start_level: 1, filter_rotation_invariant: true",
        "wavelet_hhh"},
    {"8.a.1", "checkerboard", "Simoncelli", "wavelet_levels: 3", "simoncelli_1"},
    {"8.a.2", "checkerboard", "Simoncelli", "wavelet_levels: 3", "simoncelli_2"},
    {"8.a.3", "checkerboard", "Simoncelli", "wavelet_levels: 3", "simoncelli_3"},
    {"9.a", "impulse", "Riesz", "riesz_filter: LoG, log_sigma_mm: [3], riesz_order: [1, 0, 0], filter_boundary: zero"},
    {"9.b.1", "sphere", "Riesz", "riesz_filter: LoG, log_sigma_mm: [3], riesz_order: [0, 2, 0], filter_boundary: zero"},
    {"10.b.1", "pattern_1", "Riesz", "riesz_order: [0, 2, 0]"},
};

/// A configuration of the CT phantom, whose 18 intensity statistics have reference values.
struct Features {
  const char* name;
  const char* image_type;
  const char* settings;
  const char* image;  ///< whose features are compared
  bool by_slice() const { return name[2] == 'A'; }
};

inline constexpr Features features[] = {
    {"1.A", "Original", "", "original"},
    {"2.A", "Mean", "mean_support: 5", "mean"},
    {"3.A", "LoG", "log_sigma_mm: [1.5]", "log_sigma_1_5_mm_3d"},
    {"4.A", "Laws", "laws_kernels: L5E5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max",
        "laws_l5e5_energy"},
    {"5.A", "Gabor", "gabor_sigma_mm: 5, gabor_lambda_mm: 2, gabor_gamma: 1.5, gabor_theta_step_deg: 22.5", "gabor"},
    {"6.A", "Wavelet", "wavelet: db3, filter_rotation_invariant: true", "wavelet_lh"},
    {"7.A", "Wavelet", "wavelet: db3, wavelet_start_level: 1, filter_rotation_invariant: true", "wavelet_hh"},
    {"8.A", "Simoncelli", "", "simoncelli_1"},
    {"9.A", "Simoncelli", "wavelet_start_level: 1", "simoncelli_2"},
    {"1.B", "Original", "", "original"},
    {"2.B", "Mean", "mean_support: 5", "mean"},
    {"3.B", "LoG", "log_sigma_mm: [1.5]", "log_sigma_1_5_mm_3d"},
    {"4.B", "Laws", "laws_kernels: L5E5E5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max",
        "laws_l5e5e5_energy"},
    {"5.B", "Gabor",
        "gabor_sigma_mm: 5, gabor_lambda_mm: 2, gabor_gamma: 1.5, gabor_theta_step_deg: 22.5, filter_rotation_invariant: true",
        "gabor"},
    {"6.B", "Wavelet", "wavelet: db3, filter_rotation_invariant: true", "wavelet_llh"},
    {"7.B", "Wavelet", "wavelet: db3, wavelet_start_level: 1, filter_rotation_invariant: true", "wavelet_hhh"},
    {"8.B", "Simoncelli", "", "simoncelli_1"},
    {"9.B", "Simoncelli", "wavelet_start_level: 1", "simoncelli_2"},
};

inline Config config_of(const Map& map) {
  return parse_config(
      std::string("families: [stat]\nimage_types: {") + map.image_type + ": {}}\nsettings: {" + map.settings + "}",
      map.test);
}

/// A: slice by slice, on the phantom's own grid. B: in space, at 1 mm.
inline Config config_of(const Features& f) {
  const std::string processing = f.by_slice() ? "force_2d: true, "
                                              : "round_input: true, resampled_spacing_mm: [1, 1, 1], "
                                                "interpolator: bspline, round_intensities: true, ";
  return parse_config(std::string("families: [stat]\nimage_types: {") + f.image_type + ": {}}\nsettings: {" +
                          processing + "resegment_range: [-1000, 400], " + f.settings + "}",
      f.name);
}

/// The digital phantom of this name: 64 x 64 x 64 voxels of 2 mm, 0 or 255.
///     checkerboard  cubes of 8 voxels, the first one 0
///     impulse       the voxel (31, 31, 31)
///     sphere        shells around that voxel, every 9 voxels
///     pattern_1     three bars of 2 x 2 voxels that cross in the middle
inline Volume phantom(std::string_view name) {
  constexpr int n = 64;
  const auto lies_inside = [&](int x, int y, int z) {
    if (name == "checkerboard") return (x / 8 + y / 8 + z / 8) % 2 == 1;
    if (name == "pattern_1") return (x == 31 || x == 32) + (y == 31 || y == 32) + (z == 31 || z == 32) >= 2;
    const int squared = (x - 31) * (x - 31) + (y - 31) * (y - 31) + (z - 31) * (z - 31);
    if (name == "impulse") return squared == 0;
    for (const auto& [inner, outer] : {std::pair{-1, 2}, {6, 10}, {15, 19}, {24, 28}})
      if (squared <= outer * outer && (inner < 0 || squared > inner * inner)) return true;
    return false;
  };
  std::vector<std::uint8_t> values;
  values.reserve(std::size_t(n) * n * n);
  for (int z = 0; z < n; ++z)
    for (int y = 0; y < n; ++y)
      for (int x = 0; x < n; ++x) values.push_back(lies_inside(x, y, z) ? 255 : 0);
  Geometry grid;
  grid.size = {n, n, n};
  grid.spacing_mm = {2, 2, 2};
  return Volume::from(grid, std::move(values));
}

/// Where a response differs most from the agreed map. A voxel agrees within 1% of the map's range.
struct Worst {
  std::array<std::int64_t, 3> voxel{};
  double ours = 0, reference = 0, tolerance = 0;
  std::int64_t misses = 0;  ///< voxels beyond the tolerance
};

/// Nothing where the two have not the same size.
inline std::optional<Worst> compare(const Volume& ours, const Volume& reference) {
  const auto& size = reference.geometry().size;
  if (ours.geometry().size != size) return {};
  const auto in_double = [](const Volume& volume) {
    return volume.visit([](const auto& values) { return std::vector<double>(values.begin(), values.end()); });
  };
  const auto a = in_double(ours), b = in_double(reference);
  const auto [low, high] = std::minmax_element(b.begin(), b.end());
  Worst worst;
  worst.tolerance = 0.01 * (*high - *low);
  std::size_t at = 0;
  double most = -1;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double gap = std::isnan(a[i]) ? INFINITY : std::fabs(a[i] - b[i]);
    worst.misses += gap > worst.tolerance;
    if (gap <= most) continue;
    most = gap;
    at = i;
  }
  worst.voxel = {
      std::int64_t(at) % size[0], std::int64_t(at) / size[0] % size[1], std::int64_t(at) / (size[0] * size[1])};
  worst.ours = a[at];
  worst.reference = b[at];
  return worst;
}

}  // namespace radloom::ibsi_filters
