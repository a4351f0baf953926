#pragma once
#include "radloom/volume.hpp"

namespace radloom {

/// The nearest integers (halves to even), in the volume's own type. Integer volumes are returned as they are; NaN stays NaN.
Volume rounded(const Volume& volume);

/// The voxels in double precision.
Volume in_double(const Volume& volume);

}  // namespace radloom
