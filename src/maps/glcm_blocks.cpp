// Co-occurrences of many neighbourhoods at once, a direction after the other: counted in the lanes of registers, measured by the family's formulas in as many
// numbers side by side as a register holds.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "catalogue/indices.hpp"
#include "core/simd.hpp"
#include "families/glcm/formulas.hpp"
#include "maps/block_correlations.hpp"
#include "maps/count_pairs.hpp"
#include "maps/glcm_blocks.hpp"
#include "maps/probabilities.hpp"
#include "maps/side_by_side.hpp"

namespace radloom::maps {
namespace {

constexpr int features = feature::glcm::count;

/// Pairs of one direction, and the places that they are made of.
struct Direction {
  std::vector<std::uint32_t> place;
  std::vector<Pair> pair;  ///< of numbers among `place`
};

/// The sums that a mean over directions is made of, [feature][lane].
struct Means {
  double sum[features][lanes], directions[features][lanes];
};

/// What the formulas are given for all lanes of a direction.
template <class T>
struct Counted {
  const PairCount<T>& count;
  const double* level;  ///< [place][lane]: gray level; 0 where that voxel does not count
  const Probabilities& probabilities;
  int highest_level;
  bool pyradiomics;
  Means& means;
};

/// The slots of counts [slot][lane] where any lane of a register has one, ascending: in smooth images most pairs are like an earlier one in all of them.
template <int bytes>
struct Slots {
  std::uint16_t slot[most_pairs];
  std::int64_t n = 0;

  template <class T>
  [[gnu::always_inline]] Slots(const T* count, std::size_t slots) {
    for (std::size_t s = 0; s < slots; ++s) {
      std::uint64_t words[2] = {};
      static_assert(Numbers<bytes>::lanes * sizeof(T) <= sizeof words);
      std::memcpy(words, count + s * lanes, Numbers<bytes>::lanes * sizeof(T));
      slot[n] = std::uint16_t(s);
      n += (words[0] | words[1]) != 0;
    }
  }
};

/// Counts of which probabilities are looked up, in the lanes of a register; each lane has its own total. What the formulas make of them is kept in `made`.
template <int bytes, class T>
struct Weights {
  using Number = Numbers<bytes>;
  const T* count;                              ///< [slot][lane]
  const std::uint16_t* slot;                   ///< those that are looked at; null for all
  const glcm::Probability<>* const* of_total;  ///< by lane
  Number* made;

  [[gnu::always_inline]] std::int64_t slot_of(std::int64_t i) const { return slot ? slot[i] : i; }
  [[gnu::always_inline]] glcm::Probability<Number> probability(std::int64_t i) const {
    const T* const counts = count + slot_of(i) * lanes;
    return {Number::of([&](int l) { return of_total[l][counts[l]].p; }),
        Number::of([&](int l) { return of_total[l][counts[l]].entropy; })};
  }
  [[gnu::always_inline]] Number& operator[](std::int64_t i) const { return made[i]; }
};

/// A matrix as `glcm::compute` wants it, in some lanes: cells are pairs, levels are those of the places that take part.
template <int bytes, class T>
struct Matrix {
  using Number = Numbers<bytes>;
  struct Cell {
    std::int64_t row, column;
  };
  struct Cells : Weights<bytes, T> {
    const Pair* pair;
    [[gnu::always_inline]] Cell operator[](std::int64_t c) const {
      const Pair& p = pair[this->slot_of(c)];
      return {p.first, p.second};
    }
  };
  struct Levels {
    const double* level;
    const std::uint32_t* place;
    [[gnu::always_inline]] Number operator[](std::int64_t slot) const {
      return Number::load(level + std::int64_t(place[slot]) * lanes);
    }
  };
  struct SumLevels {
    const Matrix& m;
    const std::uint16_t* slot;
    [[gnu::always_inline]] Number operator[](std::int64_t i) const {
      const Pair& p = m.cell.pair[slot[i]];
      return m.gray_level[p.first] + m.gray_level[p.second];
    }
  };
  struct DifferenceLevels {
    const Matrix& m;
    const std::uint16_t* slot;
    [[gnu::always_inline]] Number operator[](std::int64_t i) const {
      const Pair& p = m.cell.pair[slot[i]];
      return fabs(m.gray_level[p.first] - m.gray_level[p.second]);
    }
  };

  std::int64_t cells, sums, differences;
  int levels, highest_level;
  Levels gray_level;
  Cells cell;
  SumLevels sum_level;
  DifferenceLevels difference_level;
  Number total, largest;

  [[gnu::always_inline]] Number copies(std::int64_t c) const {
    const Cell of = cell[c];
    return choose(gray_level[of.row] == gray_level[of.column], Number(1), Number(2));
  }
};

/// Adds the features of a direction to the means, in the lanes from `at` on.
template <int bytes, class T>
[[gnu::always_inline]] inline void add_features(const Counted<T>& c, int at) {
  using Number = Numbers<bytes>;
  const glcm::Probability<>* of_total[Number::lanes];
  for (int l = 0; l < Number::lanes; ++l) of_total[l] = c.probabilities.row(std::size_t(c.count.total[at + l]));
  const std::size_t pairs = c.count.pair.size();
  const Slots<bytes> cells(c.count.cell + at, pairs), sums(c.count.sum + at, pairs),
      differences(c.count.difference + at, pairs);
  const Matrix<bytes, T> m{cells.n, sums.n, differences.n, int(c.count.place.size()), c.highest_level,
      {c.level + at, c.count.place.data()}, {{c.count.cell + at, cells.slot, of_total, nullptr}, c.count.pair.data()},
      {m, sums.slot}, {m, differences.slot}, numbers<bytes>(c.count.total + at), numbers<bytes>(c.count.largest + at)};
  Number row[most_places], sum[most_pairs], difference[most_pairs], value[features];
  const Weights<bytes, T> rows{c.count.row + at, nullptr, of_total, row};
  value[feature::glcm::mcc] = NAN;  // is added later
  glcm::compute(LaneTeam<bytes>{}, m,
      glcm::Marginals<Weights<bytes, T>>{rows, rows, {c.count.sum + at, sums.slot, of_total, sum},
          {c.count.difference + at, differences.slot, of_total, difference}},
      c.pyradiomics, &value[0]);
  for (int f = 0; f < features; ++f) {
    const auto defined = (value[f] == value[f]) & (m.total > Number(0));
    double* const to = c.means.sum[f] + at;
    double* const n = c.means.directions[f] + at;
    (Number::load(to) + choose(defined, value[f], Number(0))).store(to);
    (Number::load(n) + choose(defined, Number(1), Number(0))).store(n);
  }
}

template <int bytes, class T>
[[gnu::always_inline]] inline void add_features_of_block(const Counted<T>& c) {
  for (int at = 0; at < lanes; at += Numbers<bytes>::lanes) add_features<bytes, T>(c, at);
}
RL_SIMD_WIDTHS(add, const Counted<std::int8_t>&, add_features_of_block)
RL_SIMD_WIDTHS(add, const Counted<std::int16_t>&, add_features_of_block)

template <class T>
class GlcmBlocks final : public FamilyMap {
 public:
  GlcmBlocks(const Frame& frame, std::vector<Direction> directions, std::size_t longest, std::size_t places)
      : frame_(frame), directions_(std::move(directions)), level_(places * lanes), number_(places * lanes),
        probabilities_(std::make_shared<const Probabilities>(2 * longest, frame.epsilon())),
        search_(places, most_pairs, frame.highest_level), correlation_(directions_.size() * lanes) {
    for (auto* room : {&ends_, &row_}) room->resize(most_places * lanes);
    for (auto* room : {&cell_, &sum_, &difference_}) room->resize(most_pairs * lanes);
    for (auto* room : {&total_, &largest_, &unlike_, &first_row_, &fate_}) room->resize(lanes);
    room_.resize((2 * most_pairs + most_places) * lanes);
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<GlcmBlocks>(*this); }

  void measure(const Block& around, double* averaged, double*) override {
    for (std::size_t i = 0; i < level_.size(); ++i) {
      level_[i] = T(around.level[i]);
      number_[i] = around.level[i];
    }
    means_ = {};
    if (frame_.maximal_correlation) search_.number_levels(level_.data(), around.voxels);
    for (std::size_t d = 0; d < directions_.size(); ++d) {
      const auto& direction = directions_[d];
      const PairCount<T> count{level_.data(), direction.place, direction.pair, ends_.data(), row_.data(), cell_.data(),
          sum_.data(), difference_.data(), total_.data(), largest_.data(), unlike_.data(), first_row_.data(),
          fate_.data(), room_.data()};
      count_pairs(count);
      add(Counted<T>{count, number_.data(), *probabilities_, frame_.highest_level, frame_.pyradiomics(), means_});
      if (frame_.maximal_correlation)
        for (int lane = 0; lane < around.voxels; ++lane)
          search_.put(count, lane, correlation_[d * lanes + std::size_t(lane)]);
    }
    search_.solve();
    if (frame_.maximal_correlation) add_correlations(around.voxels);
    for (int f = 0; f < features; ++f)
      for (int lane = 0; lane < lanes; ++lane)
        averaged[f * lanes + lane] =
            means_.directions[f][lane] > 0 ? means_.sum[f][lane] / means_.directions[f][lane] : NAN;
    if (frame_.correlation_is_one()) std::fill_n(averaged + feature::glcm::mcc * lanes, lanes, 1.0);
  }

 private:
  void add_correlations(int voxels) {
    auto& sum = means_.sum[feature::glcm::mcc];
    auto& n = means_.directions[feature::glcm::mcc];
    for (int lane = 0; lane < voxels; ++lane) sum[lane] = n[lane] = 0;
    for (std::size_t d = 0; d < directions_.size(); ++d)
      for (int lane = 0; lane < voxels; ++lane) {
        const double mcc = correlation_[d * lanes + std::size_t(lane)];
        if (mcc != mcc) continue;
        sum[lane] += mcc;
        ++n[lane];
      }
  }

  Frame frame_;
  std::vector<Direction> directions_;
  std::vector<T> level_;  ///< [place][lane]
  std::vector<double> number_;
  std::vector<T> ends_, row_, cell_, sum_, difference_, total_, largest_, unlike_, first_row_, fate_,
      room_;  ///< as in PairCount
  std::shared_ptr<const Probabilities> probabilities_;
  Means means_;
  BlockCorrelations<T> search_;
  std::vector<double> correlation_;  ///< [direction][lane]
};

}  // namespace

std::unique_ptr<FamilyMap> make_glcm_blocks(const Kernel& kernel, const Frame& frame) {
  if (frame.merged || !frame.symmetric()) return nullptr;
  std::vector<Direction> directions;
  std::size_t longest = 0;
  for (const auto& found : cooccurrences(kernel, frame)) {
    Direction direction;
    std::vector<std::int32_t> number(kernel.places().size(), -1);
    const auto number_of = [&](std::uint32_t place) {
      if (number[place] < 0) {
        number[place] = std::int32_t(direction.place.size());
        direction.place.push_back(place);
      }
      return std::uint32_t(number[place]);
    };
    for (const auto& pair : found.pairs) direction.pair.push_back({number_of(pair.first), number_of(pair.second)});
    longest = std::max(longest, direction.pair.size());
    if (direction.place.size() > most_places) return nullptr;
    directions.push_back(std::move(direction));
  }
  if (longest > most_pairs || frame.highest_level > INT16_MAX) return nullptr;
  const std::size_t places = kernel.places().size();
  if (2 * longest <= INT8_MAX && frame.highest_level <= INT8_MAX)
    return std::make_unique<GlcmBlocks<std::int8_t>>(frame, std::move(directions), longest, places);
  return std::make_unique<GlcmBlocks<std::int16_t>>(frame, std::move(directions), longest, places);
}

}  // namespace radloom::maps
