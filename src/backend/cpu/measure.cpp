#include "backend/cpu/measure.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "backend/columns.hpp"
#include "catalogue/indices.hpp"
#include "core/count_inside.hpp"
#include "families/common/direction_features.hpp"
#include "families/common/neighbourhood.hpp"
#include "families/common/size_matrix_cells.hpp"
#include "families/firstorder/formulas.hpp"
#include "families/glcm/features.hpp"
#include "families/gldm/formulas.hpp"
#include "families/gldzm/count.hpp"
#include "families/gldzm/formulas.hpp"
#include "families/glrlm/count.hpp"
#include "families/glrlm/formulas.hpp"
#include "families/glszm/count.hpp"
#include "families/glszm/formulas.hpp"
#include "families/ih/features.hpp"
#include "families/ivh/features.hpp"
#include "families/loc_int/features.hpp"
#include "families/ngtdm/formulas.hpp"
#include "families/shape/formulas.hpp"
#include "families/shape/further.hpp"
#include "families/shape2d/formulas.hpp"
#include "preprocess/discretise.hpp"
#include "preprocess/slices.hpp"

namespace radloom::backend::cpu {
namespace {

/// Features of the parts of a region, one a direction or a slice; empty where a part has no matrix.
using Parts = std::vector<std::vector<double>>;

/// What there is of a region in an approach: all of it, or its slices.
struct Matter {
  Settings settings;  ///< of the region, with force_2d as the approach has it
  std::vector<LevelSlice> slices;
};

/// Computes a region's families. Each member fills its own slots, so they may run at once.
class Work {
 public:
  Work(const Region& region, const Volume& image, const Volume& surroundings, bool keep_matrices, TaskClock& clock,
      const std::shared_ptr<KeptMemory>& memory)
      : region_(region), image_(image), surroundings_(surroundings),
        body_(region.morphological_mask.empty() ? region.mask : region.morphological_mask), clock_(clock),
        memory_(memory), s_(*region.settings), pyradiomics_(region.convention == Convention::pyradiomics),
        keep_(keep_matrices), flat_(2 - s_.force_2d_dimension), own_(int(approach_of({}, s_))) {
    for (int a = 0; a < approach_count; ++a) wanted_[a] = Wanted(region, Approach(a));
  }

  Measurement run() {
    Measurement out;
    const TaskClock::Scope waiting(clock_, nullptr);
    const std::int64_t voxels = count_inside(region_.mask.as<std::uint8_t>());
    const std::int64_t body = region_.morphological_mask.empty() ? voxels : count_inside(body_.as<std::uint8_t>());
    if (voxels == 0) throw Error(ErrorCode::empty_mask, "the region holds no voxel");

    bool levels = keep_;
    for (const auto& w : wanted_) levels |= w.levels();
    if (levels) {
      const TaskClock::Scope timed(clock_, &counting_);
      levels_ = discretise(image_, region_.mask, s_, region_.convention);
    }
    tbb::task_group tasks;
    const auto start = [&](auto job) {
      tasks.run([this, job] {
        const TaskClock::Scope timed(clock_, &counting_);
        job();
      });
    };
    for (int a = 0; a < approach_count; ++a) {
      const bool keep = keep_ && a == own_;
      const Wanted& w = wanted_[a];
      if (!w.textures() && !keep) continue;
      matter_[a].settings = s_;
      matter_[a].settings.force_2d = Approach(a) != Approach::volume;
      if (Approach(a) == Approach::slices) matter_[a].slices = slices_of(levels_, flat_);
      if (w[Family::glrlm] || keep) start([this, a] { glrlm(a); });
      if (w[Family::glszm] || keep) start([this, a] { glszm(a); });
      if (w[Family::glcm] || keep) start([this, a] { glcm(a); });
      if (w[Family::gldm] || w[Family::ngtdm] || keep) start([this, a] { neighbourhood(a); });
      if (w[Family::gldzm]) start([this, a] { gldzm(a); });
    }
    const Wanted& w = wanted_[own_];
    if (w[Family::shape]) start([this] { shape(); });
    if (w[Family::shape2d]) start([this] { shape2d(); });
    if (w[Family::firstorder]) start([this] { firstorder(); });
    if (w[Family::loc_int]) start([this] { loc_int(); });
    if (w[Family::ih]) start([this] { ih(); });
    if (w[Family::ivh]) start([this] { ivh(); });
    tasks.wait();

    out.values =
        values_of_columns(region_, values_, {voxels, body, std::int64_t(levels_.gray_levels.size()), no_pairs_});
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
  bool keeps(int approach) const { return keep_ && approach == own_; }

  void firstorder() {
    const auto m = firstorder::measure(image_, region_.mask, pyradiomics_ ? s_.voxel_array_shift : 0);
    const auto timed = time_formulas();
    auto& out = fresh(Family::firstorder, feature::firstorder::count);
    firstorder::compute(
        SerialTeam{}, m, levels_.voxels.data(), std::int64_t(levels_.voxels.size()), pyradiomics_, out.data());
  }

  void shape() {
    const auto m = shape::measure(body_);
    const auto& spacing = body_.geometry().spacing_mm;
    const auto timed = time_formulas();
    auto& out = fresh(Family::shape, feature::shape::count);
    shape::compute(m, {spacing[0], spacing[1], spacing[2]}, pyradiomics_, out.data());
    if (wanted_[own_].further_shape) shape::compute_further(image_, body_, region_.mask, memory_, out.data());
  }

  void shape2d() {
    const int axis = flat_axis(region_);
    if (axis < 0) return;
    const auto m = shape2d::measure(region_.mask, axis);
    const auto timed = time_formulas();
    shape2d::compute(m, fresh(Family::shape2d, feature::shape2d::count).data());
  }

  void loc_int() { fresh(Family::loc_int, 0) = loc_int::compute(surroundings_, region_.mask, region_.place); }
  void ih() { fresh(Family::ih, 0) = ih::compute(levels_); }
  void ivh() { fresh(Family::ivh, 0) = ivh::compute(image_, region_.mask, s_); }

  /// f(levels, parts) of the whole region, or of every slice at once with parts of its own, which are then put together in order.
  template <class F>
  Parts parts_of(int approach, const F& f) {
    if (Approach(approach) != Approach::slices) return f(levels_);
    const auto& slices = matter_[approach].slices;
    std::vector<Parts> each(slices.size());
    tbb::parallel_for(std::size_t(0), slices.size(), [&](std::size_t i) {
      const TaskClock::Scope timed(clock_, &counting_);
      each[i] = f(slices[i].levels);
    });
    Parts all;
    for (auto& parts : each)
      for (auto& part : parts) all.push_back(std::move(part));
    return all;
  }

  void glcm(int approach) {
    const auto& s = matter_[approach].settings;
    const Wanted& wanted = wanted_[approach];
    const auto offsets = neighbours(s_.distances, s, true);
    const glcm::Request request{levels_.gray_levels, image_.geometry().spacing_mm, !pyradiomics_ || s_.symmetrical_glcm,
        pyradiomics_, wanted.maximal_correlation};
    std::atomic<bool> any = false;
    const auto parts = parts_of(approach, [&](const Discretised& levels) {
      const auto pairs = glcm::count_pairs(levels, offsets);
      for (const auto& p : pairs)
        if (!p.empty()) any = true;
      if (keeps(approach)) keep_pairs(pairs, offsets);
      const auto timed = time_formulas();
      Parts out;
      if (wanted.averaged) out = glcm::each(pairs, request);
      out.resize(offsets.size());
      out.emplace_back();
      if (wanted.merged)
        out.back() = pyradiomics_ ? glcm::merged(pairs, offsets, s_.weighting_norm, request)
                                  : glcm::merged(pairs, distance_weights(offsets, s_), request);
      return out;
    });
    no_pairs_[approach] = !any;
    place(Family::glcm, approach, parts, offsets.size(), feature::glcm::count);
  }

  void keep_pairs(const std::vector<std::vector<glcm::PairCount>>& pairs, const std::vector<Offset>& offsets) {
    matrices_.glcm_offsets = offsets;
    const auto n = levels_.gray_levels.size();
    for (const auto& direction : pairs) {
      auto& dense = matrices_.glcm.emplace_back(n * n);
      for (const auto& p : direction) dense[p.row * n + p.column] = p.count;
    }
  }

  void glrlm(int approach) {
    const auto& s = matter_[approach].settings;
    const Wanted& wanted = wanted_[approach];
    const auto offsets = neighbours({1}, s, true);
    const auto weights = distance_weights(offsets, s_);
    const auto features = [&](SizeMatrix& m) {
      const auto timed = time_formulas();
      std::vector<double> out;
      if (!m.empty()) {
        out.resize(feature::glrlm::count);
        glrlm::compute(SerialTeam{}, m.view(), epsilon(), out.data());
      }
      return out;
    };
    const auto parts = parts_of(approach, [&](const Discretised& levels) {
      auto runs = glrlm::count_runs(levels, offsets, pyradiomics_);
      Parts out;
      SizeMatrix all;
      for (std::size_t d = 0; d < runs.size(); ++d) {
        SizeMatrix m;
        if (wanted.averaged) m.add(runs[d], 1);
        out.push_back(features(m));
        if (wanted.merged)
          all.add(runs[d],
              pyradiomics_ ? step_length(offsets[d], image_.geometry().spacing_mm, s_.weighting_norm) : weights[d]);
      }
      out.push_back(features(all));
      if (keeps(approach)) {
        matrices_.glrlm_offsets = offsets;
        matrices_.glrlm = std::move(runs);
      }
      return out;
    });
    place(Family::glrlm, approach, parts, offsets.size(), feature::glrlm::count);
  }

  /// Of every slice, or of the whole, as many parts as there are directions, then the merged one.
  void place(Family family, int approach, const Parts& parts, std::size_t directions, std::size_t features) {
    Parts averaged, merged;
    for (std::size_t i = 0; i < parts.size(); ++i)
      (i % (directions + 1) < directions ? averaged : merged).push_back(parts[i]);
    auto& v = values_[approach][int(family)];
    if (wanted_[approach].averaged) v.averaged = mean_over_directions(averaged, features);
    if (wanted_[approach].merged) v.merged = mean_over_directions(merged, features);
  }

  void glszm(int approach) {
    const auto& s = matter_[approach].settings;
    const auto parts = parts_of(approach, [&](const Discretised& levels) {
      auto cells = glszm::count_zones(levels, s);
      SizeMatrix m;
      m.add(cells, 1);
      const auto timed = time_formulas();
      std::vector<double> out(feature::glszm::count, NAN);
      glszm::compute(SerialTeam{}, m.view(), epsilon(), out.data());
      if (keeps(approach)) matrices_.glszm = std::move(cells);
      return Parts{std::move(out)};
    });
    values_[approach][int(Family::glszm)].averaged = mean_of(parts, feature::glszm::count);
  }

  void gldzm(int approach) {
    const auto& s = matter_[approach].settings;
    const bool in_slices = Approach(approach) != Approach::volume;
    const auto distance = gldzm::border_distances(body_, in_slices ? flat_ : -1);
    const auto features = [&](const Discretised& levels, const std::vector<std::uint32_t>& distances) {
      const auto cells = gldzm::count_zones(levels, s, distances);
      SizeMatrix m;
      m.add(cells, 1);
      std::uint64_t voxels = 0;
      for (const auto n : levels.voxels) voxels += n;
      const auto timed = time_formulas();
      std::vector<double> out(feature::gldzm::count, NAN);
      gldzm::compute(SerialTeam{}, m.view(), double(voxels), out.data());
      return out;
    };
    Parts parts;
    if (Approach(approach) == Approach::slices) {
      const auto& n = body_.geometry().size;
      for (const auto& slice : matter_[approach].slices) {
        Box box{{}, n};
        box.first[flat_] = slice.index;
        box.size[flat_] = 1;
        std::vector<std::uint32_t> here;
        for (std::int64_t z = 0; z < box.size[2]; ++z)
          for (std::int64_t y = 0; y < box.size[1]; ++y) {
            const auto* const row =
                distance.data() + ((box.first[2] + z) * n[1] + box.first[1] + y) * n[0] + box.first[0];
            here.insert(here.end(), row, row + box.size[0]);
          }
        parts.push_back(features(slice.levels, here));
      }
    } else {
      parts.push_back(features(levels_, distance));
    }
    values_[approach][int(Family::gldzm)].averaged = mean_of(parts, feature::gldzm::count);
  }

  void neighbourhood(int approach) {
    const auto offsets = neighbours(neighbourhood_distances(s_, region_.convention), matter_[approach].settings, false);
    // Dependences, then differences.
    const auto parts = parts_of(approach, [&](const Discretised& levels) {
      auto counts = count_neighbourhoods(levels, offsets, s_.gldm_a);
      SizeMatrix m;
      m.add(counts.gldm, 1);
      const auto timed = time_formulas();
      Parts out{std::vector<double>(feature::gldm::count, NAN), std::vector<double>(feature::ngtdm::count, NAN)};
      gldm::compute(SerialTeam{}, m.view(), epsilon(), out[0].data());
      differences(levels, counts, out[1]);
      if (keeps(approach)) {
        matrices_.gldm = std::move(counts.gldm);
        matrices_.ngtdm_count = std::move(counts.ngtdm_count);
        matrices_.ngtdm_difference = std::move(counts.ngtdm_difference);
      }
      return out;
    });
    Parts of[2];
    for (std::size_t i = 0; i < parts.size(); ++i) of[i % 2].push_back(parts[i]);
    values_[approach][int(Family::gldm)].averaged = mean_of(of[0], feature::gldm::count);
    values_[approach][int(Family::ngtdm)].averaged = mean_of(of[1], feature::ngtdm::count);
  }

  /// PyRadiomics counts voxels without neighbours, the standard leaves them out (3.10).
  void differences(const Discretised& levels, const Neighbourhoods& counts, std::vector<double>& out) const {
    std::vector<double> level, voxels, difference;
    for (std::size_t i = 0; i < levels.gray_levels.size(); ++i) {
      const auto n = counts.ngtdm_count[i] - (pyradiomics_ ? 0 : counts.alone[i]);
      if (n == 0) continue;
      level.push_back(levels.gray_levels[i]);
      voxels.push_back(double(n));
      double sum = 0;
      for (std::size_t k = 1; k < counts.ngtdm_difference[i].size(); ++k)
        sum += double(counts.ngtdm_difference[i][k]) / double(k);
      difference.push_back(sum);
    }
    ngtdm::compute(SerialTeam{},
        ngtdm::View{level.data(), voxels.data(), difference.data(), std::int64_t(level.size())}, pyradiomics_,
        out.data());
  }

  /// The features of the only part, or their means over slices.
  static std::vector<double> mean_of(const Parts& parts, std::size_t features) {
    return parts.size() == 1 ? parts[0] : mean_over_directions(parts, features);
  }

  std::vector<double>& fresh(Family f, int features) {
    auto& out = values_[own_][int(f)].averaged;
    out.assign(features, NAN);
    return out;
  }

  const Region& region_;
  const Volume &image_, &surroundings_;
  const Volume body_;  ///< the morphological mask
  TaskClock& clock_;
  const std::shared_ptr<KeptMemory>& memory_;
  TaskTime counting_, formulas_;
  const Settings& s_;
  const bool pyradiomics_, keep_;
  const int flat_;  ///< the axis across slices
  const int own_;   ///< the approach of the settings
  Wanted wanted_[approach_count];
  Matter matter_[approach_count];
  Discretised levels_;
  std::array<bool, approach_count> no_pairs_{};
  Values values_;
  Matrices matrices_;
};

}  // namespace

Measurement measure(const Region& region, const Volume& image, const Volume& surroundings, bool keep_matrices,
    TaskClock& clock, const std::shared_ptr<KeptMemory>& memory) {
  return Work(region, image, surroundings, keep_matrices, clock, memory).run();
}

}  // namespace radloom::backend::cpu
