#pragma once
// Separable filters of the standard (IBSI chapter 2): kernels along axes, what lies beyond the border, rotations and how responses
// become one. In double precision.
#include <array>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "filters/block.hpp"
#include "filters/common/field.hpp"
#include "filters/common/merge.hpp"
#include "radloom/config.hpp"

namespace radloom::filters {

/// Values of a box of the whole image.
struct Field {
  Box box;
  std::vector<double> values;
};

/// Weights of the voxels around one: y[n] = sum over k of weights[k] x[n + first + k step]. Without weights an axis is left alone.
struct Kernel {
  std::vector<double> weights;
  std::int64_t first = 0, step = 1;
  std::int64_t last() const { return first + (std::int64_t(weights.size()) - 1) * step; }
  /// From the first voxel that it reaches to the last; 0 without weights.
  std::int64_t voxels() const { return weights.empty() ? 0 : last() - first + 1; }
  /// Whether a response is the voxel itself. A copy is no sum, which would make 0 of -0.
  bool copies() const { return weights.size() == 1 && weights[0] == 1; }
  bool operator==(const Kernel&) const = default;
};
using Kernels = std::array<Kernel, 3>;

/// A kernel whose middle lies on the voxel; its length is odd.
Kernel centred(std::vector<double> weights);
/// Seen from the other end: x[n - o] for x[n + o].
Kernel reversed(const Kernel& kernel);

/// Where along an axis of n voxels the value at a position lies that may be beyond the border; -1 stands for 0.
std::int64_t position_of(std::int64_t position, std::int64_t n, FilterBoundary boundary);

/// Where along `axis`, in the memory of what is known in `in`, each voxel lies that the responses in `out` depend on: for response i and weight k
/// number i + k step, -1 for 0. Throws Error(usage) where it is not known.
std::vector<std::int32_t> places_along(int axis, const Box& in, const Box& out, const Kernel& kernel,
    FilterBoundary boundary, const std::array<std::int64_t, 3>& whole);

/// The axes a filter runs along: all, or those of the slices of force_2d.
std::array<bool, 3> axes_of(const Settings& settings);

/// The mean over a cube of `side` voxels, or over a square in slices.
Kernels box_mean(const Settings& settings, int side);

/// The part of the image that the responses of `box` depend on.
Box reach(const Box& box, const Kernels& kernels, FilterBoundary boundary, const std::array<std::int64_t, 3>& whole);

/// The responses of `box`; the field holds what they depend on. Throws Error(usage) where it does not, Error(interrupted).
Field convolve(const Field& in, const Box& box, const Kernels& kernels, FilterBoundary boundary,
    const std::array<std::int64_t, 3>& whole, const std::stop_token& stop);

/// A rotation by right angles: axis d takes the kernel of axis `from`[d], reversed or not.
struct Rotation {
  std::array<int, 3> from{0, 1, 2};
  std::array<bool, 3> reversed{};
};
Kernels rotated(const Kernels& kernels, const Rotation& rotation);
/// The rotations of the axes that are filtered along: 24 of three, 4 of two, that which changes nothing first.
std::vector<Rotation> rotations(const std::array<bool, 3>& axes);
/// The rotations that `settings` ask for: those that make different kernels of any of these, or the first alone.
std::vector<Rotation> rotations_of(const Settings& settings, const std::vector<Kernels>& stages);

Merge merge_of(FilterPooling pooling);

/// Responses to several kernels, made one as they come.
class Pool {
 public:
  explicit Pool(Merge merge) : merge_(merge) {}
  void add(Field response);
  /// What they make together; nothing may be added after it.
  Field result();

 private:
  Merge merge_;
  Field field_;
  std::size_t count_ = 0;
};

/// A box of a block, in double precision.
Field field_of(const Block& image, const Box& box);

/// Why a three-dimensional filter means nothing on this grid, or nothing: an axis of one voxel.
std::string lacks_axis(const Settings& settings, const std::array<std::int64_t, 3>& size);
/// What is worth knowing of kernels of these lengths: that they are longer than the image.
std::string longer_than(const std::array<std::int64_t, 3>& size, const std::array<std::int64_t, 3>& taps);

}  // namespace radloom::filters
