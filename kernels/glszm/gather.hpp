#pragma once
#include <bit>

#include "kernels/common/union_find.hpp"
#include "kernels/glszm/stretch.hpp"

namespace radloom::glszm {

inline constexpr int kept_bits = std::countr_zero(unsigned(tuning::kept_roots));
static_assert(1 << kept_bits == tuning::kept_roots);

/// Gathers a number of every zone at its root, from the pieces of runs (at most 32 voxels) of a tile.
///
/// A block keeps the numbers of `kept_roots` zones in shared memory, by what their root hashes to, and sends each on once. So a zone of all voxels,
/// on which every thread of the device would wait, gets two touches a tile. A zone that finds its place taken goes to global memory at once.
///
/// `of_piece(v, left)` is the number of the piece that this lane's voxel of Vector `v` starts, which has `left` voxels from it on; every lane of
/// the warp calls it, also those that start none. `merge(view, at, number)` is the atomic that brings numbers together; 0 changes nothing.
/// `numbers`: of every voxel, zeroed by the caller. Takes gathered_bytes() of shared memory.
template <class Exec, class Piece, class Merge>
RL_HD void gather_at_roots(Exec& exec, const LevelRegion& r, const Tile& tile, const Span<const std::uint16_t>& levels,
    const Span<std::uint32_t>& parents, const Span<std::uint32_t>& numbers, bool along_x, const Piece& of_piece,
    const Merge& merge) {
  constexpr std::uint32_t nobody = ~std::uint32_t(0);
  auto owner = exec.template shared<std::uint32_t>(tuning::kept_roots);
  auto kept = exec.template shared<std::uint32_t>(tuning::kept_roots);
  for (int k = exec.thread(); k < tuning::kept_roots; k += exec.threads()) {
    owner.set(k, nobody);
    kept.set(k, 0u);
  }
  exec.sync_block();

  const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
  const auto parent = exec.global(parents.part(r.first, r.padded_voxels()));
  const auto at_root = exec.global(numbers.part(r.first, r.padded_voxels()));
  walk_stretch(exec, range_of(r, tile), level, along_x, [&](const Vector& v, std::int64_t) {
    const std::uint32_t continued = exec.ballot(v.same);
    const std::uint32_t ends = ~continued & ~lanes_up_to(exec.lane());
    const std::uint32_t number = of_piece(v, (ends ? lowest_bit(ends) : 32) - exec.lane());
    if (v.level == 0 || (v.same && exec.lane() > 0)) return;
    const std::uint32_t root = find_root(parent, std::uint32_t(v.first + exec.lane()));
    const int place = int((root * 2654435761u) >> (32 - kept_bits));
    const std::uint32_t there = owner.cas(place, nobody, root);
    if (there == nobody || there == root) merge(kept, place, number);
    else merge(at_root, root, number);
  });
  exec.sync_block();
  for (int k = exec.thread(); k < tuning::kept_roots; k += exec.threads())
    if (owner.get(k) != nobody) merge(at_root, owner.get(k), kept.get(k));
}

inline std::size_t gathered_bytes() { return 2 * tuning::kept_roots * sizeof(std::uint32_t); }

}  // namespace radloom::glszm
