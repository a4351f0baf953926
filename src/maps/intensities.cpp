// First-order features and gray tone differences inside a neighbourhood.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "catalogue/indices.hpp"
#include "families/firstorder/formulas.hpp"
#include "families/firstorder/measure.hpp"
#include "families/ngtdm/formulas.hpp"
#include "maps/one_by_one.hpp"

namespace radloom::maps {
namespace {

class FirstOrder final : public OneByOne {
 public:
  FirstOrder(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::firstorder::count), pyradiomics_(frame.pyradiomics()), shift_(frame.shift()),
        volume_mm3_(frame.voxel_volume_mm3()), room_(kernel.places().size()) {}
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<FirstOrder>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double>) override {
    auto m =
        firstorder::measure(around.value.data(), std::int64_t(around.value.size()), room_.data(), volume_mm3_, shift_);
    // Equal values have no spread; the rounding of their mean is none.
    if (m.minimum == m.maximum) m.moment2 = m.moment3 = m.moment4 = 0;
    firstorder::compute(
        SerialTeam{}, m, around.voxels.data(), std::int64_t(around.voxels.size()), pyradiomics_, averaged.data());
  }

 private:
  bool pyradiomics_;
  double shift_, volume_mm3_;
  std::vector<double> room_;
};

class Ngtdm final : public OneByOne {
 public:
  Ngtdm(const Kernel& kernel, const Frame& frame)
      : OneByOne(kernel, frame, feature::ngtdm::count), pyradiomics_(frame.pyradiomics()), sum_(kernel.places().size()),
        inside_(kernel.places().size()) {
    for (const auto& step : looked_at(frame, true)) {
      const auto pairs = kernel.pairs(step);
      pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
    }
    const std::size_t levels = std::min(kernel.places().size(), frame.levels);
    for (auto* room : {&level_, &voxels_, &difference_}) room->resize(levels);
  }
  std::unique_ptr<FamilyMap> copy() const override { return std::make_unique<Ngtdm>(*this); }

  void measure(const Neighbourhood& around, std::span<double> averaged, std::span<double>) override {
    const auto& rank = around.rank;
    const auto& gray_level = around.gray_level;
    std::fill(sum_.begin(), sum_.end(), 0);
    std::fill(inside_.begin(), inside_.end(), 0);
    for (const auto& pair : pairs_) {
      const auto a = rank[pair.first], b = rank[pair.second];
      if ((a | b) < 0) continue;
      sum_[pair.first] += gray_level[std::size_t(b)];
      sum_[pair.second] += gray_level[std::size_t(a)];
      ++inside_[pair.first];
      ++inside_[pair.second];
    }
    const std::size_t levels = gray_level.size();
    for (std::size_t r = 0; r < levels; ++r) {
      level_[r] = gray_level[r];
      voxels_[r] = around.voxels[r];
      difference_[r] = 0;
    }
    for (std::size_t p = 0; p < sum_.size(); ++p) {
      if (rank[p] < 0) continue;
      const auto r = std::size_t(rank[p]);
      const std::int64_t k = inside_[p];
      // PyRadiomics counts voxels without neighbours, the standard leaves them out (3.10).
      if (k == 0) voxels_[r] -= pyradiomics_ ? 0 : 1;
      else difference_[r] += double(std::abs(k * gray_level[r] - sum_[p])) / double(k);
    }
    ngtdm::compute(SerialTeam{}, ngtdm::View{level_.data(), voxels_.data(), difference_.data(), std::int64_t(levels)},
        pyradiomics_, averaged.data());
  }

 private:
  bool pyradiomics_;
  std::vector<Pair> pairs_;
  std::vector<std::int64_t> sum_;
  std::vector<std::int32_t> inside_;
  std::vector<double> level_, voxels_, difference_;
};

}  // namespace

std::unique_ptr<FamilyMap> make_ngtdm(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<Ngtdm>(kernel, frame);
}
std::unique_ptr<FamilyMap> make_firstorder(const Kernel& kernel, const Frame& frame) {
  return std::make_unique<FirstOrder>(kernel, frame);
}

}  // namespace radloom::maps
