#pragma once
#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "kernels/shape/compare_pairs.hpp"
#include "kernels/shape/counts.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape/find_candidates.hpp"
#include "kernels/shape/pairs_stage.hpp"
#include "kernels/shape/place_candidates.hpp"
#include "kernels/shape/thin_out.hpp"

namespace radloom::shape {

/// The shape features of a batch (StageInput). Seven launches and a scan. Device memory: some 1 KiB a region, and of a box of nx x ny x nz voxels
/// nx ny nz / 8 bytes, 40 ny nz + 36 nx nz for lines and 32 min(ny, nx) nz for candidates. What only the standard has takes launches and memory of its own
/// (PairsStage), and 96 min(ny, nx) nz bytes for candidates; its densities are left to the host, which is given the candidates.
template <class Device, class Planes = ComparePlanes>
class Stage {
 public:
  /// `output.averaged` gets feature::shape::count doubles a region. Throws DeviceOutOfMemory.
  Stage(const StageInput<Device>& input, const FamilyOutput& output, std::int64_t plane_bytes = tuning::plane_bytes) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    std::vector<std::int64_t> all, tiles;
    std::int64_t next = 0, pair_blocks = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      all.push_back(i);
      tiles.push_back(next);
      BodyRegion r;
      for (int d = 0; d < 3; ++d) r.size[d] = input.boxes[std::size_t(i)].size[d];
      next += FindCandidates::tiles(r, tuning::candidate_threads);
      const std::int64_t point_tiles = (r.most_candidates() + tuning::pair_threads - 1) / tuning::pair_threads;
      if (pair_blocks < tuning::pair_blocks)
        pair_blocks += std::min<std::int64_t>(point_tiles * (point_tiles + 1) / 2, tuning::pair_blocks);
    }
    counts_ = {input, all, -1};
    auto& device = input.device;
    const auto stream = input.stream;
    tiles_ = {device, stream, tiles};
    listed_ = {device, stream, n};
    listed_.zero();
    list_ = {device, stream, counts_.most_candidates()};
    left_ = {device, stream, counts_.most_candidates()};
    clouds_ = {device, stream, n};
    pair_tiles_ = {device, stream, n + 1};
    pair_tiles_.zero();
    first_pair_ = {device, stream, n + 1};

    device.launch(FindCandidates{counts_.regions(), tiles_.span(), counts_.x_lines(), counts_.y_lines(),
                      counts_.z_corners(), counts_.y_corners(), counts_.x_corners(), list_, listed_},
        {next, tuning::candidate_threads, 0}, stream);
    device.launch(
        ThinOut{counts_.regions(), counts_.x_lines(), list_, listed_, left_, clouds_, pair_tiles_, counts_.largest()},
        {n, tuning::cloud_threads, ThinOut::shared_bytes(tuning::cloud_threads)}, stream);
    device.exclusive_scan(pair_tiles_, first_pair_, stream);
    device.launch(ComparePairs{counts_.regions(), counts_.x_lines(), left_, clouds_, first_pair_, counts_.largest()},
        {std::min<std::int64_t>(pair_blocks, tuning::pair_blocks), tuning::pair_threads, ComparePairs::shared_bytes()},
        stream);
    device.launch(Features{counts_.regions(), counts_.patterns(), counts_.moments(), counts_.largest(), mesh_table,
                      input.pyradiomics(), output.averaged},
        {n, tuning::feature_threads, Features::shared_bytes(tuning::feature_threads)}, stream);
    if (!input.wanted.further_shape) return;
    pairs_.emplace(input, counts_.moments(), output.averaged, plane_bytes);
    bring_candidates_home(input);
  }

  /// Vertices of a region's mesh, all corners of its convex hull among them, as `hull_candidates` has them, in an order that depends on the region
  /// alone. Once the stage's work is done, where `wanted.further_shape`.
  std::vector<Position> hull_candidates(std::int64_t region) const {
    const BodyRegion& r = bodies_[std::size_t(region)];
    const Vertex* const first = vertices_home_.data() + r.candidates;
    std::vector<Vertex> found(first, first + listed_home_[region]);
    std::sort(found.begin(), found.end(),
        [](const Vertex& a, const Vertex& b) { return std::tie(a.z, a.y, a.x) < std::tie(b.z, b.y, b.x); });
    std::vector<Position> points;
    for (const auto& v : found)
      points.push_back({v.x * (r.spacing_mm[0] / 2), v.y * (r.spacing_mm[1] / 2), v.z * (r.spacing_mm[2] / 2)});
    return points;
  }

 private:
  void bring_candidates_home(const StageInput<Device>& input) {
    auto& device = input.device;
    const auto stream = input.stream;
    settle_ = {device, stream};
    bodies_ = counts_.bodies();
    std::vector<std::int64_t> first;
    std::int64_t blocks = 0;
    for (const auto& r : bodies_) {
      first.push_back(blocks);
      blocks += PlaceCandidates::blocks(r);
    }
    placed_ = {device, stream, first};
    vertices_ = {device, stream, counts_.most_candidates()};
    vertices_.zero();  // the list is brought home whole, and is as long as it might be
    device.launch(PlaceCandidates{counts_.regions(), placed_.span(), counts_.x_lines(), list_, listed_, vertices_},
        {blocks, tuning::candidate_threads, 0}, stream);
    listed_home_ = {device, listed_.size()};
    backend::download(device, listed_home_, listed_.span(), stream);
    vertices_home_ = {device, vertices_.size()};
    backend::download(device, vertices_home_, vertices_.span(), stream);
  }

  Counts<Device, Planes> counts_;
  Table<std::int64_t, Device> tiles_;
  backend::Buffer<std::uint32_t, Device> listed_;
  backend::Buffer<VertexKey, Device> list_, left_;
  backend::Buffer<Cloud, Device> clouds_;
  backend::Buffer<std::uint64_t, Device> pair_tiles_, first_pair_;

  std::optional<PairsStage<Device>> pairs_;
  std::vector<BodyRegion> bodies_;
  Table<std::int64_t, Device> placed_;
  backend::Buffer<Vertex, Device> vertices_;
  backend::Pinned<std::uint32_t, Device> listed_home_;
  backend::Pinned<Vertex, Device> vertices_home_;
  backend::Settle<Device> settle_;
};

}  // namespace radloom::shape
