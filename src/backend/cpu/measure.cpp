#include "backend/cpu/measure.hpp"

#include <tbb/task_group.h>

#include <array>
#include <cmath>
#include <functional>

#include "backend/columns.hpp"
#include "catalogue/indices.hpp"
#include "families/common/direction_features.hpp"
#include "families/common/neighbourhood.hpp"
#include "families/common/size_matrix_cells.hpp"
#include "families/firstorder/formulas.hpp"
#include "families/glcm/features.hpp"
#include "families/gldm/formulas.hpp"
#include "families/glrlm/count.hpp"
#include "families/glrlm/formulas.hpp"
#include "families/glszm/count.hpp"
#include "families/glszm/formulas.hpp"
#include "families/ngtdm/formulas.hpp"
#include "families/shape/formulas.hpp"
#include "families/shape2d/formulas.hpp"
#include "preprocess/discretise.hpp"

namespace radloom::backend::cpu {
namespace {

/// Computes a region's families. Each member fills its own slot, so they may run at once.
class Work {
 public:
  Work(const Region& region, const Volume& image, bool keep_matrices, TaskClock& clock)
      : region_(region), image_(image), clock_(clock), s_(*region.settings),
        pyradiomics_(region.convention == Convention::pyradiomics), keep_(keep_matrices), wanted_(region) {}

  Measurement run() {
    Measurement out;
    const TaskClock::Scope waiting(clock_, nullptr);
    std::int64_t voxels = 0;
    for (const auto inside : region_.mask.as<std::uint8_t>()) voxels += inside != 0;
    if (voxels == 0) throw Error(ErrorCode::empty_mask, "the region holds no voxel");

    if (wanted_.levels() || keep_) {
      const TaskClock::Scope timed(clock_, &counting_);
      levels_ = discretise(image_, region_.mask, s_, region_.convention);
    }
    tbb::task_group tasks;
    const auto when = [&](bool is_wanted, void (Work::*job)()) {
      if (!is_wanted) return;
      tasks.run([this, job] {
        const TaskClock::Scope timed(clock_, &counting_);
        (this->*job)();
      });
    };
    when(wanted_[Family::glrlm] || keep_, &Work::glrlm);
    when(wanted_[Family::glszm] || keep_, &Work::glszm);
    when(wanted_[Family::glcm] || keep_, &Work::glcm);
    when(wanted_[Family::gldm] || wanted_[Family::ngtdm] || keep_, &Work::neighbourhood);
    when(wanted_[Family::shape], &Work::shape);
    when(wanted_[Family::shape2d], &Work::shape2d);
    when(wanted_[Family::firstorder], &Work::firstorder);
    tasks.wait();

    out.values = values_of_columns(region_, values_, {voxels, std::int64_t(levels_.gray_levels.size()), no_pairs_});
    if (keep_) {
      matrices_.gray_levels = levels_.gray_levels;
      out.matrices = std::move(matrices_);
    }
    out.matrices_ms = counting_.milliseconds();
    out.features_ms = formulas_.milliseconds();
    return out;
  }

 private:
  double epsilon() const { return pyradiomics_ ? 0x1p-52 : 0.0; }
  TaskClock::Scope time_formulas() { return {clock_, &formulas_}; }

  void firstorder() {
    const auto m = firstorder::measure(image_, region_.mask, pyradiomics_ ? s_.voxel_array_shift : 0);
    const auto timed = time_formulas();
    auto& out = fresh(Family::firstorder, feature::firstorder::count).averaged;
    firstorder::compute(
        SerialTeam{}, m, levels_.voxels.data(), std::int64_t(levels_.voxels.size()), pyradiomics_, out.data());
  }

  void shape() {
    const auto m = shape::measure(region_.mask);
    const auto& spacing = region_.mask.geometry().spacing_mm;
    const auto timed = time_formulas();
    shape::compute(m, {spacing[0], spacing[1], spacing[2]}, pyradiomics_,
        fresh(Family::shape, feature::shape::count).averaged.data());
  }

  void shape2d() {
    const int axis = flat_axis(region_);
    if (axis < 0) return;
    const auto m = shape2d::measure(region_.mask, axis);
    const auto timed = time_formulas();
    shape2d::compute(m, fresh(Family::shape2d, feature::shape2d::count).averaged.data());
  }

  void glcm() {
    const auto offsets = neighbours(s_.distances, s_, true);
    const auto pairs = glcm::count_pairs(levels_, offsets);
    no_pairs_ = true;
    for (const auto& p : pairs) no_pairs_ &= p.empty();
    const glcm::Request request{levels_.gray_levels, image_.geometry().spacing_mm, !pyradiomics_ || s_.symmetrical_glcm,
        pyradiomics_, wanted_.maximal_correlation};
    auto& v = values_[int(Family::glcm)];
    const auto timed = time_formulas();
    if (wanted_.averaged) v.averaged = glcm::averaged(pairs, request);
    if (wanted_.merged) v.merged = glcm::merged(pairs, offsets, norm(), request);
    if (!keep_) return;
    matrices_.glcm_offsets = offsets;
    const auto n = levels_.gray_levels.size();
    for (const auto& direction : pairs) {
      auto& dense = matrices_.glcm.emplace_back(n * n);
      for (const auto& p : direction) dense[p.row * n + p.column] = p.count;
    }
  }

  void glrlm() {
    const auto offsets = neighbours({1}, s_, true);
    auto runs = glrlm::count_runs(levels_, offsets, pyradiomics_);
    const auto features = [&](SizeMatrix& m) {
      const auto timed = time_formulas();
      std::vector<double> out;
      if (!m.empty()) {
        out.resize(feature::glrlm::count);
        glrlm::compute(SerialTeam{}, m.view(), epsilon(), out.data());
      }
      return out;
    };
    auto& v = values_[int(Family::glrlm)];
    if (wanted_.averaged) {
      std::vector<std::vector<double>> each;
      for (const auto& r : runs) {
        SizeMatrix m;
        m.add(r, 1);
        each.push_back(features(m));
      }
      v.averaged = mean_over_directions(each, feature::glrlm::count);
    }
    if (wanted_.merged) {
      SizeMatrix m;
      for (std::size_t d = 0; d < runs.size(); ++d)
        m.add(runs[d], step_length(offsets[d], image_.geometry().spacing_mm, norm()));
      v.merged = mean_over_directions({features(m)}, feature::glrlm::count);
    }
    if (!keep_) return;
    matrices_.glrlm_offsets = offsets;
    matrices_.glrlm = std::move(runs);
  }

  void glszm() {
    auto cells = glszm::count_zones(levels_, s_);
    SizeMatrix m;
    m.add(cells, 1);
    const auto timed = time_formulas();
    glszm::compute(SerialTeam{}, m.view(), epsilon(), fresh(Family::glszm, feature::glszm::count).averaged.data());
    if (keep_) matrices_.glszm = std::move(cells);
  }

  void neighbourhood() {
    auto counts = count_neighbourhoods(levels_, neighbours(s_.distances, s_, false), s_.gldm_a);
    SizeMatrix m;
    m.add(counts.gldm, 1);
    const auto timed = time_formulas();
    gldm::compute(SerialTeam{}, m.view(), epsilon(), fresh(Family::gldm, feature::gldm::count).averaged.data());

    // PyRadiomics counts voxels without neighbours, the standard leaves them out (3.10).
    std::vector<double> level, voxels, difference;
    for (std::size_t i = 0; i < levels_.gray_levels.size(); ++i) {
      const auto n = counts.ngtdm_count[i] - (pyradiomics_ ? 0 : counts.alone[i]);
      if (n == 0) continue;
      level.push_back(levels_.gray_levels[i]);
      voxels.push_back(double(n));
      double sum = 0;
      for (std::size_t k = 1; k < counts.ngtdm_difference[i].size(); ++k)
        sum += double(counts.ngtdm_difference[i][k]) / double(k);
      difference.push_back(sum);
    }
    ngtdm::compute(SerialTeam{},
        ngtdm::View{level.data(), voxels.data(), difference.data(), std::int64_t(level.size())}, pyradiomics_,
        fresh(Family::ngtdm, feature::ngtdm::count).averaged.data());
    if (!keep_) return;
    matrices_.gldm = std::move(counts.gldm);
    matrices_.ngtdm_count = std::move(counts.ngtdm_count);
    matrices_.ngtdm_difference = std::move(counts.ngtdm_difference);
  }

  WeightingNorm norm() const { return pyradiomics_ ? s_.weighting_norm : WeightingNorm::no_weighting; }

  FamilyValues& fresh(Family f, int features) {
    values_[int(f)].averaged.assign(features, NAN);
    return values_[int(f)];
  }

  const Region& region_;
  const Volume& image_;
  TaskClock& clock_;
  TaskTime counting_, formulas_;
  const Settings& s_;
  const bool pyradiomics_, keep_;
  const Wanted wanted_;
  Discretised levels_;
  bool no_pairs_ = false;
  std::array<FamilyValues, family_count> values_;
  Matrices matrices_;
};

}  // namespace

Measurement measure(const Region& region, const Volume& image, bool keep_matrices, TaskClock& clock) {
  return Work(region, image, keep_matrices, clock).run();
}

}  // namespace radloom::backend::cpu
