#include "filters/convolve/plan.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace radloom::convolve {

using Index = std::array<std::int64_t, 3>;

std::vector<Box> boxes_of(
    const Chain& chain, const Box& box, FilterBoundary boundary, const std::array<std::int64_t, 3>& whole) {
  std::vector<Box> out(chain.size() + 1, box);
  for (std::size_t k = chain.size(); k > 0; --k) out[k - 1] = filters::reach(out[k], chain[k - 1], boundary, whole);
  return out;
}

Box Plan::responses(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  return energy ? filters::reach(box, *energy, boundary, whole) : box;
}

Box Plan::reach(const Box& box, const std::array<std::int64_t, 3>& whole) const {
  const Box made = responses(box, whole);
  Box out = made;
  for (const auto& chain : chains) out = hull_of(out, boxes_of(chain, made, boundary, whole)[0]);
  return out;
}

std::array<std::int64_t, 3> Plan::taps() const {
  std::array<std::int64_t, 3> out{};
  for (int d = 0; d < 3; ++d) {
    for (const auto& chain : chains)
      for (const auto& k : chain) out[d] = std::max(out[d], k[d].voxels());
    if (energy) out[d] = std::max(out[d], (*energy)[d].voxels());
  }
  return out;
}

namespace {

/// How far a plan looks along each axis.
Index margin_of(const std::vector<Chain>& chains) {
  Index out{};
  for (const auto& chain : chains) {
    Index sum{};
    for (const auto& kernels : chain)
      for (int d = 0; d < 3; ++d) sum[d] += std::max<std::int64_t>(kernels[d].voxels() - 1, 0);
    for (int d = 0; d < 3; ++d) out[d] = std::max(out[d], sum[d]);
  }
  return out;
}

/// `box`, put together from what `make(tile)` gives for parts of it, in parallel. What passes over a tile leave stays in the second-level cache, unless
/// kernels are so long that tiles would do most of their work for the sake of their neighbours.
template <class Make>
filters::Field by_tiles(const Box& box, const Index& margin, const std::stop_token& stop, const Make& make) {
  constexpr Index least{64, 24, 24};
  Index pieces;
  for (int d = 0; d < 3; ++d) pieces[d] = std::max<std::int64_t>(box.size[d] / std::max(least[d], 4 * margin[d]), 1);
  filters::Field out{box, std::vector<double>(std::size_t(box.voxels()))};
  tbb::parallel_for(std::int64_t(0), pieces[0] * pieces[1] * pieces[2], [&](std::int64_t i) {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const Index at{i % pieces[0], i / pieces[0] % pieces[1], i / pieces[0] / pieces[1]};
    Box tile;
    for (int d = 0; d < 3; ++d) {
      const std::int64_t from = box.size[d] * at[d] / pieces[d], to = box.size[d] * (at[d] + 1) / pieces[d];
      tile.first[d] = box.first[d] + from;
      tile.size[d] = to - from;
    }
    filters::copy_into(out, make(tile));
  });
  return out;
}

/// The merged responses to the chains.
filters::Field merged(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  std::vector<std::vector<Box>> boxes;
  Box read = box;
  for (const auto& chain : plan.chains)
    read = hull_of(read, boxes.emplace_back(boxes_of(chain, box, plan.boundary, image.whole))[0]);
  const auto field = filters::field_of(image, read);
  filters::Pool pool(plan.merge);
  for (std::size_t c = 0; c < plan.chains.size(); ++c) {
    filters::Field response;
    for (std::size_t k = 0; k < plan.chains[c].size(); ++k)
      response = filters::convolve(
          k == 0 ? field : response, boxes[c][k + 1], plan.chains[c][k], plan.boundary, image.whole, stop);
    pool.add(std::move(response));
  }
  return pool.result();
}

}  // namespace

filters::Field respond(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  filters::Field out = by_tiles(plan.responses(box, image.whole), margin_of(plan.chains), stop,
      [&](const Box& tile) { return merged(plan, image, tile, stop); });
  if (!plan.energy) return out;
  for (double& v : out.values) v = std::abs(v);
  return by_tiles(box, margin_of({{*plan.energy}}), stop, [&](const Box& tile) {
    const auto part = filters::part_of(out, filters::reach(tile, *plan.energy, plan.boundary, image.whole));
    return filters::convolve(part, tile, *plan.energy, plan.boundary, image.whole, stop);
  });
}

}  // namespace radloom::convolve
