#include "filters/gabor/plan.hpp"

#include <algorithm>
#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/fourier/fourier.hpp"

namespace radloom::gabor {
namespace {

/// Beyond so many widths of its longer axis the envelope is left out: it is below 2e-8 there.
constexpr double cutoff = 6;

/// In radians. Half a turn conjugates the response, which leaves the modulus as it is; each comes up twice in a whole turn unless the
/// step does not divide half of one.
std::vector<double> orientations(const Settings& s) {
  if (!s.gabor_theta_step_deg) return {s.gabor_theta_deg * M_PI / 180};
  const double step = *s.gabor_theta_step_deg;
  const double halves = 180 / step;
  const double end = std::abs(halves - std::round(halves)) < 1e-9 ? 180 : 360;
  std::vector<double> out;
  for (int i = 0; i * step < end - 1e-9; ++i) out.push_back(i * step * M_PI / 180);
  return out;
}

}  // namespace

std::vector<int> across(const Settings& s) {
  if (s.force_2d) return {2 - s.force_2d_dimension};
  if (s.filter_rotation_invariant) return {2, 1, 0};
  return {2};
}

std::vector<Wave> waves(const Settings& s) {
  std::vector<Wave> out;
  for (const double theta : orientations(s))
    out.push_back({std::cos(theta), std::sin(theta), s.gabor_sigma_mm, s.gabor_lambda_mm, s.gabor_gamma});
  return out;
}

std::array<std::int64_t, 3> radius(const Settings& s, const std::array<double, 3>& spacing_mm) {
  std::array<std::int64_t, 3> out;
  const double reach = cutoff * s.gabor_sigma_mm * std::max(1.0, 1.0 / s.gabor_gamma);
  for (int d = 0; d < 3; ++d) out[d] = std::int64_t(std::ceil(std::min(reach / spacing_mm[d], 1e6)));
  return out;
}

Box slices_of(const Box& box, int axis, const std::array<std::int64_t, 3>& whole) {
  Box out{{}, whole};
  out.first[axis] = box.first[axis];
  out.size[axis] = box.size[axis];
  return out;
}

Plane plane(const Settings& s, int axis, const filters::Grid& whole) {
  const auto r = radius(s, whole.spacing_mm);
  const auto places = [&](int d) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = -r[d]; i < whole.size[d] + r[d]; ++i)
      out.push_back(filters::position_of(i, whole.size[d], s.filter_boundary));
    return out;
  };
  Plane p{axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2, 0, 0, 0, 0, {}, {}};
  p.ra = r[p.a];
  p.rb = r[p.b];
  p.pa = places(p.a);
  p.pb = places(p.b);
  p.na = filters::fast_size(std::int64_t(p.pa.size()));
  p.nb = filters::fast_size(std::int64_t(p.pb.size()));
  return p;
}

}  // namespace radloom::gabor
