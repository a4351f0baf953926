#include "filters/simoncelli/simoncelli.hpp"

#include <fmt/format.h>

#include "filters/common/convolve.hpp"
#include "filters/fourier/multiply.hpp"

namespace radloom::simoncelli {

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  std::vector<filters::Multiplier> bands;
  for (const auto& wanted : request.images)
    bands.push_back(
        {.at = {}, .of_square = [m = highest(wanted.index)](std::span<double> squares) { gains(squares, m); }});
  return filters::multiplied(image, filters::axes_of(request.settings), bands, box, request.memory, stop);
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (auto problem = filters::lacks_axis(request.settings, grid.size); !problem.empty()) return problem;
  const auto axes = filters::axes_of(request.settings);
  for (int d = 0; d < 3; ++d)
    if (axes[d] && highest(image.index) < 2.0 / double(grid.size[d]))
      return fmt::format("level {} lies below the lowest frequency of {} voxels along {}; ask for fewer levels",
          image.index, grid.size[d], "xyz"[d]);
  return {};
}

}  // namespace radloom::simoncelli
