#pragma once
// What every family offers to maps: its features of several neighbourhoods side by side, without allocating anything.
#include <cstdint>
#include <memory>

#include "maps/task.hpp"

namespace radloom::maps {

/// Neighbourhoods that are measured at once, one in each lane.
inline constexpr int lanes = 64;

/// The voxels around as many voxels as there are lanes. Where there are no more voxels, the last is there again.
struct Block {
  const std::uint16_t* level;  ///< [place][lane]: gray level; 0 where that voxel does not count
  const double* value;         ///< [place][lane]: intensity; for firstorder alone
  int voxels;                  ///< lanes that are asked for
};

/// One family's features of neighbourhoods, block after block. It holds what it works in: one for each thread. What it says of a neighbourhood
/// depends on nothing but that: not on its lane, nor on the other lanes.
class FamilyMap {
 public:
  virtual ~FamilyMap() = default;
  virtual std::unique_ptr<FamilyMap> copy() const = 0;
  /// Fills [feature by its index (catalogue/indices.hpp)][lane], NaN where one is not defined: means over directions, and where directions are
  /// merged those of the merged matrix. Of both only what the frame asks for; families without directions fill the first alone.
  virtual void measure(const Block& around, double* averaged, double* merged) = 0;
};

std::unique_ptr<FamilyMap> make_glcm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_glrlm(const Kernel& kernel, const Frame& frame);
/// Where directions are merged and have weights other than 1.
std::unique_ptr<FamilyMap> make_weighted_runs(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_glszm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_gldm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_ngtdm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_firstorder(const Kernel& kernel, const Frame& frame);

}  // namespace radloom::maps
