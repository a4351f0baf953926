#include "filters/convolve/plan.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "filters/common/separable.hpp"

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

/// Writes `box`, put together from what `make(tile)` gives for parts of it, in parallel. What passes over a tile leave stays in the second-level cache,
/// unless kernels are so long that tiles would do most of their work for the sake of their neighbours.
template <class Make>
void by_tiles(const Box& box, const Index& margin, const std::stop_token& stop, const Make& make, double* out) {
  constexpr Index least{64, 24, 24};
  Index pieces;
  for (int d = 0; d < 3; ++d) pieces[d] = std::max<std::int64_t>(box.size[d] / std::max(least[d], 4 * margin[d]), 1);
  tbb::parallel_for(std::int64_t(0), pieces[0] * pieces[1] * pieces[2], [&](std::int64_t i) {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const Index at{i % pieces[0], i / pieces[0] % pieces[1], i / pieces[0] / pieces[1]};
    Index from, size;
    for (int d = 0; d < 3; ++d) {
      from[d] = box.size[d] * at[d] / pieces[d];
      size[d] = box.size[d] * (at[d] + 1) / pieces[d] - from[d];
    }
    const filters::Field made =
        make(Box{{box.first[0] + from[0], box.first[1] + from[1], box.first[2] + from[2]}, size});
    for (std::int64_t z = 0; z < size[2]; ++z)
      for (std::int64_t y = 0; y < size[1]; ++y)
        std::copy_n(made.values.begin() + (z * size[1] + y) * size[0], size[0],
            out + ((from[2] + z) * box.size[1] + from[1] + y) * box.size[0] + from[0]);
  });
}

/// The merged responses to chains of several kernels.
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
  filters::Field out = pool.result();
  if (plan.energy)
    for (double& v : out.values) v = std::abs(v);
  return out;
}

}  // namespace

Volume respond(const Plan& plan, const filters::Block& image, const Box& box, const std::stop_token& stop,
    const std::shared_ptr<KeptMemory>& memory) {
  const Geometry grid = filters::grid_of(image, box);
  const Box made = plan.responses(box, image.whole);
  const auto responses = large_memory<double>(std::size_t(made.voxels()), memory);
  if (std::ranges::all_of(plan.chains, [](const Chain& chain) { return chain.size() == 1; })) {
    std::vector<filters::Kernels> sets;
    for (const auto& chain : plan.chains) sets.push_back(chain[0]);
    filters::Separable(sets, plan.merge, plan.energy.has_value())
        .respond(image, made, plan.boundary, stop, responses.get());
  } else {
    by_tiles(
        made, margin_of(plan.chains), stop, [&](const Box& tile) { return merged(plan, image, tile, stop); },
        responses.get());
  }
  if (!plan.energy) return filters::volume_over(grid, responses);  // made is the box
  Geometry of_made;
  of_made.size = made.size;
  const filters::Block magnitudes{filters::volume_over(of_made, responses), made.first, image.whole};
  const auto energy = large_memory<double>(std::size_t(box.voxels()), memory);
  filters::Separable({&*plan.energy, 1}).respond(magnitudes, box, plan.boundary, stop, energy.get());
  return filters::volume_over(grid, energy);
}

}  // namespace radloom::convolve
