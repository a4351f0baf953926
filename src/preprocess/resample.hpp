#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/large_memory.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// Interpolates `image` on `grid`, whose axes must be parallel to the image's (Error(usage) otherwise). Voxels whose centre lies
/// outside the image are 0. The voxel type is kept: values are cut to its range and truncated towards zero, as ITK does.
///
/// The interpolators are SimpleITK's, with its parameters (Gaussian: sigma 0.8 voxels, cut at 4 sigma; label Gaussian: 1 voxel, cut at 1;
/// windowed sinc: radius 5, edges repeated) and, for linear and B-spline, its order of operations, so that truncation falls on the same side.
/// `memory` is where the block that is read comes from. Only the voxels that the grid needs are read (B-spline coefficients: and 48 around, where the
/// recursion's memory is below 1e-27, from an even number of voxels behind the image's ends on: in an image of one value the recursion swings by the last digit from
/// voxel to voxel, in step with the whole image's). What is around is the grid's own, so that a voxel depends on nothing that is computed beside.
Volume resample(const Volume& image, const Geometry& grid, Interpolator interpolator,
    const std::shared_ptr<KeptMemory>& memory = nullptr);

/// The voxels of `wanted`, a box of a grid that `centred_grid` laid over an image of `whole` voxels, as the standard interpolates them: what
/// lies outside the image takes the nearest value in it. `part` is the image or what is needed of it, with its first voxel at `first`; of
/// float64 volumes nothing is cut or rounded. A voxel does not depend on how much is wanted, nor on how much more the part holds.
Volume interpolate(const Volume& part, const std::array<std::int64_t, 3>& first,
    const std::array<std::int64_t, 3>& whole, const Geometry& grid, const Box& wanted, Interpolator interpolator,
    const std::shared_ptr<KeptMemory>& memory = nullptr);

/// For each index of `grid` along `axis`, the index of the nearest voxel of `from`, -1 outside. The same rounding as `resample`.
std::vector<std::int64_t> nearest_indices(const Geometry& from, const Geometry& grid, int axis);

}  // namespace radloom
