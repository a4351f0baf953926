#pragma once
#include <algorithm>
#include <vector>

#include "kernels/common/stage.hpp"
#include "kernels/maps/cooccurrences.hpp"
#include "kernels/maps/dependences.hpp"
#include "kernels/maps/differences.hpp"
#include "kernels/maps/intensities.hpp"
#include "kernels/maps/runs.hpp"
#include "kernels/maps/tuning.hpp"
#include "kernels/maps/zones.hpp"
#include "maps/task.hpp"

namespace radloom::maps {

/// The neighbourhoods of a task. One launch, or two where averages and merged matrices are both asked for.
template <class Device>
class Stage {
 public:
  Stage(Device& device, backend::Stream stream, const Task& task)
      : device_(device), stream_(stream), task_(task), places_(std::int64_t(task.kernel.places().size())),
        threads_(places_ > tuning::few_places ? tuning::threads_of_many_places : tuning::threads) {
    switch (task.family) {
      case Family::glcm: list_pairs(); break;
      case Family::glrlm: list_runs(); break;
      case Family::glszm: table_of(neighbours({1}, task.frame.settings, false)); break;
      case Family::gldm:
      case Family::ngtdm: table_of(looked_at(task.frame, false)); break;
      default: break;
    }
  }

  /// Whether a block's shared memory can hold what a neighbourhood takes.
  bool fits() const {
    return places_ <= most_places && std::max(shared_bytes(false), shared_bytes(true)) <= device_.shared_limit();
  }

  /// Fills what the task's frame asks for; `features` doubles a voxel. Waits.
  void measure(std::int64_t features, std::span<double> averaged, std::span<double> merged) {
    if (task_.at.empty()) return;
    send();
    const auto voxels = std::int64_t(task_.at.size());
    backend::Buffer<double, Device> out(device_, stream_, voxels * features);
    backend::Pinned<double, Device> home(device_, voxels * features);
    const backend::Settle<Device> settle(device_, stream_);
    for (const bool of_merged : {false, true}) {
      if (!(of_merged ? task_.frame.merged : task_.frame.averaged)) continue;
      launch(of_merged, out);
      backend::download(device_, home, out.span(), stream_);
      device_.synchronise(device_.record(stream_));
      std::copy(home.begin(), home.end(), (of_merged ? merged : averaged).begin());
    }
  }

 private:
  /// Pairs of places, matrix by matrix.
  struct Pairs {
    std::vector<Pair> pairs;
    std::vector<double> weights;
    std::vector<std::int32_t> starts{0};
    std::int32_t longest = 0;
    void end_matrix() {
      longest = std::max(longest, std::int32_t(pairs.size()) - starts.back());
      starts.push_back(std::int32_t(pairs.size()));
    }
  };

  void list_pairs() {
    for (const auto& [pairs, weight] : cooccurrences(task_.kernel, task_.frame)) {
      if (task_.frame.averaged) {
        each_.pairs.insert(each_.pairs.end(), pairs.begin(), pairs.end());
        each_.end_matrix();
      }
      if (task_.frame.merged && weight > 0) {  // that of a step of 28 mm is 0 in a double
        all_.pairs.insert(all_.pairs.end(), pairs.begin(), pairs.end());
        all_.weights.insert(all_.weights.end(), pairs.size(), weight);
      }
    }
    all_.end_matrix();
  }
  void list_runs() {
    for (const auto& [step, weight] : run_directions(task_.frame)) {
      append(table_, {-step[0], -step[1], -step[2]});
      append(next_, step);
      weights_.push_back(weight);
      ++steps_;
    }
  }
  void table_of(const std::vector<Offset>& steps) {
    for (const auto& step : steps) {
      append(table_, step);
      ++steps_;
    }
  }
  void append(std::vector<std::int32_t>& table, const Offset& step) const {
    const auto moved = task_.kernel.moved(step);
    table.insert(table.end(), moved.begin(), moved.end());
  }
  /// Of runs, zones or dependences: the largest size a neighbourhood can have.
  std::int32_t longest() const {
    return task_.family == Family::glrlm ? 2 * task_.kernel.radius() + 1
                                         : std::int32_t(std::min<std::int64_t>(steps_ + 1, places_));
  }

  std::size_t shared_bytes(bool merged) const {
    switch (task_.family) {
      case Family::glcm:
        return CooccurrenceMaps::shared_bytes(
            places_, (merged ? all_ : each_).longest, task_.frame.maximal_correlation, threads_);
      case Family::glrlm:
        return RunMaps::shared_bytes(
            places_, merged && task_.frame.merged ? places_ * steps_ : places_, longest(), threads_);
      case Family::glszm: return ZoneMaps::shared_bytes(places_, threads_);
      case Family::gldm: return DependenceMaps::shared_bytes(places_, longest(), threads_);
      case Family::ngtdm: return DifferenceMaps::shared_bytes(places_, threads_);
      default: return IntensityMaps::shared_bytes(places_, threads_);
    }
  }

  /// Sends the stretch of the volume that the task's neighbourhoods reach, and the tables.
  void send() {
    const auto steps = task_.steps();
    const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
    const std::int64_t first = task_.at.front() + *least, n = task_.at.back() + *most + 1 - first;
    std::vector<std::int64_t> at;
    for (const auto a : task_.at) at.push_back(a - first);
    const auto reached = [&](auto volume) { return volume.subspan(std::size_t(first), std::size_t(n)); };
    levels_ = {device_, stream_, reached(task_.levels)};
    if (!task_.intensities.empty()) intensities_ = {device_, stream_, reached(task_.intensities)};
    at_ = {device_, stream_, at};
    step_ = {device_, stream_, steps};
    table_there_ = {device_, stream_, table_};
    next_there_ = {device_, stream_, next_};
    weights_there_ = {device_, stream_, weights_};
    each_there_ = {device_, stream_, each_};
    all_there_ = {device_, stream_, all_};
  }

  void launch(bool merged, Span<double> out) {
    const Frame& frame = task_.frame;
    const Around around{levels_.span(), at_.span(), step_.span()};
    const auto run = [&](const auto& body) {
      device_.launch(body, {std::int64_t(task_.at.size()), threads_, shared_bytes(merged)}, stream_);
    };
    switch (task_.family) {
      case Family::glcm: {
        const auto& there = merged ? all_there_ : each_there_;
        return run(CooccurrenceMaps{around, there.pairs.span(), there.weights.span(), there.starts.span(),
            (merged ? all_ : each_).longest, frame.highest_level, frame.symmetric(), frame.pyradiomics(),
            frame.maximal_correlation, frame.levels < 2, out});
      }
      case Family::glrlm:
        return run(RunMaps{around, table_there_.span(), next_there_.span(),
            merged ? weights_there_.span() : Span<const double>{}, steps_, longest(), frame.pyradiomics(),
            frame.epsilon(), out});
      case Family::glszm: return run(ZoneMaps{around, table_there_.span(), steps_, frame.epsilon(), out});
      case Family::gldm:
        return run(DependenceMaps{
            around, table_there_.span(), steps_, longest(), std::max(0, frame.settings.gldm_a), frame.epsilon(), out});
      case Family::ngtdm: return run(DifferenceMaps{around, table_there_.span(), steps_, frame.pyradiomics(), out});
      default:
        return run(IntensityMaps{
            around, intensities_.span(), frame.voxel_volume_mm3(), frame.shift(), frame.pyradiomics(), out});
    }
  }

  struct PairsThere {
    PairsThere() = default;
    PairsThere(Device& device, backend::Stream stream, const Pairs& p)
        : pairs(device, stream, p.pairs), weights(device, stream, p.weights), starts(device, stream, p.starts) {}
    Table<Pair, Device> pairs;
    Table<double, Device> weights;
    Table<std::int32_t, Device> starts;
  };
  Device& device_;
  backend::Stream stream_;
  const Task& task_;
  std::int64_t places_;
  int threads_;
  Pairs each_, all_;
  std::vector<std::int32_t> table_, next_;
  std::vector<double> weights_;
  std::int32_t steps_ = 0;
  Table<std::uint16_t, Device> levels_;
  Table<double, Device> intensities_;
  Table<std::int64_t, Device> at_, step_;
  Table<std::int32_t, Device> table_there_, next_there_;
  Table<double, Device> weights_there_;
  PairsThere each_there_, all_there_;
};

}  // namespace radloom::maps
