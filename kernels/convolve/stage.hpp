#pragma once
#include "backend/cuda/device.hpp"
#include "filters/convolve/plan.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/convolve/convolve_axis.hpp"

namespace radloom::convolve {

/// Separable convolutions of a batch of images, by several plans each. Whatever the number of images and plans: a launch for each axis that the
/// first kernels of any plan go along, for each of the second ones, and so on from chain to chain, then for each of the energies. The constructor puts
/// them on the stream; the results can be used by work put there afterwards. Beside its result a plan has two arrays of 8 bytes a voxel on the device,
/// what the passes before the last make, two more where chains have several kernels, and with energy the responses that it is taken of, each as large
/// as the box and what later passes reach; they go back behind the launches.
template <class Device>
class Stage {
 public:
  struct Wanted {
    ImageOnDevice image;  ///< with what `Plan::reach` names
    Box box;
    std::vector<Plan> plans;
  };

  /// Throws Error(usage) where a block lacks voxels, DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) : device_(device), stream_(stream) {
    std::size_t most = 0;
    for (const auto& w : batch)
      for (const auto& plan : w.plans) most = std::max(most, links_of(plan));
    Layout layout;
    layout.launches.resize(3 * most + 3);
    for (const auto& w : batch) {
      first_.push_back(results_.size());
      for (const auto& plan : w.plans) lay_out(w.image, w.box, plan, layout);
    }
    launch(layout);
  }

  /// What plan `k` makes of image `i`, x fastest.
  Span<const double> result(std::size_t i, std::size_t k) const { return results_[first_[i] + k].span(); }
  /// The same, which is given away.
  backend::Buffer<double, Device> take(std::size_t i, std::size_t k) { return std::move(results_[first_[i] + k]); }

 private:
  using Index = std::array<std::int64_t, 3>;

  /// What is launched, in which memory.
  struct Layout {
    std::vector<std::vector<AxisJob>>
        launches;  ///< one along each axis for kernels of the same number, at last for energies
    std::vector<std::int32_t> places;
    std::vector<double> weights;
    std::vector<backend::Buffer<double, Device>> rooms;
  };
  /// Values of a box of an image on the device.
  struct Source {
    Span<const std::uint8_t> values;
    ScalarType type;
    Box box;
  };
  struct Pass {
    int axis;
    Box made;
  };
  /// Kernels to go along the axes, one pass after the other.
  struct Turn {
    const filters::Kernels& kernels;
    bool goes_on;  ///< from where the turn before it ended, not from the image
    std::vector<Pass> passes;
    Ending ending;
    Span<double> out;          ///< without data where the next turn goes on
    std::size_t first_launch;  ///< of the three
  };

  static std::size_t links_of(const Plan& plan) {
    std::size_t n = 0;
    for (const auto& chain : plan.chains) n += chain.size();
    return n;
  }
  static std::vector<Pass> passes_of(
      const filters::Kernels& kernels, const Box& in, const Box& box, FilterBoundary boundary, const Index& whole) {
    std::vector<Pass> passes;
    Box made = filters::reach(box, kernels, boundary, whole);
    if (hull_of(in, made) != in) throw Error(ErrorCode::usage, "the block to filter lacks voxels");
    for (int axis = 0; axis < 3; ++axis) {
      if (kernels[axis].weights.empty()) continue;
      made.first[axis] = box.first[axis];
      made.size[axis] = box.size[axis];
      passes.push_back({axis, made});
    }
    return passes;
  }

  void lay_out(const ImageOnDevice& image, const Box& box, const Plan& plan, Layout& layout) {
    auto& rooms = layout.rooms;
    const Box responses = plan.responses(box, image.whole);
    const Span<double> result = results_.emplace_back(device_, stream_, box.voxels());
    const Span<double> merged = plan.energy ? rooms.emplace_back(device_, stream_, responses.voxels()).span() : result;
    const Source block{image.voxels, image.type, {image.first, image.size}};
    const std::size_t n = plan.chains.size();
    std::vector<Turn> turns;
    for (std::size_t k = 0; k < n; ++k) {
      const Chain& chain = plan.chains[k];
      const auto boxes = boxes_of(chain, responses, plan.boundary, image.whole);
      for (std::size_t l = 0; l < chain.size(); ++l) {
        turns.push_back({chain[l], l > 0,
            passes_of(chain[l], l > 0 ? boxes[l] : block.box, boxes[l + 1], plan.boundary, image.whole), {}, {},
            3 * turns.size()});
        if (l + 1 < chain.size()) continue;
        turns.back().out = merged;
        turns.back().ending = {k == 0, plan.merge};
        if (k + 1 == n) turns.back().ending.divisor = filters::divisor(plan.merge, n);
        turns.back().ending.magnitude = k + 1 == n && plan.energy;
      }
    }
    // All turns have the same rooms: one for what their first passes make, one for what their second ones do, and by turns one of two for what the
    // next of a chain reads.
    std::array<std::int64_t, 4> voxels{};
    const auto room_of = [&](std::size_t turn, std::size_t pass) {
      return pass + 1 < turns[turn].passes.size() ? pass : 2 + turn % 2;
    };
    for (std::size_t t = 0; t < turns.size(); ++t)
      for (std::size_t i = 0; i < turns[t].passes.size(); ++i)
        if (i + 1 < turns[t].passes.size() || !turns[t].out.data)
          voxels[room_of(t, i)] = std::max(voxels[room_of(t, i)], turns[t].passes[i].made.voxels());
    if (plan.energy)
      turns.push_back({*plan.energy, true, passes_of(*plan.energy, responses, box, plan.boundary, image.whole), {},
          result, layout.launches.size() - 3});
    const std::size_t first_room = rooms.size();
    for (const auto v : voxels) rooms.emplace_back(device_, stream_, v);
    Source from = block;
    for (std::size_t t = 0; t < turns.size(); ++t) {
      const Turn& turn = turns[t];
      if (!turn.goes_on) from = block;
      for (std::size_t i = 0; i < turn.passes.size(); ++i) {
        const auto& [axis, made] = turn.passes[i];
        const bool last = i + 1 == turn.passes.size();
        AxisJob job = job_of(from, made, axis, turn.kernels[axis], plan.boundary, image.whole, layout);
        if (last) job.ending = turn.ending;
        job.out = last && turn.out.data ? turn.out : rooms[first_room + room_of(t, i)].span().part(0, made.voxels());
        layout.launches[turn.first_launch + std::size_t(axis)].push_back(job);
        from = {as_bytes(job.out), ScalarType::float64, made};
      }
    }
  }

  static AxisJob job_of(const Source& in, const Box& made, int axis, const filters::Kernel& kernel,
      FilterBoundary boundary, const Index& whole, Layout& layout) {
    AxisJob job{};
    job.in = in.values;
    job.type = in.type;
    job.axis = axis;
    for (int d = 0; d < 3; ++d) {
      job.box.block[d] = in.box.size[d];
      job.box.first[d] = d == axis ? 0 : made.first[d] - in.box.first[d];
      job.box.size[d] = made.size[d];
    }
    job.first_place = std::int64_t(layout.places.size());
    job.first_weight = std::int64_t(layout.weights.size());
    job.taps = std::int64_t(kernel.weights.size());
    job.step = kernel.step;
    job.copies = kernel.copies();
    const auto places = filters::places_along(axis, in.box, made, kernel, boundary, whole);
    layout.places.insert(layout.places.end(), places.begin(), places.end());
    layout.weights.insert(layout.weights.end(), kernel.weights.begin(), kernel.weights.end());
    return job;
  }

  void launch(const Layout& layout) {
    std::vector<AxisJob> jobs;
    std::vector<std::int64_t> first, blocks;  // of each job, of each launch
    for (const auto& launch : layout.launches) {
      std::int64_t at = 0;
      for (const auto& job : launch) {
        jobs.push_back(job);
        first.push_back(at);
        at += (job.box.voxels() + VoxelTile::voxels - 1) / VoxelTile::voxels;
      }
      blocks.push_back(at);
    }
    jobs_ = {device_, stream_, jobs};
    blocks_ = {device_, stream_, first};
    places_ = {device_, stream_, layout.places};
    weights_ = {device_, stream_, layout.weights};
    std::int64_t at = 0;
    for (std::size_t l = 0; l < blocks.size(); ++l) {
      const auto n = std::int64_t(layout.launches[l].size());
      if (n > 0)
        device_.launch(
            ConvolveAxis{jobs_.span().part(at, n), blocks_.span().part(at, n), places_.span(), weights_.span()},
            {blocks[l], ConvolveAxis::max_threads, 0}, stream_);
      at += n;
    }
  }

  Device& device_;
  backend::Stream stream_;
  std::vector<std::size_t> first_;  ///< result of each image
  std::vector<backend::Buffer<double, Device>> results_;
  Table<AxisJob, Device> jobs_;
  Table<std::int64_t, Device> blocks_;
  Table<std::int32_t, Device> places_;
  Table<double, Device> weights_;
};

}  // namespace radloom::convolve
