#include "filters/registry.hpp"

#include <limits>
#include <string>

#include "filters/common/field.hpp"
#include "filters/gabor/gabor.hpp"
#include "filters/gradient/gradient.hpp"
#include "filters/laws/laws.hpp"
#include "filters/lbp2d/lbp2d.hpp"
#include "filters/lbp3d/lbp3d.hpp"
#include "filters/log/image_type.hpp"
#include "filters/mean/mean.hpp"
#include "filters/pointwise/pointwise.hpp"
#include "filters/riesz/riesz.hpp"
#include "filters/simoncelli/simoncelli.hpp"
#include "filters/wavelet/image_type.hpp"

namespace radloom::filters {
namespace {

constexpr Filter table[] = {
    {"Wavelet", wavelet::needed_by, wavelet::derive, wavelet::unsuited, wavelet::remark},
    {"LoG", log::needed_by, log::derive, log::unsuited, log::remark},
    {"Square", pointwise::needed_by, pointwise::square},
    {"SquareRoot", pointwise::needed_by, pointwise::square_root},
    {"Logarithm", pointwise::needed_by, pointwise::logarithm},
    {"Exponential", pointwise::needed_by, pointwise::exponential},
    {"Gradient", gradient::needed_by, gradient::derive},
    {"LBP2D", lbp2d::needed_by, lbp2d::derive},
    {"LBP3D", lbp3d::needed_by, lbp3d::derive},
    {"Mean", convolve::needed_by<mean::plan>, convolve::derive<mean::plan>, convolve::unsuited,
        convolve::remark<mean::plan>},
    {"Laws", convolve::needed_by<laws::plan>, convolve::derive<laws::plan>, convolve::unsuited,
        convolve::remark<laws::plan>},
    {"Gabor", gabor::needed_by, gabor::derive, gabor::unsuited, gabor::remark},
    {"Simoncelli", simoncelli::needed_by, simoncelli::derive, simoncelli::unsuited},
    {"Riesz", riesz::needed_by, riesz::derive, riesz::unsuited, riesz::remark},
};

}  // namespace

Volume undefined(const Geometry& grid) {
  return Volume::from(grid, std::vector<float>(std::size_t(grid.voxels()), std::numeric_limits<float>::quiet_NaN()));
}

const Filter& filter_of(std::string_view image_type) {
  for (const auto& row : table)
    if (row.image_type == image_type) return row;
  throw Error(ErrorCode::internal, "no filter makes the image type " + std::string(image_type));
}

Box needed(std::string_view image_type, const Request& request, const Box& box, const Grid& whole) {
  return filter_of(image_type).needed(request, box, whole);
}

std::string unsuited(
    std::string_view image_type, const Request& request, const DerivedImage& image, const Grid& whole) {
  const Filter& filter = filter_of(image_type);
  return filter.unsuited ? filter.unsuited(request, image, whole) : std::string();
}

std::vector<Volume> derive(std::string_view image_type, const Request& request, const Block& image, const Box& box,
    const std::stop_token& stop) {
  const Filter& filter = filter_of(image_type);
  if (!filter.unsuited) return filter.derive(request, image, box, stop);
  std::vector<DerivedImage> suited;
  std::vector<std::size_t> places;
  std::vector<Volume> out(request.images.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& wanted = request.images[i];
    if (filter.unsuited(request, wanted, image.grid()).empty()) {
      suited.push_back(wanted);
      places.push_back(i);
    } else {
      out[i] = undefined(grid_of(image, box));
    }
  }
  if (suited.empty()) return out;
  auto made = filter.derive({request.settings, request.convention, suited, request.memory}, image, box, stop);
  for (std::size_t k = 0; k < places.size(); ++k) out[places[k]] = std::move(made[k]);
  return out;
}

}  // namespace radloom::filters
