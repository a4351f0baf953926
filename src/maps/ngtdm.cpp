// Gray tone differences inside several neighbourhoods side by side.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "catalogue/indices.hpp"
#include "core/simd.hpp"
#include "families/ngtdm/formulas.hpp"
#include "maps/family_map.hpp"
#include "maps/histogram.hpp"
#include "maps/side_by_side.hpp"

namespace radloom::maps {
namespace {

constexpr int parts = 4;  ///< of a sum over places: several additions are under way at once

/// Room for one number of each lane of a register, however wide that is.
struct alignas(64) Room {
  double lane[8];
};

template <class T>
struct Work {
  const Block& around;
  int places;
  const std::uint32_t *start, *neighbour;  ///< neighbour[start[p]] up to neighbour[start[p + 1]] lie beside place p
  bool pyradiomics;                        ///< counts voxels without neighbours, the standard leaves them out (3.10)
  T* level;                                ///< [place][lane]
  T *inside, *apart;                       ///< of each place k neighbours, and |k g - the sum of theirs|
  T *slot_level, *slot_voxels;             ///< [slot][lane]: a gray level of the neighbourhood
  Room *place_level, *place_difference;    ///< of each place, in the lanes that are measured
  Room *matrix_level, *matrix_voxels, *matrix_difference;  ///< the same of each slot
  double* out;                                             ///< [feature][lane]
};

/// Fills `inside` and `apart`, and `slot_level` with the levels of the places that count.
template <int bytes, class T>
[[gnu::always_inline]] inline void look_around(const Work<T>& w) {
  using Integers = typename Register<bytes, T>::Integers;
  for (int lane = 0; lane < lanes; lane += Register<bytes, T>::lanes)
    for (int p = 0; p < w.places; ++p) {
      Integers sum{}, inside{};
      for (std::uint32_t i = w.start[p]; i < w.start[p + 1]; ++i) {
        const Integers other = integers<bytes>(w.level + std::size_t(w.neighbour[i]) * lanes + lane);
        sum += other;
        inside -= other > 0;
      }
      const int at = p * lanes + lane;
      const Integers own = integers<bytes>(w.level + at), apart = inside * own - sum;
      integers<bytes>(w.apart + at) = (apart < 0 ? -apart : apart) & (own > 0);
      integers<bytes>(w.inside + at) = inside - (inside == 0);  // nothing is apart from none
      integers<bytes>(w.slot_level + at) = own & (w.pyradiomics ? own > 0 : inside > 0);
    }
}

/// Measures as many neighbourhoods as a register has lanes.
template <int bytes, class T>
[[gnu::always_inline]] inline void measure_register(const Work<T>& w, int most_slots, int lane) {
  using Number = Numbers<bytes>;
  const auto in = [](Room* room) { return reinterpret_cast<Number*>(room); };
  Number *const level = in(w.place_level), *const difference = in(w.place_difference);
  for (int p = 0; p < w.places; ++p) {
    level[p] = numbers<bytes>(w.level + p * lanes + lane);
    difference[p] = numbers<bytes>(w.apart + p * lanes + lane) / numbers<bytes>(w.inside + p * lanes + lane);
  }
  ngtdm::ViewOf<Number> matrix{in(w.matrix_level), in(w.matrix_voxels), in(w.matrix_difference), 0};
  for (; matrix.levels < most_slots; ++matrix.levels) {
    const T* const slot = w.slot_level + matrix.levels * lanes + lane;
    if (std::all_of(slot, slot + Number::lanes, [](T g) { return g == 0; })) break;
    const Number g = numbers<bytes>(slot);
    Number part[parts] = {};
    for (int p = 0; p < w.places; p += parts)
      for (int i = 0; i < parts; ++i) part[i] += choose(level[p + i] == g, difference[p + i], Number(0));
    matrix.level[matrix.levels] = g;
    matrix.voxels[matrix.levels] = numbers<bytes>(w.slot_voxels + matrix.levels * lanes + lane);
    matrix.difference[matrix.levels] = (part[0] + part[1]) + (part[2] + part[3]);
  }
  Number feature[feature::ngtdm::count];
  ngtdm::compute(LaneTeam<bytes>{}, matrix, w.pyradiomics, &feature[0]);
  for (int f = 0; f < feature::ngtdm::count; ++f) feature[f].store(w.out + f * lanes + lane);
}

template <int bytes, class T>
[[gnu::always_inline]] inline void measure_lanes(const Work<T>& w) {
  std::copy_n(w.around.level, w.places * lanes, w.level);
  look_around<bytes>(w);
  const int slots = count_levels<bytes>(w.places, w.slot_level, w.slot_voxels);
  for (int lane = 0; lane < w.around.voxels; lane += Numbers<bytes>::lanes) measure_register<bytes>(w, slots, lane);
}
RL_SIMD_WIDTHS(measure_block, const Work<std::int16_t>&, measure_lanes)
RL_SIMD_WIDTHS(measure_block, const Work<std::int64_t>&, measure_lanes)

/// T: what a sum of the levels of all neighbours fits in.
template <class T>
class Ngtdm final : public FamilyMap {
 public:
  Ngtdm(
      const Kernel& kernel, const Frame& frame, std::vector<std::uint32_t> start, std::vector<std::uint32_t> neighbour)
      : places_(int(kernel.places().size())), pyradiomics_(frame.pyradiomics()), start_(std::move(start)),
        neighbour_(std::move(neighbour)) {
    for (auto* room : {&level_, &inside_, &apart_, &slot_level_, &slot_voxels_})
      room->resize(std::size_t(places_) * lanes);
    for (auto* room : {&place_level_, &place_difference_, &matrix_level_, &matrix_voxels_, &matrix_difference_})
      room->resize(std::size_t(places_ + parts));  // of places that there are not the differences stay 0
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Ngtdm>(*this); }

  void measure(const Block& around, double* averaged, double*) override {
    measure_block(Work<T>{around, places_, start_.data(), neighbour_.data(), pyradiomics_, level_.data(),
        inside_.data(), apart_.data(), slot_level_.data(), slot_voxels_.data(), place_level_.data(),
        place_difference_.data(), matrix_level_.data(), matrix_voxels_.data(), matrix_difference_.data(), averaged});
  }

 private:
  int places_;
  bool pyradiomics_;
  std::vector<std::uint32_t> start_, neighbour_;
  std::vector<T> level_, inside_, apart_, slot_level_, slot_voxels_;
  std::vector<Room> place_level_, place_difference_, matrix_level_, matrix_voxels_, matrix_difference_;
};

}  // namespace

std::unique_ptr<FamilyMap> make_ngtdm(const Kernel& kernel, const Frame& frame) {
  std::vector<std::vector<std::int32_t>> moved;
  for (const auto& step : looked_at(frame, false)) moved.push_back(kernel.moved(step));
  std::vector<std::uint32_t> start{0}, neighbour;
  std::size_t most = 1;
  for (std::size_t p = 0; p < kernel.places().size(); ++p) {
    for (const auto& next : moved)
      if (next[p] >= 0) neighbour.push_back(std::uint32_t(next[p]));
    start.push_back(std::uint32_t(neighbour.size()));
    most = std::max<std::size_t>(most, start[p + 1] - start[p]);
  }
  constexpr std::size_t largest = std::numeric_limits<std::int16_t>::max();
  if (std::max(most * std::size_t(frame.highest_level), kernel.places().size()) <= largest)
    return std::make_unique<Ngtdm<std::int16_t>>(kernel, frame, std::move(start), std::move(neighbour));
  return std::make_unique<Ngtdm<std::int64_t>>(kernel, frame, std::move(start), std::move(neighbour));
}

}  // namespace radloom::maps
