#pragma once
#include "core/moments.hpp"
#include "families/shape/formulas.hpp"
#include "families/shape/mesh.hpp"
#include "kernels/common/ordered.hpp"
#include "kernels/common/team.hpp"
#include "kernels/shape/body_region.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// The moments of region `owner` from their words.
template <class View>
RL_HD IndexMoments moments_of(const View& words, std::int64_t owner) {
  IndexMoments m;
  std::int64_t at = owner * moment_words;
  const auto next = [&] { return std::int64_t(std::uint64_t(words[at++])); };
  m.voxels = next();
  for (int i = 0; i < 3; ++i) m.sum[i] = next();
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j) m.product[i][j] = next();
  return m;
}

/// The length whose square's ordered key is `key`; 0 where none was found.
RL_HD inline double length_of(std::uint64_t key) { return key == 0 ? 0.0 : sqrt(from_ordered_key(key)); }

/// The features of the family from what was counted, by the functions the cpu calls.
///
/// Grid: one block a region. Cost: a thread has a pattern and its complement, one adds them up in their order.
struct Features {
  Span<const BodyRegion> regions;
  Span<const std::uint64_t> patterns, moments, largest;
  MeshTable table;  ///< travels with the launch
  bool pyradiomics;
  Span<double> features;  ///< feature::shape::count a region

  static constexpr int max_threads = tuning::feature_threads;
  static constexpr std::size_t shared_bytes(int threads) {
    return std::size_t(team_doubles(threads) + 512) * sizeof(double);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    auto room = exec.template shared<double>(512);
    const std::int64_t owner = exec.block();
    const BodyRegion r = exec.global(regions)[owner];
    const auto mesh =
        mesh_size(team, table, exec.global(patterns.part(owner * pattern_words, pattern_words)), r.spacing_mm, room);
    team.once([&] {
      const auto m = moments_of(exec.global(moments), owner);
      const auto lengths = exec.global(largest.part(4 * owner, 4));
      Measures out;
      out.voxels = m.voxels;
      out.area = mesh.area;
      out.volume = mesh.volume;
      out.diameter_slice = length_of(lengths[0]);
      out.diameter_column = length_of(lengths[1]);
      out.diameter_row = length_of(lengths[2]);
      out.diameter = length_of(lengths[3]);
      principal_variances(m, r.spacing_mm, out.variance);
      compute(out, r.spacing_mm, pyradiomics,
          exec.global(features.part(owner * feature::shape::count, feature::shape::count)));
    });
  }
};

}  // namespace radloom::shape
