#include "filters/laws/laws.hpp"

#include <algorithm>
#include <cmath>

#include "filters/common/convolve.hpp"

namespace radloom::laws {
namespace {

filters::Kernel kernel_of(std::string_view name) {
  struct Row {
    std::string_view name;
    std::vector<double> weights;
  };
  static const Row table[] = {{"L3", {1, 2, 1}}, {"E3", {-1, 0, 1}}, {"S3", {-1, 2, -1}}, {"L5", {1, 4, 6, 4, 1}},
      {"E5", {-1, -2, 0, 2, 1}}, {"S5", {-1, 0, 2, 0, -1}}, {"W5", {-1, 2, 0, -2, 1}}, {"R5", {1, -4, 6, -4, 1}}};
  for (const auto& row : table) {
    if (row.name != name) continue;
    double squares = 0;
    for (const double w : row.weights) squares += w * w;
    std::vector<double> unit;
    for (const double w : row.weights) unit.push_back(w / std::sqrt(squares));
    // A convolution: weights of what lies further along an axis come first.
    return filters::reversed(filters::centred(std::move(unit)));
  }
  throw Error(ErrorCode::usage, "there is no Laws kernel " + std::string(name));
}

/// The names go to the axes that are filtered along, x first.
filters::Kernels kernels(const Settings& s) {
  filters::Kernels out;
  const auto axes = filters::axes_of(s);
  std::size_t at = 0;
  for (int d = 0; d < 3; ++d) {
    if (!axes[d]) continue;
    if (at + 2 > s.laws_kernels.size()) throw Error(ErrorCode::usage, "laws_kernels names too few kernels");
    out[d] = kernel_of(std::string_view(s.laws_kernels).substr(at, 2));
    at += 2;
  }
  return out;
}

filters::Kernels energy(const Settings& s) {
  filters::Kernels out;
  const auto axes = filters::axes_of(s);
  if (!s.laws_energy_delta) return out;
  const std::size_t side = 2 * std::size_t(*s.laws_energy_delta) + 1;
  for (int d = 0; d < 3; ++d)
    if (axes[d]) out[d] = filters::centred(std::vector<double>(side, 1.0 / double(side)));
  return out;
}

}  // namespace

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  const Settings& s = request.settings;
  const Box response = filters::reach(box, energy(s), s.filter_boundary, whole.size);
  const auto k = kernels(s);
  Box out = response;
  for (const auto& rotation : filters::rotations_of(s, {k}))
    out = hull_of(out, filters::reach(response, filters::rotated(k, rotation), s.filter_boundary, whole.size));
  return out;
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  const Box response = filters::reach(box, energy(s), s.filter_boundary, image.whole);
  const auto field = filters::field_of(image, needed_by(request, box, image.grid()));
  const auto k = kernels(s);
  filters::Pool pool(s.filter_pooling);
  for (const auto& rotation : filters::rotations_of(s, {k}))
    pool.add(filters::convolve(field, response, filters::rotated(k, rotation), s.filter_boundary, image.whole, stop));
  filters::Field out = pool.result();
  if (s.laws_energy_delta) {
    for (double& v : out.values) v = std::abs(v);
    out = filters::convolve(out, box, energy(s), s.filter_boundary, image.whole, stop);
  }
  return {filters::volume_of(image, std::move(out))};
}

std::string unsuited(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  return filters::lacks_axis(request.settings, grid.size);
}

std::string remark(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  const Settings& s = request.settings;
  std::array<std::int64_t, 3> taps{};
  const auto axes = filters::axes_of(s);
  for (int d = 0; d < 3; ++d) taps[d] = axes[d] ? std::max(5, 2 * s.laws_energy_delta.value_or(0) + 1) : 0;
  return filters::longer_than(grid.size, taps);
}

}  // namespace radloom::laws
