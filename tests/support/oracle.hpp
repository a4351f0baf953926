#pragma once
/// Plain definitions of every matrix and every feature, written for reading and not for speed, from the formulas of the
/// PyRadiomics documentation and of the IBSI reference manual (arXiv:1612.07003). They share no code with the engine.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backend/matrices.hpp"

namespace radloom::oracle {

using Offset = std::array<int, 3>;  ///< steps along x, y, z

/// Gray levels on a grid, x fastest; 0 where a voxel is outside the region.
struct Grid {
  std::array<int, 3> size{0, 0, 0};
  std::vector<int> level;

  /// 0 outside the grid too.
  int at(int x, int y, int z) const;
};

/// Settings that say which voxels are neighbours.
struct Neighbours {
  std::vector<int> distances{1};  ///< Chebyshev, in voxels
  bool force_2d = false;
  int force_2d_dimension = 0;  ///< 0 = z, 1 = y, 2 = x
};

/// Offsets at one of the distances whose last non-zero of x, y, z is positive: half of the neighbourhood.
std::vector<Offset> half_offsets(const Neighbours& neighbours);

/// The matrices of a region as `Matrices` defines them. Directions stand in the order of `half_offsets`. Co-occurrences are dense, the square
/// of the levels in every direction: who does not look at them leaves them out.
Matrices matrices(const Grid& grid, const Neighbours& neighbours, int alpha, bool with_glcm = true);

enum class Norm { per_direction, infinity, euclidean, manhattan, no_weighting };

/// Features by PyRadiomics' names, in its convention; NaN where it gives NaN.
using Features = std::map<std::string, double>;

Features glcm(const Matrices& matrices, bool symmetrical, Norm norm, const std::array<double, 3>& spacing);
Features glrlm(const Matrices& matrices, Norm norm, const std::array<double, 3>& spacing);
Features glszm(const Matrices& matrices);
Features gldm(const Matrices& matrices);
Features ngtdm(const Matrices& matrices);

/// Of a region's intensities and their gray levels. `shift` is voxelArrayShift, `voxel_volume` in mm^3.
Features firstorder(
    const std::vector<double>& intensities, const std::vector<int>& levels, double shift, double voxel_volume);

/// What of the shape has a definition without a mesh's table: volume of voxels, principal axes, diameters. Of a region of
/// one slice along `force_2d_dimension`, `shape2d` gives everything.
Features shape(const Grid& grid, const std::array<double, 3>& spacing);
Features shape2d(const Grid& grid, const std::array<double, 3>& spacing, int force_2d_dimension);

/// 64-bit FNV-1a of 'row,column,count;' over the cells that are not zero, with their number and their sum: what the
/// figures beside `pyradiomics/generate.py` hold of a matrix.
struct Digest {
  std::uint64_t cells = 0, total = 0;
  std::string hash;
  bool operator==(const Digest&) const = default;
};
Digest digest_glcm(const Matrices& matrices, std::size_t direction);
Digest digest_cells(const std::vector<Matrices::Cell>& cells);
Digest digest_counts(const std::vector<std::int32_t>& levels, const std::vector<std::uint64_t>& counts);

}  // namespace radloom::oracle
