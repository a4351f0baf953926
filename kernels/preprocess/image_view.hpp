#pragma once
#include "kernels/common/regions.hpp"
#include "kernels/common/samples.hpp"

namespace radloom {

/// Calls f(view of const T) with the voxels of a region's box in the type they are stored in.
template <class Exec, class F>
RL_HD void visit_image(Exec& exec, const Span<const std::uint8_t>& images, const BoxRegion& r, const F& f) {
  visit_samples(exec, images.data + r.image, r.type, r.voxels(), f);
}

}  // namespace radloom
