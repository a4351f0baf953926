#pragma once
// The shape of a neighbourhood, worked out once a run: places, pairs of places, lines of places.
#include <cstdint>
#include <vector>

#include "families/common/directions.hpp"

namespace radloom::maps {

/// Two places of a kernel, by their numbers.
struct Pair {
  std::uint32_t first, second;
};

/// Lines of places one step apart, each as long as the kernel goes: places[start[i]] up to places[start[i + 1]] are line i.
struct Lines {
  std::vector<std::uint32_t> places, start;
};

/// The places of a neighbourhood: (2 radius + 1)^3 voxels around the centre, or the square of one slice across an axis. Places are
/// numbered x fastest, then y, then z.
class Kernel {
 public:
  /// `flat`: the axis (0 = x) across the slice, -1 for a cube.
  Kernel(int radius, int flat);

  int radius() const { return radius_; }
  const std::vector<Offset>& places() const { return places_; }
  /// The pairs of places that lie a step apart, the second after the first; none where the step leaves the kernel.
  std::vector<Pair> pairs(const Offset& step) const;
  /// Of each place the one that lies a step further; -1 outside.
  std::vector<std::int32_t> moved(const Offset& step) const;
  /// Every place is in one line of a step of length 1.
  Lines lines(const Offset& step) const;

 private:
  /// The number of a place, -1 outside.
  std::int64_t number_of(const Offset& place) const;
  int radius_;
  Offset reach_;
  std::vector<Offset> places_;
};

}  // namespace radloom::maps
