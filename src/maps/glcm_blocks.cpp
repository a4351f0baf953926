// Co-occurrences of many neighbourhoods at once, a direction after the other: counted in the lanes of registers, measured by the family's formulas in as many
// numbers side by side as a register holds.
#include <algorithm>
#include <cmath>
#include <vector>

#include "catalogue/indices.hpp"
#include "core/simd.hpp"
#include "families/glcm/formulas.hpp"
#include "families/glcm/small_correlation.hpp"
#include "maps/correlations.hpp"
#include "maps/count_pairs.hpp"
#include "maps/glcm_blocks.hpp"
#include "maps/probabilities.hpp"
#include "maps/side_by_side.hpp"

namespace radloom::maps {
namespace {

constexpr int features = feature::glcm::count;
constexpr std::size_t small = glcm::SmallCorrelations::most_levels;

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

/// Counts [slot][lane], of which probabilities are looked up, in the lanes of a register; each lane has its own total. What the formulas make of them is kept in `made`.
template <int bytes, class T>
struct Weights {
  using Number = Numbers<bytes>;
  const T* count;
  const glcm::Probability<>* const* of_total;  ///< by lane
  Number* made;

  [[gnu::always_inline]] glcm::Probability<Number> probability(std::int64_t slot) const {
    const T* const counts = count + slot * lanes;
    return {Number::of([&](int l) { return of_total[l][counts[l]].p; }),
        Number::of([&](int l) { return of_total[l][counts[l]].entropy; })};
  }
  [[gnu::always_inline]] Number& operator[](std::int64_t slot) const { return made[slot]; }
};

/// A matrix as `glcm::compute` wants it, in some lanes: cells are pairs, levels are those of the places that take part.
template <int bytes, class T>
struct Matrix {
  using Number = Numbers<bytes>;
  struct Cell {
    std::int64_t row, column;
  };
  struct Cells : Weights<bytes, T> {
    std::span<const Pair> pair;
    [[gnu::always_inline]] Cell operator[](std::int64_t c) const {
      return {pair[std::size_t(c)].first, pair[std::size_t(c)].second};
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
    [[gnu::always_inline]] Number operator[](std::int64_t c) const {
      return m.gray_level[m.cell[c].row] + m.gray_level[m.cell[c].column];
    }
  };
  struct DifferenceLevels {
    const Matrix& m;
    [[gnu::always_inline]] Number operator[](std::int64_t c) const {
      return fabs(m.gray_level[m.cell[c].row] - m.gray_level[m.cell[c].column]);
    }
  };

  std::int64_t cells, sums, differences;
  int levels, highest_level;
  Levels gray_level;
  Cells cell;
  SumLevels sum_level{*this};
  DifferenceLevels difference_level{*this};
  Number total, largest;

  [[gnu::always_inline]] Matrix(const Counted<T>& c, const glcm::Probability<>* const* of_total, int at)
      : cells(std::int64_t(c.count.pair.size())), sums(cells), differences(cells), levels(int(c.count.place.size())),
        highest_level(c.highest_level), gray_level{c.level + at, c.count.place.data()}, cell{{c.count.cell + at,
                                                                                                 of_total, nullptr},
                                                                                            c.count.pair},
        total(numbers<bytes>(c.count.total + at)), largest(numbers<bytes>(c.count.largest + at)) {}

  [[gnu::always_inline]] Number copies(std::int64_t c) const {
    return choose(gray_level[cell[c].row] == gray_level[cell[c].column], Number(1), Number(2));
  }
};

/// Adds the features of a direction to the means, in the lanes from `at` on.
template <int bytes, class T>
[[gnu::always_inline]] inline void add_features(const Counted<T>& c, int at) {
  using Number = Numbers<bytes>;
  const glcm::Probability<>* of_total[Number::lanes];
  for (int l = 0; l < Number::lanes; ++l) of_total[l] = c.probabilities.row(std::size_t(c.count.total[at + l]));
  const Matrix<bytes, T> m(c, of_total, at);
  Number row[most_places], sum[most_pairs], difference[most_pairs], value[features];
  const Weights<bytes, T> rows{c.count.row + at, of_total, row}, sums{c.count.sum + at, of_total, sum},
      differences{c.count.difference + at, of_total, difference};
  glcm::compute(LaneTeam<bytes>{}, m, glcm::Marginals<Weights<bytes, T>>{rows, rows, sums, differences}, c.pyradiomics,
      &value[0]);
  for (int f = 0; f < features; ++f) {
    const auto defined = (value[f] == value[f]) & (m.total > Number(0));
    double* const to = c.means.sum[f] + at;
    double* const n = c.means.directions[f] + at;
    (Number::load(to) + choose(defined, value[f], Number(0))).store(to);
    (Number::load(n) + choose(defined, Number(1), Number(0))).store(n);
  }
}

template <int bytes, class T>
[[gnu::always_inline]] inline void add_all(const Counted<T>& c) {
  for (int at = 0; at < lanes; at += Numbers<bytes>::lanes) add_features<bytes, T>(c, at);
}
template <int bytes>
[[gnu::always_inline]] inline void add_bytes(const Counted<std::int8_t>& c) {
  add_all<bytes>(c);
}
template <int bytes>
[[gnu::always_inline]] inline void add_words(const Counted<std::int16_t>& c) {
  add_all<bytes>(c);
}
RL_SIMD_WIDTHS(add, const Counted<std::int8_t>&, add_bytes)
RL_SIMD_WIDTHS(add, const Counted<std::int16_t>&, add_words)

template <class T>
class GlcmBlocks final : public FamilyMap {
 public:
  GlcmBlocks(const Frame& frame, std::vector<Direction> directions, std::size_t longest, std::size_t places)
      : frame_(frame), directions_(std::move(directions)), level_(places * lanes), number_(places * lanes),
        probabilities_(std::make_shared<const Probabilities>(2 * longest, frame.epsilon())),
        large_(places, 2 * most_pairs), correlation_(directions_.size() * lanes) {
    for (auto* room : {&ends_, &row_}) room->resize(most_places * lanes);
    for (auto* room : {&cell_, &sum_, &difference_}) room->resize(most_pairs * lanes);
    for (auto* room : {&total_, &largest_, &unlike_, &first_row_, &fate_}) room->resize(lanes);
    room_.resize((2 * most_pairs + most_places) * lanes);
    rank_.resize(places * lanes);
    gray_level_.resize(places * lanes);
    levels_.resize(lanes);
    of_level_.resize(std::size_t(frame.highest_level) + 1);
    marginal_.resize(places);
    cells_.reserve(2 * most_pairs);
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<GlcmBlocks>(*this); }

  void measure(const Block& around, double* averaged, double*) override {
    for (std::size_t i = 0; i < level_.size(); ++i) {
      level_[i] = T(around.level[i]);
      number_[i] = around.level[i];
    }
    means_ = {};
    if (frame_.maximal_correlation) number_levels(around.voxels);
    for (std::size_t d = 0; d < directions_.size(); ++d) {
      const auto& direction = directions_[d];
      const PairCount<T> count{level_.data(), direction.place, direction.pair, ends_.data(), row_.data(), cell_.data(),
          sum_.data(), difference_.data(), total_.data(), largest_.data(), unlike_.data(), first_row_.data(),
          fate_.data(), room_.data()};
      count_pairs(count);
      add(Counted<T>{count, number_.data(), *probabilities_, frame_.highest_level, frame_.pyradiomics(), means_});
      if (frame_.maximal_correlation)
        for (int lane = 0; lane < around.voxels; ++lane)
          correlate(count, lane, correlation_[d * lanes + std::size_t(lane)]);
    }
    small_.solve();
    if (frame_.maximal_correlation) add_correlations(around.voxels);
    for (int f = 0; f < features; ++f)
      for (int lane = 0; lane < lanes; ++lane)
        averaged[f * lanes + lane] =
            means_.directions[f][lane] > 0 ? means_.sum[f][lane] / means_.directions[f][lane] : NAN;
  }

 private:
  /// Numbers the levels of each neighbourhood as they come.
  void number_levels(int voxels) {
    for (int lane = 0; lane < voxels; ++lane) {
      std::int32_t n = 0;
      std::int32_t* const gray_level = gray_level_.data() + std::size_t(lane) * places();
      for (std::size_t k = 0; k < places(); ++k) {
        const auto level = std::size_t(level_[k * lanes + std::size_t(lane)]);
        std::int32_t& number = of_level_[level];  // from 1 on
        if (number == 0 && level != 0) {
          gray_level[n] = std::int32_t(level);
          number = ++n;
        }
        rank_[k * lanes + std::size_t(lane)] = std::uint16_t(number - 1);
      }
      for (std::size_t k = 0; k < places(); ++k)
        if (level_[k * lanes + std::size_t(lane)] == 0) rank_[k * lanes + std::size_t(lane)] = std::uint16_t(n);
      for (std::int32_t i = 0; i < n; ++i) of_level_[std::size_t(gray_level[i])] = 0;
      levels_[std::size_t(lane)] = n;
    }
  }

  /// MCC of one neighbourhood in one direction, at the latest when it is solved.
  void correlate(const PairCount<T>& count, int lane, double& mcc) {
    const double total = count.total[lane];
    if (total == 0) {
      mcc = NAN;
      return;
    }
    switch (Fate(count.fate[lane])) {
      case Fate::one_level: mcc = 0; return;
      case Fate::apart: mcc = 1; return;
      case Fate::two_levels: {  // the second eigenvalue of two by two probabilities, of which the first is 1
        const double ends = count.first_row[lane];
        mcc = std::fabs(1 - total * count.unlike[lane] / (ends * (total - ends)));
        return;
      }
      case Fate::open: break;
    }
    const auto levels = std::size_t(levels_[std::size_t(lane)]);
    if (levels <= small) put(count, lane, int(levels), mcc);
    else search(count, lane, levels, mcc);
  }

  /// Without branches on what was counted: places that do not count have a level more, and the first of pairs that are alike comes last.
  void put(const PairCount<T>& count, int lane, int levels, double& mcc) {
    std::uint32_t met[small + 1];
    double row[small + 1];
    T weight[(small + 1) * (small + 1)];
    const auto apart = std::size_t(levels) + 1;
    std::fill_n(met, apart, 0u);
    std::fill_n(weight, apart * apart, T(0));
    for (std::size_t k = 0; k < count.place.size(); ++k)
      row[rank(count.place[k], lane)] = count.ends[k * lanes + std::size_t(lane)];
    for (std::size_t p = count.pair.size(); p-- > 0;) {
      const T w = count.cell[p * lanes + std::size_t(lane)];
      const auto i = rank(count.place[count.pair[p].first], lane), j = rank(count.place[count.pair[p].second], lane);
      const std::uint32_t edge = w != 0;
      met[i] |= edge << (j % 32);
      met[j] |= edge << (i % 32);
      weight[i * apart + j] = weight[j * apart + i] = w;
    }
    if (small_.full()) small_.solve();
    small_.put(
        levels, met, row, [&](int i, int j) { return weight[std::size_t(i) * apart + std::size_t(j)]; }, &mcc);
  }

  void search(const PairCount<T>& count, int lane, std::size_t levels, double& mcc) {
    std::fill_n(marginal_.begin(), levels, 0.0);
    for (std::size_t k = 0; k < count.place.size(); ++k)
      if (count.row[k * lanes + std::size_t(lane)])
        marginal_[rank(count.place[k], lane)] = count.row[k * lanes + std::size_t(lane)];
    cells_.clear();
    for (std::size_t p = 0; p < count.pair.size(); ++p) {
      const double w = count.cell[p * lanes + std::size_t(lane)];
      if (w == 0) continue;
      const auto i = std::int32_t(rank(count.place[count.pair[p].first], lane)),
                 j = std::int32_t(rank(count.place[count.pair[p].second], lane));
      cells_.push_back({i, j, w});
      if (i != j) cells_.push_back({j, i, w});
    }
    mcc = large_.search(cells_, {gray_level_.data() + std::size_t(lane) * places(), levels}, marginal_.data(),
        marginal_.data(), count.total[lane]);
  }

  /// The number of a place's level in a neighbourhood; one more than there are where the voxel does not count.
  std::size_t rank(std::uint32_t place, int lane) const { return rank_[place * lanes + std::size_t(lane)]; }

  void add_correlations(int voxels) {
    auto& sum = means_.sum[feature::glcm::mcc];
    auto& n = means_.directions[feature::glcm::mcc];
    for (int lane = 0; lane < voxels; ++lane) sum[lane] = n[lane] = 0;
    for (std::size_t d = 0; d < directions_.size(); ++d)
      for (int lane = 0; lane < voxels; ++lane) {
        const double mcc = correlation_[d * lanes + std::size_t(lane)];
        if (mcc != mcc) continue;
        // A region of one gray level has an MCC of 1 everywhere, as PyRadiomics has it.
        sum[lane] += frame_.levels < 2 ? 1 : mcc;
        ++n[lane];
      }
  }

  std::size_t places() const { return level_.size() / lanes; }

  Frame frame_;
  std::vector<Direction> directions_;
  std::vector<T> level_;  ///< [place][lane]
  std::vector<double> number_;
  std::vector<T> ends_, row_, cell_, sum_, difference_, total_, largest_, unlike_, first_row_, fate_,
      room_;  ///< as in PairCount
  std::shared_ptr<const Probabilities> probabilities_;
  Means means_;
  glcm::SmallCorrelations small_;
  LargeCorrelations large_;
  std::vector<double> correlation_;       ///< [direction][lane]
  std::vector<std::uint16_t> rank_;       ///< [place][lane]: see rank()
  std::vector<std::int32_t> gray_level_;  ///< [lane][number]
  std::vector<std::int32_t> levels_;      ///< [lane]
  std::vector<std::int32_t> of_level_;    ///< by gray level, all 0 between neighbourhoods
  std::vector<double> marginal_;
  std::vector<glcm::Cell> cells_;
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
