#pragma once
#include "kernels/common/find_owner.hpp"
#include "kernels/shape/cloud.hpp"

namespace radloom::shape {

/// A vertex of the mesh, in half voxels.
struct Vertex {
  std::int32_t x, y, z;
};

/// Where the candidates that were listed lie, for the host: every corner of the convex hull is one.
///
/// Grid: one block `candidate_threads` places of the list. Cost: the ends of a line read and 12 bytes written a candidate.
struct PlaceCandidates {
  Span<const BodyRegion> regions;
  Span<const std::int64_t> first_block;  ///< of each region
  Span<const std::uint32_t> x_lines;
  Span<const VertexKey> list;
  Span<const std::uint32_t> listed;
  Span<Vertex> vertices;  ///< each region's from BodyRegion::candidates on

  static constexpr int max_threads = tuning::candidate_threads;
  RL_HD static std::int64_t blocks(const BodyRegion& r) {
    return (r.most_candidates() + max_threads - 1) / max_threads;
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto [owner, r, item] = owned_block(exec, regions, first_block);
    const std::int64_t i = item * exec.threads() + exec.thread();
    if (i >= std::int64_t(exec.global(listed)[owner])) return;
    const VertexKey key = exec.global(list.part(r.candidates, r.most_candidates()))[i];
    const std::int64_t line = key / 2;
    const LineEnds e = line_ends(exec.global(x_lines.part(2 * r.x_lines, 2 * r.x_line_count())), line, r.halves(0));
    exec.global(vertices.part(r.candidates, r.most_candidates()))
        .set(i, {key % 2 ? e.last : e.first, std::int32_t(line % r.halves(1)), std::int32_t(line / r.halves(1))});
  }
};

}  // namespace radloom::shape
