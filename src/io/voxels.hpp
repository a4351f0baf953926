#pragma once
// From stored bytes to voxels.
#include "io/layout.hpp"
#include "radloom/volume.hpp"

namespace radloom::io {

/// Decodes the voxels of one component. Nothing is allocated before the files were seen to be able to hold it all.
/// Throws Error(file_missing | file_unreadable | file_truncated | file_corrupt | memory_exhausted).
Volume read_voxels(const Layout& layout, int component);

}  // namespace radloom::io
