// First-order features of several neighbourhoods side by side.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "catalogue/indices.hpp"
#include "core/simd.hpp"
#include "families/firstorder/formulas.hpp"
#include "families/firstorder/moments.hpp"
#include "maps/family_map.hpp"
#include "maps/histogram.hpp"
#include "maps/side_by_side.hpp"

namespace radloom::maps {
namespace {

constexpr double none = -INFINITY;  ///< in place of an intensity that does not count
constexpr int group = 8;            ///< lanes whose intensities are put in order together: the widest register there is

template <class T>
struct Work {
  const Block& around;
  int places;
  bool pyradiomics;
  double shift, voxel_volume_mm3;
  const Logarithms& log2;
  T *level, *voxels;  ///< [place][lane]
  double* value;      ///< [place][lane of a group]
  double* out;        ///< [feature][lane]
};

/// How many voxels of each neighbourhood have the level of a slot.
template <int bytes, class T>
struct Voxels {
  const T* of_slot;
  const Logarithms& log2;
  [[gnu::always_inline]] Numbers<bytes> operator[](std::int64_t slot) const {
    return numbers<bytes>(of_slot + slot * lanes);
  }
  [[gnu::always_inline]] Numbers<bytes> log2_of(Numbers<bytes> count) const { return log2(count); }
};

/// The intensities of a group of neighbourhoods into `w.value`, the largest first; n: how many each has.
template <int bytes, class T>
[[gnu::always_inline]] inline void put_in_order(const Work<T>& w, int lane, double* n) {
  std::fill_n(n, group, 0.0);
  for (int k = 0; k < w.places; ++k) {
    const std::uint16_t* const level = w.around.level + k * lanes + lane;
    const double* const from = w.around.value + k * lanes + lane;
    double* const to = w.value + k * group;
    RL_INDEPENDENT
    for (int l = 0; l < group; ++l) {
      const double value = from[l];
      to[l] = level[l] ? value : none;
      n[l] += std::min<int>(level[l], 1);
    }
  }
  sort_rows<bytes, group>(w.places, w.value);
}

/// The order statistics of as many intensities as `lane_n` has it, which is the same number in every lane as a rule.
template <class Number>
[[gnu::always_inline]] inline void fill_order_statistics(
    const double* value, const double* lane_n, firstorder::MeasuresOf<Number>& m) {
  if (std::all_of(lane_n, lane_n + Number::lanes, [&](double n) { return n == lane_n[0]; })) {
    const auto n = std::int64_t(lane_n[0]);
    const auto at = [&](std::int64_t k) { return Number::load(value + (n - 1 - k) * group); };
    firstorder::measure_percentiles(n, at, m);
    m.minimum = at(0);
    return;
  }
  firstorder::Measures of_lane[Number::lanes];
  for (int l = 0; l < Number::lanes; ++l) {
    const auto n = std::int64_t(lane_n[l]);
    const auto at = [&](std::int64_t k) { return value[(n - 1 - k) * group + l]; };
    firstorder::measure_percentiles(n, at, of_lane[l]);
    of_lane[l].minimum = at(0);
  }
  const auto of_lanes = [&](double firstorder::Measures::*statistic) {
    double all[Number::lanes];
    for (int l = 0; l < Number::lanes; ++l) all[l] = of_lane[l].*statistic;
    return Number::load(all);
  };
  using firstorder::Measures;
  m.minimum = of_lanes(&Measures::minimum);
  m.p10 = of_lanes(&Measures::p10);
  m.p25 = of_lanes(&Measures::p25);
  m.median = of_lanes(&Measures::median);
  m.p75 = of_lanes(&Measures::p75);
  m.p90 = of_lanes(&Measures::p90);
}

/// Measures as many neighbourhoods as a register has lanes; `value` holds their intensities in order, `lane_n` how many they are.
template <int bytes, class T>
[[gnu::always_inline]] inline void measure_register(
    const Work<T>& w, const double* value, const double* lane_n, int slots, int lane) {
  using Number = Numbers<bytes>;
  firstorder::MeasuresOf<Number> m;
  m.n = Number::load(lane_n);
  m.voxel_volume_mm3 = w.voxel_volume_mm3;
  m.maximum = Number::load(value);
  fill_order_statistics(value, lane_n, m);
  firstorder::measure_moments(
      [&]<class... Term>(const Term&... term) {
        Sums<sizeof...(Term), Number> sums;
        for (int k = 0; k < w.places; ++k) {
          const Number v = Number::load(value + k * group);
          const auto counts = v > none;
          int i = 0;
          ((sums[i++] += choose(counts, term(v), Number(0))), ...);
        }
        return sums;
      },
      w.shift, m);
  // Equal values have no spread; the rounding of their mean is none.
  for (auto* moment : {&m.moment2, &m.moment3, &m.moment4})
    *moment = choose(m.minimum == m.maximum, Number(0), *moment);
  Number feature[feature::firstorder::count];
  firstorder::compute(
      LaneTeam<bytes>{}, m, Voxels<bytes, T>{w.voxels + lane, w.log2}, slots, w.pyradiomics, &feature[0]);
  for (int f = 0; f < feature::firstorder::count; ++f) feature[f].store(w.out + f * lanes + lane);
}

template <int bytes, class T>
[[gnu::always_inline]] inline void measure_lanes(const Work<T>& w) {
  std::copy_n(w.around.level, w.places * lanes, w.level);
  const int slots = count_levels<bytes>(w.places, w.level, w.voxels);
  for (int lane = 0; lane < w.around.voxels; lane += group) {
    double n[group];
    put_in_order<bytes>(w, lane, n);
    for (int l = 0; l < group; l += Numbers<bytes>::lanes)
      measure_register<bytes>(w, w.value + l, n + l, slots, lane + l);
  }
}
RL_SIMD_WIDTHS(measure_block, const Work<std::int16_t>&, measure_lanes)
RL_SIMD_WIDTHS(measure_block, const Work<std::int64_t>&, measure_lanes)

/// T: what levels and numbers of places fit in.
template <class T>
class FirstOrder final : public FamilyMap {
 public:
  FirstOrder(const Kernel& kernel, const Frame& frame)
      : places_(int(kernel.places().size())), pyradiomics_(frame.pyradiomics()), shift_(frame.shift()),
        volume_mm3_(frame.voxel_volume_mm3()), log2_(kernel.places().size()), level_(kernel.places().size() * lanes),
        voxels_(level_.size()), value_(kernel.places().size() * group) {}
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<FirstOrder>(*this); }

  void measure(const Block& around, double* averaged, double*) override {
    measure_block(Work<T>{around, places_, pyradiomics_, shift_, volume_mm3_, log2_, level_.data(), voxels_.data(),
        value_.data(), averaged});
  }

 private:
  int places_;
  bool pyradiomics_;
  double shift_, volume_mm3_;
  Logarithms log2_;
  std::vector<T> level_, voxels_;
  std::vector<double> value_;
};

}  // namespace

std::unique_ptr<FamilyMap> make_firstorder(const Kernel& kernel, const Frame& frame) {
  constexpr std::size_t largest = std::numeric_limits<std::int16_t>::max();
  if (std::max(kernel.places().size(), std::size_t(frame.highest_level)) <= largest)
    return std::make_unique<FirstOrder<std::int16_t>>(kernel, frame);
  return std::make_unique<FirstOrder<std::int64_t>>(kernel, frame);
}

}  // namespace radloom::maps
