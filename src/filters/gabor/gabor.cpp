#include "filters/gabor/gabor.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/common/fourier.hpp"

namespace radloom::gabor {
namespace {

using filters::Complex;
using Index = std::array<std::int64_t, 3>;

/// Beyond so many widths of its longer axis the envelope is left out: it is below 2e-8 there.
constexpr double cutoff = 6;

/// The axes across the slices that are filtered in.
std::vector<int> across(const Settings& s) {
  if (s.force_2d) return {2 - s.force_2d_dimension};
  if (s.filter_rotation_invariant) return {2, 1, 0};
  return {2};
}

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

Index radius(const Settings& s, const std::array<double, 3>& spacing_mm) {
  Index out;
  const double reach = cutoff * s.gabor_sigma_mm * std::max(1.0, 1.0 / s.gabor_gamma);
  for (int d = 0; d < 3; ++d) out[d] = std::int64_t(std::ceil(std::min(reach / spacing_mm[d], 1e6)));
  return out;
}

/// The slices across an axis that hold a box.
Box slices_of(const Box& box, int axis, const Index& whole) {
  Box out{{}, whole};
  out.first[axis] = box.first[axis];
  out.size[axis] = box.size[axis];
  return out;
}

struct Plane {
  int across, a, b;              ///< the axes
  std::int64_t na, nb;           ///< sizes of the transforms
  std::vector<std::int64_t> pa;  ///< where the places of a row lie in the field; -1 for 0
  std::vector<std::int64_t> pb;
};

/// The spectrum of the filter at an orientation, its middle at the first sample.
std::vector<Complex> spectrum(
    const Settings& s, double theta, const Plane& p, const Index& r, const std::array<double, 3>& spacing_mm) {
  std::vector<Complex> values(std::size_t(p.na * p.nb), Complex{});
  const double c = std::cos(theta), n = std::sin(theta);
  for (std::int64_t j = -r[p.b]; j <= r[p.b]; ++j)
    for (std::int64_t i = -r[p.a]; i <= r[p.a]; ++i) {
      const double x = double(i) * spacing_mm[p.a], y = double(j) * spacing_mm[p.b];
      const double u = x * c + y * n, v = -x * n + y * c;
      const double envelope =
          std::exp(-(u * u + s.gabor_gamma * s.gabor_gamma * v * v) / (2 * s.gabor_sigma_mm * s.gabor_sigma_mm));
      const double phase = 2 * M_PI * u / s.gabor_lambda_mm;
      values[std::size_t(((j + p.nb) % p.nb) * p.na + (i + p.na) % p.na)] =
          envelope * Complex(std::cos(phase), std::sin(phase));
    }
  filters::fourier(values, {p.na, p.nb, 1}, {true, true, false}, false);
  return values;
}

/// Responses in slices across one axis, pooled over orientations. Slices are transformed whole, so that a value does not depend on
/// what else is asked for.
filters::Field in_plane(const Settings& s, const filters::Field& in, const Box& wanted, int axis,
    const filters::Grid& whole, const std::stop_token& stop) {
  const Index r = radius(s, whole.spacing_mm);
  Plane p{axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2, 0, 0, {}, {}};
  const Box box = slices_of(wanted, axis, whole.size);
  const auto places = [&](int d) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = -r[d]; i < box.size[d] + r[d]; ++i) {
      const std::int64_t at = filters::position_of(box.first[d] + i, whole.size[d], s.filter_boundary);
      out.push_back(at < 0 ? -1 : at - in.box.first[d]);
    }
    return out;
  };
  p.pa = places(p.a);
  p.pb = places(p.b);
  p.na = filters::fast_size(std::int64_t(p.pa.size()));
  p.nb = filters::fast_size(std::int64_t(p.pb.size()));
  std::vector<std::vector<Complex>> filter;
  for (const double theta : orientations(s)) filter.push_back(spectrum(s, theta, p, r, whole.spacing_mm));

  filters::Field out{box, std::vector<double>(std::size_t(box.voxels()))};
  const Index from{1, in.box.size[0], in.box.size[0] * in.box.size[1]};
  const Index to{1, box.size[0], box.size[0] * box.size[1]};
  const Index size{p.na, p.nb, 1};
  tbb::parallel_for(std::int64_t(0), box.size[axis], [&](std::int64_t slice) {
    const double* const voxels = in.values.data() + (box.first[axis] + slice - in.box.first[axis]) * from[axis];
    std::vector<Complex> image(std::size_t(p.na * p.nb), Complex{});
    for (std::size_t j = 0; j < p.pb.size(); ++j)
      for (std::size_t i = 0; i < p.pa.size() && p.pb[j] >= 0; ++i)
        if (p.pa[i] >= 0) image[j * std::size_t(p.na) + i] = voxels[p.pb[j] * from[p.b] + p.pa[i] * from[p.a]];
    filters::fourier(image, size, {true, true, false}, false);
    std::vector<Complex> response(image.size());
    double* const result = out.values.data() + slice * to[axis];
    for (std::size_t k = 0; k < filter.size(); ++k) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      for (std::size_t i = 0; i < response.size(); ++i) response[i] = image[i] * filter[k][i];
      filters::fourier(response, size, {true, true, false}, true);
      for (std::int64_t j = 0; j < box.size[p.b]; ++j)
        for (std::int64_t i = 0; i < box.size[p.a]; ++i) {
          const double v = std::abs(response[std::size_t((j + r[p.b]) * p.na + i + r[p.a])]);
          double& pooled = result[j * to[p.b] + i * to[p.a]];
          if (k == 0) pooled = v;
          else if (s.filter_pooling == FilterPooling::max) pooled = std::max(pooled, v);
          else if (s.filter_pooling == FilterPooling::min) pooled = std::min(pooled, v);
          else pooled += v;
        }
    }
  });
  if (s.filter_pooling == FilterPooling::mean)
    for (double& v : out.values) v /= double(filter.size());
  return filters::convolve(out, wanted, {}, s.filter_boundary, whole.size, stop);
}

}  // namespace

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  const Settings& s = request.settings;
  Box out = box;
  for (const int axis : across(s)) out = hull_of(out, slices_of(box, axis, whole.size));
  return out;
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  const auto field = filters::field_of(image, needed_by(request, box, image.grid()));
  filters::Pool pool(s.filter_pooling);
  for (const int axis : across(s)) pool.add(in_plane(s, field, box, axis, image.grid(), stop));
  return {filters::volume_of(image, pool.result())};
}

std::string unsuited(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  for (const int axis : across(request.settings))
    for (int d = 0; d < 3; ++d)
      if (d != axis && grid.size[d] < 2)
        return fmt::format(
            "the image has one voxel along {}, and the filter lies in slices across {}", "xyz"[d], "xyz"[axis]);
  return {};
}

std::string remark(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  const Settings& s = request.settings;
  for (int d = 0; d < 3; ++d)
    if (s.gabor_lambda_mm < 2 * grid.spacing_mm[d])
      return fmt::format("a wavelength of {} mm is less than two voxels of {} mm along {}: it is aliased",
          s.gabor_lambda_mm, grid.spacing_mm[d], "xyz"[d]);
  std::array<std::int64_t, 3> taps = radius(s, grid.spacing_mm);
  for (auto& t : taps) t = 2 * t + 1;
  if (s.force_2d) taps[std::size_t(2 - s.force_2d_dimension)] = 0;
  else if (!s.filter_rotation_invariant) taps[2] = 0;
  return filters::longer_than(grid.size, taps);
}

}  // namespace radloom::gabor
