// Runs inside neighbourhoods.
#include <algorithm>
#include <vector>

#include "core/simd.hpp"
#include "families/common/direction_features.hpp"
#include "families/glrlm/formulas.hpp"
#include "maps/size_entries.hpp"

namespace radloom::maps {
namespace {

/// What measures blocks is given.
template <class T>
struct Runs {
  SizeEntries<T> entries;  ///< one a place of a direction, or of each where they are merged: where a run starts
  std::vector<std::vector<std::int32_t>> next;  ///< of each direction and place, the place a step on; -1 outside
  bool averaged_wanted, merged_wanted, drop_single;
  double epsilon;
  std::vector<Lanes<T>> length, further;  ///< of each place: of the run from there on, what counts there or further on
  Block around{};
  double *averaged = nullptr, *merged = nullptr;
};

/// Lists the runs of a direction, from entry `first` on: none where no line holds two voxels and those directions are left out.
template <int bytes, class T>
[[gnu::always_inline]] inline void list_runs(Runs<T>& r, const std::vector<std::int32_t>& next, std::size_t first) {
  using Integers = typename Register<bytes, T>::Integers;
  Integers two{};
  for (std::size_t p = next.size(); p-- > 0;) {
    const Integers level = r.entries.level(p).template in<bytes>(), outside = (Integers)(level == r.entries.none);
    Integers length = Integers{} + 1, further = ~outside;
    if (next[p] >= 0) {
      const auto q = std::size_t(next[p]);
      const auto same = (Integers)(level == r.entries.level(q).template in<bytes>());
      length += r.length[q].template in<bytes>() & same;
      r.entries[first + q].template in<bytes>() |= same;
      two |= further & r.further[q].template in<bytes>();
      further |= r.further[q].template in<bytes>();
    }
    r.length[p].template in<bytes>() = length;
    r.further[p].template in<bytes>() = further;
    r.entries[first + p].template in<bytes>() = (level + length) | outside;
  }
  if (!r.drop_single || !any<bytes, T>(~two)) return;
  for (std::size_t p = 0; p < next.size(); ++p) r.entries[first + p].template in<bytes>() |= ~two;
}

/// The mean of features over matrices, a sum at first.
template <int bytes>
struct Mean {
  struct Row {
    double* at;
    typename Numbers<bytes>::Condition counts;
    [[gnu::always_inline]] void operator=(Numbers<bytes> value) const {
      (Numbers<bytes>::load(at) + choose(counts, value, Numbers<bytes>(0))).store(at);
    }
  };
  double* first;  ///< column of the first feature
  typename Numbers<bytes>::Condition counts;
  [[gnu::always_inline]] Row operator[](int feature) const { return {first + feature * lanes, counts}; }
};

template <int bytes, class T>
[[gnu::always_inline]] inline void measure_runs(Runs<T>& r) {
  using Number = Numbers<bytes>;
  constexpr int together = Register<bytes, T>::lanes, features = feature::glrlm::count;
  const std::size_t places = r.entries.places(), directions = r.next.size();
  // The mean over `n` matrices of `entries` each, of those that have any.
  const auto measure = [&](double* out, std::size_t n, std::size_t entries, const auto& list)
      __attribute__((always_inline)) {
    double matrices[together] = {};
    for (int f = 0; f < features; ++f) std::fill_n(out + f * lanes, together, 0.0);
    for (std::size_t d = 0; d < n; ++d) {
      list(d);
      r.entries.template count<bytes>(entries);
      for (int lane = 0; lane < together; lane += Number::lanes) {
        const auto matrix = r.entries.template view<bytes>(lane);
        const auto counts = matrix.total.value > Number(0);
        (Number::load(matrices + lane) + counts).store(matrices + lane);
        glrlm::compute(LaneTeam<bytes>{}, matrix, r.epsilon, Mean<bytes>{out + lane, counts});
      }
    }
    for (int f = 0; f < features; ++f)
      for (int lane = 0; lane < together; ++lane) out[f * lanes + lane] /= matrices[lane];
  };
  for (int first = 0; first < r.around.voxels; first += together) {
    r.entries.template look<bytes>(r.around, first);
    if (r.averaged_wanted)
      measure(
          r.averaged + first, directions,
          places, [&](std::size_t d) __attribute__((always_inline)) { list_runs<bytes>(r, r.next[d], 0); });
    if (r.merged_wanted)
      measure(
          r.merged + first, 1, directions * places, [&](std::size_t) __attribute__((always_inline)) {
            for (std::size_t d = 0; d < directions; ++d) list_runs<bytes>(r, r.next[d], d * places);
          });
  }
}
RL_SIMD_WIDTHS(measure_blocks, Runs<std::uint8_t>&, measure_runs)
RL_SIMD_WIDTHS(measure_blocks, Runs<std::uint16_t>&, measure_runs)
RL_SIMD_WIDTHS(measure_blocks, Runs<std::uint32_t>&, measure_runs)
RL_SIMD_WIDTHS(measure_blocks, Runs<std::uint64_t>&, measure_runs)

template <class T>
class Glrlm final : public FamilyMap {
 public:
  Glrlm(const SizeEntries<T>& entries, const std::vector<std::vector<std::int32_t>>& next, const Frame& frame)
      : work_{entries, next, frame.averaged, frame.merged, frame.pyradiomics(), frame.epsilon(),
            std::vector<Lanes<T>>(entries.places()), std::vector<Lanes<T>>(entries.places())} {}
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glrlm>(*this); }
  void measure(const Block& around, double* averaged, double* merged) override {
    work_.around = around;
    work_.averaged = averaged;
    work_.merged = merged;
    measure_blocks(work_);
  }

 private:
  Runs<T> work_;
};

}  // namespace

std::vector<RunDirection> run_directions(const Frame& frame) {
  const auto steps = neighbours({1}, frame.settings, true);
  const auto weights = distance_weights(steps, frame.settings);
  std::vector<RunDirection> directions;
  for (std::size_t d = 0; d < steps.size(); ++d)
    directions.push_back({steps[d],
        frame.pyradiomics() ? step_length(steps[d], frame.spacing_mm, frame.settings.weighting_norm) : weights[d]});
  return directions;
}

std::unique_ptr<FamilyMap> make_glrlm(const Kernel& kernel, const Frame& frame) {
  std::vector<std::vector<std::int32_t>> next;
  for (const auto& [step, weight] : run_directions(frame)) {
    if (frame.merged && weight != 1) return make_weighted_runs(kernel, frame);
    next.push_back(kernel.moved(step));
  }
  return make_smallest<Glrlm>(kernel.places().size(), kernel.places().size() * (frame.merged ? next.size() : 1),
      std::size_t(2 * kernel.radius() + 1), frame.highest_level, next, frame);
}

}  // namespace radloom::maps
