// Zones inside neighbourhoods.
#include <algorithm>
#include <vector>

#include "core/simd.hpp"
#include "families/glszm/formulas.hpp"
#include "maps/size_entries.hpp"

namespace radloom::maps {
namespace {

/// What measures blocks is given.
template <class T>
struct Zones {
  SizeEntries<T> entries;  ///< one a place: the first of each zone
  std::vector<Pair> pairs;
  double epsilon;
  std::vector<Lanes<T>> zone, size;  ///< of each place: the first of its zone, and how many have it as that
  Block around{};
  double* out = nullptr;
};

/// Gives each place the number of the first in its zone: pairs of the same level take the smaller of theirs, forwards and backwards, until nothing
/// changes in any lane.
template <int bytes, class T>
[[gnu::always_inline]] inline void find_zones(Zones<T>& z) {
  using Integers = typename Register<bytes, T>::Integers;
  for (std::size_t p = 0; p < z.zone.size(); ++p) z.zone[p].template in<bytes>() = Integers{} + T(p);
  Integers changed{};
  const auto join = [&](const Pair& pair) __attribute__((always_inline)) {
    const auto apart = (Integers)(z.entries.level(pair.first).template in<bytes>() !=
                                  z.entries.level(pair.second).template in<bytes>());
    Integers &a = z.zone[pair.first].template in<bytes>(), &b = z.zone[pair.second].template in<bytes>();
    const Integers of_a = a | apart, of_b = b | apart, least_a = a < of_b ? a : of_b, least_b = b < of_a ? b : of_a;
    changed |= (least_a ^ a) | (least_b ^ b);
    a = least_a;
    b = least_b;
  };
  do {
    for (const auto& pair : z.pairs) join(pair);
    changed = Integers{};
    for (auto pair = z.pairs.rbegin(); pair != z.pairs.rend(); ++pair) join(*pair);
  } while (any<bytes, T>(changed));
}

/// Counts the voxels of each zone at its first place: by comparing all with all, which is what a register does best, up to where lane by lane is faster.
template <int bytes, class T>
[[gnu::always_inline]] inline void count_voxels(Zones<T>& z) {
  using Integers = typename Register<bytes, T>::Integers;
  const std::size_t places = z.zone.size();
  for (auto& size : z.size) size.template in<bytes>() = Integers{};
  if (places <= 100)
    for (std::size_t p = 0; p < places; ++p)
      for (std::size_t q = p; q < places; ++q)
        z.size[p].template in<bytes>() -= (Integers)(z.zone[q].template in<bytes>() == T(p));
  else
    for (const auto& zone : z.zone)
      for (int l = 0; l < Register<bytes, T>::lanes; ++l) ++z.size[zone.lane[l]].lane[l];
}

template <int bytes, class T>
[[gnu::always_inline]] inline void measure_zones(Zones<T>& z) {
  using Integers = typename Register<bytes, T>::Integers;
  constexpr int together = Register<bytes, T>::lanes;
  const std::size_t places = z.entries.places();
  for (int first = 0; first < z.around.voxels; first += together) {
    z.entries.template look<bytes>(z.around, first);
    find_zones<bytes>(z);
    count_voxels<bytes>(z);
    for (std::size_t p = 0; p < places; ++p) {
      const Integers level = z.entries.level(p).template in<bytes>(), size = z.size[p].template in<bytes>();
      z.entries[p].template in<bytes>() = (level + size) | (Integers)((level == z.entries.none) | (size == 0));
    }
    z.entries.template count<bytes>(places);
    for (int lane = 0; lane < together; lane += Numbers<bytes>::lanes)
      glszm::compute(
          LaneTeam<bytes>{}, z.entries.template view<bytes>(lane), z.epsilon, Columns<bytes>{z.out + first + lane});
  }
}
RL_SIMD_WIDTHS(measure_blocks, Zones<std::uint8_t>&, measure_zones)
RL_SIMD_WIDTHS(measure_blocks, Zones<std::uint16_t>&, measure_zones)
RL_SIMD_WIDTHS(measure_blocks, Zones<std::uint32_t>&, measure_zones)
RL_SIMD_WIDTHS(measure_blocks, Zones<std::uint64_t>&, measure_zones)

template <class T>
class Glszm final : public FamilyMap {
 public:
  Glszm(const SizeEntries<T>& entries, const std::vector<Pair>& pairs, double epsilon)
      : work_{entries, pairs, epsilon, std::vector<Lanes<T>>(entries.places()),
            std::vector<Lanes<T>>(entries.places())} {}
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Glszm>(*this); }
  void measure(const Block& around, double* averaged, double*) override {
    work_.around = around;
    work_.out = averaged;
    measure_blocks(work_);
  }

 private:
  Zones<T> work_;
};

}  // namespace

std::unique_ptr<FamilyMap> make_glszm(const Kernel& kernel, const Frame& frame) {
  const std::size_t places = kernel.places().size();
  std::vector<Pair> pairs;
  for (const auto& step : neighbours({1}, frame.settings, true)) {
    const auto further = kernel.pairs(step);
    pairs.insert(pairs.end(), further.begin(), further.end());
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.first < b.first; });
  return make_smallest<Glszm>(places, places, places, frame.highest_level, pairs, frame.epsilon());
}

}  // namespace radloom::maps
