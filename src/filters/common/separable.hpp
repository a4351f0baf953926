#pragma once
// Responses of one image to several sets of kernels along its axes, all at once.
#include <span>

#include "filters/common/convolve.hpp"

namespace radloom::filters {

/// Where sets of kernels begin with the same kernel along x, or with the same ones along x and y, an image is filtered with these once.
/// A kernel whose weights are another's with the other sign has its responses with the other sign, to the last bit: a reversed kernel of Laws needs
/// no response of its own. What follows from that is decided once, for all boxes.
struct Separable {
  /// A kernel that responses of the axis before are filtered with.
  struct Node {
    std::size_t from;  ///< number of the node of the axis before; 0 for the image
    Kernel kernel;
    bool equal;  ///< whether its weights are
  };
  struct Axis {
    std::vector<Node> nodes;
    std::vector<std::array<std::size_t, 2>> steps;  ///< nodes that go over the same rows at once: two, or one twice
    std::int64_t first = 0, last = 0;               ///< how far the kernels reach
  };
  /// What a set comes to: a node of the last axis, with its sign or the other.
  struct Response {
    std::size_t node;
    bool negated;
    bool operator==(const Response&) const = default;
  };

  /// One set at least; a kernel without weights leaves its axis alone. With `of_magnitude` the merged responses are made positive at last.
  explicit Separable(std::span<const Kernels> sets, Merge how = Merge::sum, bool of_magnitude = false);

  /// Writes what the responses of `box` become, merged in the order of the sets, x fastest. Along x, then y, then z, a response is summed in the order
  /// of the weights, from 0 on. Throws Error(usage) where the block lacks voxels, Error(interrupted).
  void respond(
      const Block& image, const Box& box, FilterBoundary boundary, const std::stop_token& stop, double* out) const;

  std::array<Axis, 3> axes;
  std::vector<Response> responses;
  Merge merge;
  double divisor;
  bool magnitude;
  /// Weights of the responses, 1 and -1, where their sum can be made as one of weighted rows is, from 0 on; none where not. It can unless the first one
  /// may be -0, which no sum from 0 on is: then a + -x is a + (0 - x) for all that a can be.
  std::vector<double> signs;
};

}  // namespace radloom::filters
