#pragma once
// What Mean, Laws, the sampled LoG and the standard's wavelets are: separable convolutions of one image, whose responses become one. Said once, for
// every backend; and what the host makes of it.
#include <optional>

#include "filters/common/convolve.hpp"
#include "filters/registry.hpp"

namespace radloom::convolve {

/// Kernels of which each is applied to the responses to those before it. Each goes along one axis at least.
using Chain = std::vector<filters::Kernels>;

/// What each of a chain has to give for the last one to give `box`; at 0 what the first one reads.
std::vector<Box> boxes_of(
    const Chain& chain, const Box& box, FilterBoundary boundary, const std::array<std::int64_t, 3>& whole);

/// A derived image: the responses to chains, merged in their order; then, with `energy`, its response to the magnitude of that.
struct Plan {
  std::vector<Chain> chains;
  filters::Merge merge = filters::Merge::sum;
  FilterBoundary boundary = FilterBoundary::mirror;
  std::optional<filters::Kernels> energy = {};

  /// Where the responses to the chains have to be known for `box`, and the part of the image that these depend on.
  Box responses(const Box& box, const std::array<std::int64_t, 3>& whole) const;
  Box reach(const Box& box, const std::array<std::int64_t, 3>& whole) const;
  /// The longest kernel along each axis, in voxels.
  std::array<std::int64_t, 3> taps() const;
};

/// The image in `box`, on the host, in `memory` if there is one. Throws Error(usage) where the block lacks voxels, Error(interrupted).
Volume respond(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop,
    const std::shared_ptr<KeptMemory>& memory = nullptr);

// What the registry asks of an image type that is nothing but plans, `plan_of(request, image, grid)` being that of a derived image.
template <auto plan_of>
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  Box out = box;
  for (const auto& image : request.images) out = hull_of(out, plan_of(request, image, whole).reach(box, whole.size));
  return out;
}
template <auto plan_of>
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& block, const Box& box, const std::stop_token& stop) {
  std::vector<Volume> out;
  for (const auto& image : request.images)
    out.push_back(respond(plan_of(request, image, block.grid()), block, box, stop, request.memory));
  return out;
}
template <auto plan_of>
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  return filters::longer_than(grid.size, plan_of(request, image, grid).taps());
}
inline std::string unsuited(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  return filters::lacks_axis(request.settings, grid.size);
}

}  // namespace radloom::convolve
