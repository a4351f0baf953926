#pragma once
// Regions that may overlap, in one volume: every combination of regions that occurs is a value.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::io {

class OverlappingRegions {
 public:
  /// Throws Error(memory_exhausted), naming `reader`.
  OverlappingRegions(const Geometry& grid, const std::filesystem::path& reader);

  /// Begins a region; what is added from now on belongs to it.
  void begin(std::size_t region);
  /// Adds voxels [first, first + count) of the volume; those that belong to the region already are left alone.
  void add(std::int64_t first, std::int64_t count);
  /// Takes everything back that was added since `begin`, or keeps it.
  void drop();

  /// The values of a region that occur.
  std::vector<std::int64_t> values_of(std::size_t region) const;
  Volume volume() const;

 private:
  Geometry grid_;
  std::filesystem::path reader_;
  std::shared_ptr<std::byte> memory_;
  std::uint16_t* voxels_;
  std::size_t region_ = 0;
  std::vector<std::vector<std::size_t>> members_{{}};  ///< of each value; 0 has none
  std::vector<std::int64_t> counts_{0};
  std::vector<std::uint16_t> with_, without_;  ///< a value with the current region, and that value without it
};

}  // namespace radloom::io
