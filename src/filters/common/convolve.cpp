#include "filters/common/convolve.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "filters/common/separable.hpp"

namespace radloom::filters {
using Index = std::array<std::int64_t, 3>;

Kernel centred(std::vector<double> weights) {
  const auto half = std::int64_t(weights.size()) / 2;
  return {std::move(weights), -half, 1};
}

Kernel reversed(const Kernel& kernel) {
  if (kernel.weights.empty()) return kernel;
  return {{kernel.weights.rbegin(), kernel.weights.rend()}, -kernel.last(), kernel.step};
}

std::int64_t position_of(std::int64_t position, std::int64_t n, FilterBoundary boundary) {
  if (position >= 0 && position < n) return position;
  switch (boundary) {
    case FilterBoundary::zero: return -1;
    case FilterBoundary::nearest: return position < 0 ? 0 : n - 1;
    case FilterBoundary::periodic: return (position % n + n) % n;
    case FilterBoundary::mirror: break;
  }
  const std::int64_t p = (position % (2 * n) + 2 * n) % (2 * n);
  return p < n ? p : 2 * n - 1 - p;
}

std::vector<std::int32_t> places_along(
    int axis, const Box& in, const Box& out, const Kernel& kernel, FilterBoundary boundary, const Index& whole) {
  const std::int64_t length = out.size[axis] + kernel.last() - kernel.first;
  std::vector<std::int32_t> places(static_cast<std::size_t>(length));
  for (std::int64_t i = 0; i < length; ++i) {
    const std::int64_t p = position_of(out.first[axis] + kernel.first + i, whole[axis], boundary);
    if (p >= 0 && (p < in.first[axis] || p >= in.first[axis] + in.size[axis]))
      throw Error(ErrorCode::usage, "the block to filter lacks voxels that the filter reaches");
    places[std::size_t(i)] = std::int32_t(p < 0 ? -1 : p - in.first[axis]);
  }
  return places;
}

std::array<bool, 3> axes_of(const Settings& settings) {
  std::array<bool, 3> axes{true, true, true};
  if (settings.force_2d) axes[std::size_t(2 - settings.force_2d_dimension)] = false;
  return axes;
}

Kernels box_mean(const Settings& settings, int side) {
  Kernels out;
  const auto axes = axes_of(settings);
  for (int d = 0; d < 3; ++d)
    if (axes[d]) out[d] = centred(std::vector<double>(std::size_t(side), 1.0 / side));
  return out;
}

Box reach(const Box& box, const Kernels& kernels, FilterBoundary boundary, const Index& whole) {
  Box out = box;
  for (int d = 0; d < 3; ++d) {
    if (kernels[d].weights.empty()) continue;
    const std::int64_t low = box.first[d] + kernels[d].first;
    const std::int64_t high = box.first[d] + box.size[d] - 1 + kernels[d].last();
    std::int64_t least = whole[d], most = -1;
    for (std::int64_t p = low; p <= high; ++p) {
      const std::int64_t at = position_of(p, whole[d], boundary);
      if (at < 0) continue;
      least = std::min(least, at);
      most = std::max(most, at);
    }
    if (most < 0) continue;  // nothing but zeros: the box does as well as any other part
    out.first[d] = least;
    out.size[d] = most - least + 1;
  }
  return out;
}

Field convolve(const Field& in, const Box& box, const Kernels& kernels, FilterBoundary boundary, const Index& whole,
    const std::stop_token& stop) {
  const bool alone = std::ranges::all_of(kernels, [](const Kernel& k) { return k.weights.empty(); });
  if (alone && in.box == box) return in;
  Field out{box, std::vector<double>(std::size_t(box.voxels()))};
  Geometry grid;
  grid.size = in.box.size;
  const Volume values(
      grid, ScalarType::float64, std::shared_ptr<const void>(std::shared_ptr<void>(), in.values.data()));
  Separable({&kernels, 1}).respond({values, in.box.first, whole}, box, boundary, stop, out.values.data());
  return out;
}

Kernels rotated(const Kernels& kernels, const Rotation& rotation) {
  Kernels out;
  for (int d = 0; d < 3; ++d) {
    const auto& kernel = kernels[rotation.from[d]];
    out[d] = rotation.reversed[d] ? reversed(kernel) : kernel;
  }
  return out;
}

std::vector<Rotation> rotations(const std::array<bool, 3>& axes) {
  std::vector<Rotation> all;
  std::array<int, 3> from{0, 1, 2};
  do {
    int inversions = 0;
    bool stays = true;
    for (int i = 0; i < 3; ++i) {
      stays = stays && (axes[i] || from[i] == i);
      for (int j = i + 1; j < 3; ++j) inversions += from[i] > from[j];
    }
    for (unsigned signs = 0; stays && signs < 8; ++signs) {
      Rotation r{from, {bool(signs & 1U), bool(signs & 2U), bool(signs & 4U)}};
      int turned = 0;
      bool good = true;
      for (int d = 0; d < 3; ++d) {
        turned += r.reversed[d];
        good = good && (axes[d] || !r.reversed[d]);
      }
      if (good && (inversions + turned) % 2 == 0) all.push_back(r);  // no reflections
    }
  } while (std::next_permutation(from.begin(), from.end()));
  return all;
}

std::vector<Rotation> rotations_of(const Settings& settings, const std::vector<Kernels>& stages) {
  if (!settings.filter_rotation_invariant) return {Rotation{}};
  std::vector<Rotation> out;
  std::vector<std::vector<Kernels>> seen;
  for (const auto& rotation : rotations(axes_of(settings))) {
    std::vector<Kernels> made;
    for (const auto& kernels : stages) made.push_back(rotated(kernels, rotation));
    // Each different set of kernels comes up equally often, so that leaving out the others changes no mean.
    if (std::find(seen.begin(), seen.end(), made) != seen.end()) continue;
    seen.push_back(std::move(made));
    out.push_back(rotation);
  }
  return out;
}

Merge merge_of(FilterPooling pooling) {
  switch (pooling) {
    case FilterPooling::max: return Merge::max;
    case FilterPooling::min: return Merge::min;
    case FilterPooling::mean: break;
  }
  return Merge::mean;
}

void Pool::add(Field response) {
  if (count_++ == 0) {
    field_ = std::move(response);
    return;
  }
  double* const all = field_.values.data();
  const double* const next = response.values.data();
  const auto merge_as = [&]<Merge merge> {
    for (std::size_t i = 0; i < field_.values.size(); ++i) all[i] = merged(merge, all[i], next[i]);
  };
  switch (merge_) {  // outside of the loop, which becomes one of vectors
    case Merge::max: return merge_as.template operator()<Merge::max>();
    case Merge::min: return merge_as.template operator()<Merge::min>();
    default: return merge_as.template operator()<Merge::sum>();
  }
}

Field Pool::result() {
  const double n = divisor(merge_, count_);
  if (n != 1)
    for (double& v : field_.values) v /= n;
  return std::move(field_);
}

Field field_of(const Block& image, const Box& box) {
  grid_of(image, box);  // the box must lie inside the block
  Field out{box, std::vector<double>(std::size_t(box.voxels()))};
  const auto& size = image.voxels.geometry().size;
  image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    tbb::parallel_for(std::int64_t(0), box.size[1] * box.size[2], [&](std::int64_t row) {
      const std::int64_t y = box.first[1] + row % box.size[1] - image.first[1];
      const std::int64_t z = box.first[2] + row / box.size[1] - image.first[2];
      const S* const from = voxels.data() + (z * size[1] + y) * size[0] + box.first[0] - image.first[0];
      std::copy(from, from + box.size[0], out.values.begin() + row * box.size[0]);
    });
  });
  return out;
}

std::string lacks_axis(const Settings& settings, const Index& size) {
  const auto axes = axes_of(settings);
  for (int d = 0; d < 3; ++d)
    if (axes[d] && size[d] < 2)
      return fmt::format(
          "the image has one voxel along {}, and the filter runs along it; force_2d (with "
          "force_2d_dimension) keeps it inside slices",
          "xyz"[d]);
  return {};
}

std::string longer_than(const Index& size, const Index& taps) {
  for (int d = 0; d < 3; ++d)
    if (taps[d] > size[d])
      return fmt::format("the filter has {} voxels along {} and the image {}: filter_boundary decides most of it",
          taps[d], "xyz"[d], size[d]);
  return {};
}

}  // namespace radloom::filters
