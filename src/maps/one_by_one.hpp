#pragma once
// For families that measure one neighbourhood after the other.
#include <span>
#include <vector>

#include "maps/family_map.hpp"

namespace radloom::maps {

/// The voxels around one voxel. Gray levels are numbered anew: ranks of those that occur here, ascending, so that matrices are no
/// larger than the neighbourhood, whatever the number of levels of the region; formulas get the true levels.
struct Neighbourhood {
  std::span<const std::int32_t> rank;        ///< of each place of the kernel; -1 where it does not count
  std::span<const std::int32_t> gray_level;  ///< of each rank, ascending
};

class OneByOne : public FamilyMap {
 public:
  /// `features`: of the family.
  OneByOne(const Kernel& kernel, const Frame& frame, int features);
  void measure(const Block& around, double* averaged, double* merged) final;

 private:
  virtual void measure_one(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) = 0;

  bool averaged_wanted_, merged_wanted_;
  std::vector<std::int32_t>
      of_level_;  ///< by gray level: 1 where it occurs, then its rank; all 0 between neighbourhoods
  std::vector<std::int32_t> rank_, gray_level_;
  std::vector<double> averaged_, merged_;
};

}  // namespace radloom::maps
