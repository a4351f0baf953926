#pragma once
#include "radloom/volume.hpp"

namespace radloom {

/// The voxels of `box`, copied. Throws Error(usage) when the box leaves the volume.
Volume crop(const Volume& volume, const Box& box);

}  // namespace radloom
