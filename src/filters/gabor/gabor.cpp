#include "filters/gabor/gabor.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/fourier/fourier.hpp"
#include "filters/gabor/plan.hpp"

namespace radloom::gabor {
namespace {

using filters::Complex;
using Index = std::array<std::int64_t, 3>;

/// The spectrum of the filter at an orientation, its middle at the first sample.
std::vector<Complex> spectrum(const Wave& wave, const Plane& p, const std::array<double, 3>& spacing_mm) {
  std::vector<Complex> values(std::size_t(p.na * p.nb), Complex{});
  for (std::int64_t j = -p.rb; j <= p.rb; ++j)
    for (std::int64_t i = -p.ra; i <= p.ra; ++i) {
      double re, im;
      wave.at(double(i) * spacing_mm[p.a], double(j) * spacing_mm[p.b], re, im);
      values[std::size_t(((j + p.nb) % p.nb) * p.na + (i + p.na) % p.na)] = {re, im};
    }
  filters::fourier(values, {p.na, p.nb, 1}, {true, true, false}, false);
  return values;
}

/// Responses in slices across one axis, pooled over orientations. Slices are transformed whole, so that a value does not depend on
/// what else is asked for.
filters::Field in_plane(const Settings& s, const filters::Field& in, const Box& wanted, int axis,
    const filters::Grid& whole, const std::stop_token& stop) {
  const Plane p = plane(s, axis, whole);
  const Box box = slices_of(wanted, axis, whole.size);
  const filters::Merge merge = filters::merge_of(s.filter_pooling);
  std::vector<std::vector<Complex>> filter;
  for (const auto& wave : waves(s)) filter.push_back(spectrum(wave, p, whole.spacing_mm));

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
          const double v = std::abs(response[std::size_t((j + p.rb) * p.na + i + p.ra)]);
          double& pooled = result[j * to[p.b] + i * to[p.a]];
          pooled = k == 0 ? v : filters::merged(merge, pooled, v);
        }
    }
  });
  if (const double by = filters::divisor(merge, filter.size()); by != 1)
    for (double& v : out.values) v /= by;
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
