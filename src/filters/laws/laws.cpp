#include "filters/laws/laws.hpp"

#include <cmath>

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

}  // namespace

convolve::Plan plan(const filters::Request& request, const DerivedImage&, const filters::Grid&) {
  const Settings& s = request.settings;
  convolve::Plan out{{}, filters::merge_of(s.filter_pooling), s.filter_boundary};
  const auto k = kernels(s);
  for (const auto& rotation : filters::rotations_of(s, {k})) out.chains.push_back({filters::rotated(k, rotation)});
  if (s.laws_energy_delta) out.energy = filters::box_mean(s, 2 * *s.laws_energy_delta + 1);
  return out;
}

}  // namespace radloom::laws
