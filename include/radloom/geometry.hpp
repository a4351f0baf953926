#pragma once
/// Where the voxels of a volume lie in the patient.
#include <array>
#include <cstdint>
#include <string>

namespace radloom {

/// A regular grid in patient space (LPS, millimetres). Axis order is x, y, z; x runs fastest in memory.
struct Geometry {
  std::array<std::int64_t, 3> size{0, 0, 0};                   ///< voxels along x, y, z; a 2D image has size 1 along z
  std::array<double, 3> spacing_mm{1, 1, 1};                   ///< distance of voxel centres, > 0
  std::array<double, 3> origin_mm{0, 0, 0};                    ///< centre of voxel (0, 0, 0)
  std::array<double, 9> direction{1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< row-major; column i is the unit vector of axis i

  std::int64_t voxels() const noexcept { return size[0] * size[1] * size[2]; }
  /// Position of a continuous index, in millimetres.
  std::array<double, 3> to_physical(const std::array<double, 3>& index) const noexcept;
  /// Continuous index of a position. The direction must be invertible (`check_geometry`).
  std::array<double, 3> to_index(const std::array<double, 3>& position_mm) const noexcept;
};

/// A block of voxels: the first index and the number of voxels along x, y, z.
struct Box {
  std::array<std::int64_t, 3> first{0, 0, 0};
  std::array<std::int64_t, 3> size{0, 0, 0};
  std::int64_t voxels() const noexcept { return size[0] * size[1] * size[2]; }
  bool operator==(const Box&) const = default;
};

/// The grid of a block of a grid: same spacing and direction, the origin moved.
Geometry crop(const Geometry& grid, const Box& box) noexcept;

/// Throws Error(geometry_invalid) unless sizes and spacings are positive, every number is finite and the direction can
/// be inverted. `what` names the volume in the message.
void check_geometry(const Geometry& grid, const std::string& what);

/// Compares two grids as ITK does: origins and spacings to `tolerance` x the image's spacing along x, directions to
/// `tolerance`, sizes exactly. Returns an empty string where they agree, else one line that says by how much which
/// property differs: "origin differs by 30 mm along z (image -12, mask 18; tolerance 1e-06 mm)".
std::string describe_mismatch(const Geometry& image, const Geometry& mask, double tolerance = 1e-6);

}  // namespace radloom
