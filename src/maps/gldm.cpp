// Dependences inside neighbourhoods.
#include <algorithm>
#include <vector>

#include "core/simd.hpp"
#include "families/gldm/formulas.hpp"
#include "maps/size_entries.hpp"

namespace radloom::maps {
namespace {

/// What measures blocks is given.
template <class T>
struct Dependences {
  SizeEntries<T> entries;  ///< one a place
  std::vector<Pair> pairs;
  int alpha;
  double epsilon;
  std::vector<Lanes<T>> dependence;  ///< of each place
  Block around{};
  double* out = nullptr;
};

template <int bytes, class T>
[[gnu::always_inline]] inline void measure_dependences(Dependences<T>& d) {
  using Integers = typename Register<bytes, T>::Integers;
  constexpr int together = Register<bytes, T>::lanes;
  const std::size_t places = d.entries.places();
  const T alpha = d.entries.difference(d.alpha);
  for (int first = 0; first < d.around.voxels; first += together) {
    d.entries.template look<bytes>(d.around, first);
    for (auto& dependence : d.dependence) dependence.template in<bytes>() = Integers{} + 1;
    for (const auto& pair : d.pairs) {
      const Integers a = d.entries.level(pair.first).template in<bytes>(),
                     b = d.entries.level(pair.second).template in<bytes>();
      const Integers depends = (Integers)((a > b ? a - b : b - a) <= alpha);
      d.dependence[pair.first].template in<bytes>() -= depends;
      d.dependence[pair.second].template in<bytes>() -= depends;
    }
    for (std::size_t p = 0; p < places; ++p) {
      const Integers level = d.entries.level(p).template in<bytes>();
      d.entries[p].template in<bytes>() =
          (level + d.dependence[p].template in<bytes>()) | (Integers)(level == d.entries.none);
    }
    d.entries.template count<bytes>(places);
    for (int lane = 0; lane < together; lane += Numbers<bytes>::lanes)
      gldm::compute(
          LaneTeam<bytes>{}, d.entries.template view<bytes>(lane), d.epsilon, Columns<bytes>{d.out + first + lane});
  }
}
RL_SIMD_WIDTHS(measure_blocks, Dependences<std::uint8_t>&, measure_dependences)
RL_SIMD_WIDTHS(measure_blocks, Dependences<std::uint16_t>&, measure_dependences)
RL_SIMD_WIDTHS(measure_blocks, Dependences<std::uint32_t>&, measure_dependences)
RL_SIMD_WIDTHS(measure_blocks, Dependences<std::uint64_t>&, measure_dependences)

template <class T>
class Gldm final : public FamilyMap {
 public:
  Gldm(const SizeEntries<T>& entries, const std::vector<Pair>& pairs, int alpha, double epsilon)
      : work_{entries, pairs, alpha, epsilon, std::vector<Lanes<T>>(entries.places())} {}
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Gldm>(*this); }
  void measure(const Block& around, double* averaged, double*) override {
    work_.around = around;
    work_.out = averaged;
    measure_blocks(work_);
  }

 private:
  Dependences<T> work_;
};

}  // namespace

std::vector<Offset> looked_at(const Frame& frame, bool half) {
  return neighbours(neighbourhood_distances(frame.settings, frame.convention), frame.settings, half);
}

std::unique_ptr<FamilyMap> make_gldm(const Kernel& kernel, const Frame& frame) {
  const std::size_t places = kernel.places().size();
  std::vector<Pair> pairs;
  std::size_t most = 1;
  for (const auto& step : looked_at(frame, true)) {
    const auto further = kernel.pairs(step);
    pairs.insert(pairs.end(), further.begin(), further.end());
    most += further.empty() ? 0 : 2;
  }
  // What does not count is further than alpha from every level.
  const int alpha = std::clamp(frame.settings.gldm_a, 0, frame.highest_level);
  return make_smallest<Gldm>(
      places, places, std::min(most, places), frame.highest_level + alpha, pairs, alpha, frame.epsilon());
}

}  // namespace radloom::maps
