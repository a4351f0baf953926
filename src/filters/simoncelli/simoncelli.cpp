#include "filters/simoncelli/simoncelli.hpp"

#include <fmt/format.h>

#include <cmath>

#include "filters/common/convolve.hpp"

namespace radloom::simoncelli {

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const auto axes = filters::axes_of(request.settings);
  const Box all{{}, image.whole};
  const auto field = filters::field_of(image, all);
  std::vector<Volume> out;
  for (const auto& wanted : request.images) {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const filters::Field response{all, multiplied(field.values, image.whole, axes, [&](double x, double y, double z) {
                                    return gain(std::sqrt(x * x + y * y + z * z), wanted.index);
                                  })};
    out.push_back(
        filters::volume_of(image, filters::convolve(response, box, {}, FilterBoundary::periodic, image.whole, stop)));
  }
  return out;
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (auto problem = filters::lacks_axis(request.settings, grid.size); !problem.empty()) return problem;
  const auto axes = filters::axes_of(request.settings);
  for (int d = 0; d < 3; ++d)
    if (axes[d] && std::ldexp(1.0, 1 - image.index) < 2.0 / double(grid.size[d]))
      return fmt::format("level {} lies below the lowest frequency of {} voxels along {}; ask for fewer levels",
          image.index, grid.size[d], "xyz"[d]);
  return {};
}

}  // namespace radloom::simoncelli
