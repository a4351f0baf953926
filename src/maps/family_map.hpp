#pragma once
// What every family offers to maps: its features of one neighbourhood, without allocating anything.
#include <cstdint>
#include <memory>
#include <span>

#include "maps/task.hpp"

namespace radloom::maps {

/// The voxels around one voxel. Gray levels are numbered anew: ranks of those that occur here, ascending, so that matrices are no
/// larger than the neighbourhood, whatever the number of levels of the region; formulas get the true levels.
struct Neighbourhood {
  std::span<const std::int32_t> rank;        ///< of each place of the kernel; -1 where it does not count
  std::span<const std::int32_t> gray_level;  ///< of each rank, ascending
  std::span<const std::uint32_t> voxels;     ///< of each rank
  std::span<const double> value;  ///< intensities of the places that count, in their order; for firstorder alone
};

/// One family's features of neighbourhoods, one after the other. It holds what it works in: one for each thread.
class FamilyMap {
 public:
  virtual ~FamilyMap() = default;
  virtual std::unique_ptr<FamilyMap> copy() const = 0;
  /// Fills the features by index (catalogue/indices.hpp), NaN where one is not defined: means over directions, and where directions are
  /// merged those of the merged matrix. Families without directions fill the first alone.
  virtual void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double> merged) = 0;
};

std::unique_ptr<FamilyMap> make_glcm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_glrlm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_glszm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_gldm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_ngtdm(const Kernel& kernel, const Frame& frame);
std::unique_ptr<FamilyMap> make_firstorder(const Kernel& kernel, const Frame& frame);

}  // namespace radloom::maps
