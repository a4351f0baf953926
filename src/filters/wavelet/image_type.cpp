#include "filters/wavelet/image_type.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "filters/common/convolve.hpp"
#include "filters/wavelet/coefficients.hpp"
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

bool is_cyclic(const Settings& settings, Convention convention) {
  return convention == Convention::pyradiomics ||
         (settings.filter_boundary == FilterBoundary::periodic && !settings.filter_rotation_invariant);
}

namespace {

/// Tap k of n multiplies the sample (n/2 - k) step away.
filters::Kernel kernel_of(const std::vector<double>& taps, std::int64_t step) {
  const auto n = std::int64_t(taps.size());
  return {{taps.rbegin(), taps.rend()}, (n / 2 - n + 1) * step, step};
}

/// What goes along the axes, level by level: the low-pass filter along all of them, then at the last level the sub-band's.
convolve::Chain stages_of(const Settings& s, const DerivedImage& image) {
  const auto pair = filters_of<double>(s.wavelet);
  const auto axes = filters::axes_of(s);
  convolve::Chain out;
  for (int level = 1; level <= image.index; ++level) {
    auto& kernels = out.emplace_back();
    for (int d = 0; d < 3; ++d) {
      const bool high = level == image.index && (image.band >> d & 1U);
      if (axes[d]) kernels[d] = kernel_of(high ? pair.high : pair.low, std::int64_t(1) << (level - 1));
    }
  }
  return out;
}

}  // namespace

convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid&) {
  const Settings& s = request.settings;
  convolve::Plan out{{}, filters::merge_of(s.filter_pooling), s.filter_boundary};
  const auto stages = stages_of(s, image);
  for (const auto& rotation : filters::rotations_of(s, stages)) {
    auto& chain = out.chains.emplace_back();
    for (const auto& kernels : stages) chain.push_back(filters::rotated(kernels, rotation));
  }
  return out;
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.convention == Convention::pyradiomics) return {};
  if (auto problem = filters::lacks_axis(request.settings, grid.size); !problem.empty()) return problem;
  const auto axes = filters::axes_of(request.settings);
  for (int d = 0; d < 3; ++d)
    if (axes[d] && std::int64_t(1) << (image.index - 1) >= grid.size[d])
      return fmt::format(
          "level {} puts the taps of its filter {} voxels apart, and the image has {} along {}; ask for fewer levels",
          image.index, std::int64_t(1) << (image.index - 1), grid.size[d], "xyz"[d]);
  return {};
}

std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.convention == Convention::pyradiomics) return {};
  return convolve::remark<plan>(request, image, grid);
}

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  if (!is_cyclic(request.settings, request.convention)) return convolve::needed_by<plan>(request, box, whole);
  int deepest = 1;
  for (const auto& image : request.images) deepest = std::max(deepest, image.index);
  return needed(box, whole.size, request_of(request, deepest));
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  if (!is_cyclic(request.settings, request.convention)) return convolve::derive<plan>(request, image, box, stop);
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
    auto volumes = decompose(image, box, request_of(request, level), bands, stop, request.memory);
    for (std::size_t k = 0; k < places.size(); ++k) {
      out[places[k]] = std::move(volumes[k]);
      made[places[k]] = true;
    }
  }
  return out;
}

}  // namespace radloom::wavelet
