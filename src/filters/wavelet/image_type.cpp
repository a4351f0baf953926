#include "filters/wavelet/image_type.hpp"

#include <algorithm>

#include "filters/wavelet/decompose.hpp"

namespace radloom::wavelet {

Request request_of(const filters::Request& r, int level) {
  Request out;
  out.wavelet = r.settings.wavelet;
  out.level = level;
  // PyRadiomics repeats the first level's filter on the approximation; the standard's filter grows from level to level.
  const bool pyradiomics = r.convention == Convention::pyradiomics;
  out.dilated = !pyradiomics;
  out.even_period = pyradiomics;
  if (r.settings.force_2d) out.axes[std::size_t(2 - r.settings.force_2d_dimension)] = false;
  return out;
}

Box needed_by(const filters::Request& request, const Box& box, const std::array<std::int64_t, 3>& whole) {
  int deepest = 1;
  for (const auto& image : request.images) deepest = std::max(deepest, image.index);
  return needed(box, whole, request_of(request, deepest));
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  std::vector<Volume> out(request.images.size());
  std::vector<bool> made(out.size(), false);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (made[i]) continue;
    // Every sub-band of this level at once: they share the passes along x and y.
    const int level = request.images[i].index;
    std::vector<Band> bands;
    std::vector<std::size_t> places;
    for (std::size_t j = i; j < out.size(); ++j)
      if (request.images[j].index == level) {
        bands.push_back(request.images[j].band);
        places.push_back(j);
      }
    auto volumes = decompose(image, box, request_of(request, level), bands, stop);
    for (std::size_t k = 0; k < places.size(); ++k) {
      out[places[k]] = std::move(volumes[k]);
      made[places[k]] = true;
    }
  }
  return out;
}

}  // namespace radloom::wavelet
