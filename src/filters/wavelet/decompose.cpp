#include "filters/wavelet/decompose.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "core/large_memory.hpp"
#include "core/simd.hpp"
#include "filters/wavelet/coefficients.hpp"
#include "filters/wavelet/formulas.hpp"
#include "filters/wavelet/plan.hpp"
#include "filters/wavelet/rows.hpp"

namespace radloom::wavelet {
namespace {

using Index = std::array<std::int64_t, 3>;

/// Samples of the input of a level, and where along each axis they lie.
template <class S>
struct Field {
  const S* samples;
  std::array<AxisField, 3> axis;
};

template <class T>
using Taps = FilterPair<T>;

/// The rows a filter adds up at one position of an axis, in the order of formulas.hpp.
template <class T>
class Rows {
 public:
  Rows(const AxisStep& step, const Taps<T>& taps) : step_(step), taps_(taps), rows_(step.taps) {
    order_.low.resize(step.taps);
    order_.high.resize(step.taps);
  }

  /// `row(k)`: the row at position + (k - before).
  template <class Row>
  void combine_at(std::int64_t position, std::int64_t period, std::int64_t n, T* low, T* high, const Row& row) {
    const int wrapped = wrapped_taps(modulo(position, period), period, step_.taps, step_.dilation);
    for (int k = 0; k < step_.taps; ++k) {
      const int tap = tap_at(k, wrapped);
      rows_[k] = row((step_.taps - 1 - tap) * step_.dilation);
      order_.low[k] = taps_.low[tap];
      order_.high[k] = taps_.high[tap];
    }
    combine(rows_.data(), order_.low.data(), order_.high.data(), step_.taps, n, low, high);
  }

 private:
  const AxisStep step_;
  const Taps<T>& taps_;
  std::vector<const T*> rows_;
  Taps<T> order_;
};

template <class S, class T>
RL_SIMD_CLONES void convert(const S* from, std::int64_t n, T* to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = T(from[i]);
}

/// One level: reads a field, writes sub-bands of `out` (in coordinates that do not wrap, as Stretch).
template <class S, class T>
class Level {
 public:
  Level(const Field<S>& in, const std::array<AxisStep, 3>& steps, const std::array<Taps<T>, 3>& taps,
      const std::array<Stretch, 3>& out, const std::vector<Band>& bands, T* const* results)
      : in_(in), steps_(steps), taps_(taps), out_(out) {
    for (std::size_t b = 0; b < bands.size(); ++b) results_[bands[b]] = results[b];
    // Tiles: the planes of the four x-y sub-bands that the filter along z looks at stay in the second-level cache. Along y each
    // tile filters some rows of its neighbours again, so tiles are tall before they are wide.
    constexpr std::int64_t cache = 768 << 10;
    const std::int64_t planes = (steps[2].taps - 1) * steps[2].dilation + 1;
    const std::int64_t samples = std::max<std::int64_t>(cache / (4 * planes * std::int64_t(sizeof(T))), 256);
    tile_[0] =
        std::min<std::int64_t>(out[0].size, std::max<std::int64_t>(64, std::min<std::int64_t>(512, samples / 16)));
    tile_[1] = std::clamp<std::int64_t>(samples / tile_[0], 4, out[1].size < 4 ? 4 : out[1].size);
    const std::int64_t across = pieces(0) * ((out[1].size + tile_[1] - 1) / tile_[1]);
    const std::int64_t wanted = 4 * tbb::this_task_arena::max_concurrency();
    tile_[2] = std::max({(out[2].size * across + wanted - 1) / wanted, 4 * planes, std::int64_t(16)});
    tile_[2] = std::min(tile_[2], out[2].size);
    for (int d = 0; d < 3; ++d) tile_[d] = std::min(tile_[d], out[d].size);
  }

  void run(const std::stop_token& stop) const {
    tbb::parallel_for(std::int64_t(0), pieces(0) * pieces(1) * pieces(2), [&](std::int64_t tile) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      const Index at{tile % pieces(0), tile / pieces(0) % pieces(1), tile / pieces(0) / pieces(1)};
      std::array<Stretch, 3> part;
      for (int d = 0; d < 3; ++d) {
        const std::int64_t from = out_[d].size * at[d] / pieces(d), to = out_[d].size * (at[d] + 1) / pieces(d);
        part[d] = {out_[d].first + from, to - from};
      }
      run_tile(part);
    });
  }

 private:
  std::int64_t pieces(int axis) const { return (out_[axis].size + tile_[axis] - 1) / tile_[axis]; }
  bool wants(Band mask, Band value) const {
    for (Band b = 0; b < 8; ++b)
      if (results_[b] && (b & mask) == value) return true;
    return false;
  }

  /// Samples that lie side by side in memory.
  struct Run {
    std::int64_t from, to, size;
  };

  void run_tile(const std::array<Stretch, 3>& part) const {
    const auto [x0, nx] = part[0];
    const std::int64_t y0 = part[1].first, ny = part[1].size;  // clang 14 captures no binding
    const auto [z0, nz] = part[2];
    const AxisStep &along_x = steps_[0], &along_y = steps_[1], &along_z = steps_[2];
    const std::int64_t read_x = nx + along_x.before() + along_x.after();
    const std::int64_t read_y = ny + along_y.before() + along_y.after();
    const std::int64_t planes = along_z.before() + along_z.after() + 1;
    std::vector<Run> runs;
    for (std::int64_t i = 0; i < read_x; ++i) {
      const std::int64_t from = in_.axis[0].at(x0 - along_x.before() + i);
      if (runs.empty() || runs.back().from + runs.back().size != from) runs.push_back({from, i, 0});
      ++runs.back().size;
    }
    // Every 16 samples: rows begin at the same place of a cache line.
    const std::int64_t width = (nx + 15) / 16 * 16;
    const auto line = std::make_unique_for_overwrite<T[]>(std::size_t(read_x));
    const auto rows = std::make_unique_for_overwrite<T[]>(std::size_t(2 * read_y * width));
    const auto ring = std::make_unique_for_overwrite<T[]>(std::size_t(4 * planes * ny * width));
    const auto row_at = [&](int high, std::int64_t y) { return rows.get() + (high * read_y + y) * width; };
    const auto ring_at = [&](Band xy, std::int64_t z, std::int64_t y) {
      return ring.get() + ((z % planes * ny + y) * 4 + xy) * width;
    };
    Rows<T> rows_x(along_x, taps_[0]), rows_y(along_y, taps_[1]), rows_z(along_z, taps_[2]);
    const bool low_x = wants(1, 0), high_x = wants(1, 1);
    // The end of a period, where taps are added in another order. Up to two wrapped taps the order makes no difference.
    std::int64_t straight = nx;
    while (straight > 0 && wrapped_x(x0 + straight - 1) > 2) --straight;
    bool scattered = false;  // the end of the period within the tile rather than at its end
    for (std::int64_t i = 0; i < straight; ++i) scattered |= wrapped_x(x0 + i) > 2;

    for (std::int64_t k = 0; k < nz + planes - 1; ++k) {
      const std::int64_t in_z = in_.axis[2].at(z0 - along_z.before() + k);
      for (std::int64_t j = 0; j < read_y; ++j) {
        const S* const row =
            in_.samples + (in_z * in_.axis[1].size + in_.axis[1].at(y0 - along_y.before() + j)) * in_.axis[0].size;
        const T* from = line.get();
        if (std::is_same_v<S, T> && runs.size() == 1) from = reinterpret_cast<const T*>(row + runs[0].from);
        else
          for (const auto& r : runs) convert<S, T>(row + r.from, r.size, line.get() + r.to);
        T* const low = low_x ? row_at(0, j) : nullptr;
        T* const high = high_x ? row_at(1, j) : nullptr;
        rows_x.combine_at(0, std::int64_t(1) << 62, nx, low, high, [&](std::int64_t offset) { return from + offset; });
        for (std::int64_t i = scattered ? 0 : straight; i < nx; ++i) {
          const int wrapped = wrapped_x(x0 + i);
          if (wrapped <= 2) continue;
          const auto sample = [&](int tap) { return from[i + (along_x.taps - 1 - tap) * along_x.dilation]; };
          if (low) low[i] = respond(taps_[0].low.data(), along_x.taps, wrapped, sample);
          if (high) high[i] = respond(taps_[0].high.data(), along_x.taps, wrapped, sample);
        }
      }
      for (std::int64_t y = 0; y < ny; ++y)
        for (Band x = 0; x < 2; ++x) {
          T* const low = wants(3, x) ? ring_at(x, k, y) : nullptr;
          T* const high = wants(3, x + 2) ? ring_at(x + 2, k, y) : nullptr;
          if (low || high)
            rows_y.combine_at(y0 + y, in_.axis[1].period, nx, low, high,
                [&](std::int64_t offset) { return row_at(int(x), y + offset); });
        }
      const std::int64_t z = k - (planes - 1);
      if (z < 0) continue;
      for (std::int64_t y = 0; y < ny; ++y) {
        const std::int64_t to =
            ((z0 + z - out_[2].first) * out_[1].size + y0 + y - out_[1].first) * out_[0].size + x0 - out_[0].first;
        for (Band xy = 0; xy < 4; ++xy) {
          T* const low = results_[xy] ? results_[xy] + to : nullptr;
          T* const high = results_[xy + 4] ? results_[xy + 4] + to : nullptr;
          if (low || high)
            rows_z.combine_at(z0 + z, in_.axis[2].period, nx, low, high,
                [&](std::int64_t offset) { return ring_at(xy, z + offset, y); });
        }
      }
    }
  }

  int wrapped_x(std::int64_t position) const {
    return wrapped_taps(modulo(position, in_.axis[0].period), in_.axis[0].period, steps_[0].taps, steps_[0].dilation);
  }

  const Field<S>& in_;
  const std::array<AxisStep, 3>& steps_;
  const std::array<Taps<T>, 3>& taps_;
  const std::array<Stretch, 3>& out_;
  std::array<T*, 8> results_{};
  Index tile_{};
};

template <class S, class T>
std::vector<Volume> decompose_as(const filters::Block& image, const Box& box, const Request& r,
    const std::vector<Band>& bands, const std::stop_token& stop, const std::shared_ptr<KeptMemory>& kept) {
  const Taps<T> pair = filters_of<T>(r.wavelet);
  const int length = int(pair.low.size());
  std::array<Taps<T>, 3> taps;
  for (int d = 0; d < 3; ++d) taps[d] = r.axes[d] ? pair : Taps<T>{{T(1)}, {T(1)}};
  const auto parts = stretches(box, image.whole, r, length);
  Index period;
  for (int d = 0; d < 3; ++d) period[d] = period_of(r, image.whole[d]);
  const auto steps_of = [&](int level) {
    std::array<AxisStep, 3> steps;
    for (int d = 0; d < 3; ++d) steps[d] = axis_step(r, d, length, level);
    return steps;
  };

  std::vector<Volume> out;
  std::vector<T*> results;
  Box within = box;
  for (int d = 0; d < 3; ++d) within.first[d] -= image.first[d];
  const Geometry geometry = crop(image.voxels.geometry(), within);
  for (std::size_t b = 0; b < bands.size(); ++b) {
    const auto memory = large_memory<T>(std::size_t(box.voxels()), kept);
    results.push_back(memory.get());
    out.emplace_back(geometry, scalar_type_of<T>(), std::shared_ptr<const void>(memory, memory.get()));
  }

  std::shared_ptr<T[]> approximation;
  for (int level = 1; level <= r.level; ++level) {
    const auto steps = steps_of(level);
    std::shared_ptr<T[]> next;
    const bool last = level == r.level;
    if (!last)
      next = large_memory<T>(std::size_t(parts[level][0].size * parts[level][1].size * parts[level][2].size), kept);
    T* const only = next.get();
    const auto run = [&](const auto& field) {
      using Sample = std::remove_const_t<std::remove_pointer_t<decltype(field.samples)>>;
      Level<Sample, T>(
          field, steps, taps, parts[level], last ? bands : std::vector<Band>{0}, last ? results.data() : &only)
          .run(stop);
    };
    if (level == 1) {
      Field<S> field{image.voxels.as<S>().data(), {}};
      for (int d = 0; d < 3; ++d)
        field.axis[d] = {image.first[d], image.voxels.geometry().size[d], image.whole[d], period[d]};
      run(field);
    } else {
      Field<T> field{approximation.get(), {}};
      for (int d = 0; d < 3; ++d)
        field.axis[d] = {parts[level - 1][d].first, parts[level - 1][d].size, period[d], period[d]};
      run(field);
    }
    approximation = std::move(next);
  }
  return out;
}

}  // namespace

Box needed(const Box& box, const std::array<std::int64_t, 3>& whole, const Request& request) {
  const auto read = stretches(box, whole, request, int(filters_of<float>(request.wavelet).low.size()))[0];
  Box out;
  for (int d = 0; d < 3; ++d) {
    const bool inside = read[d].first >= 0 && read[d].first + read[d].size <= whole[d];
    out.first[d] = inside ? read[d].first : 0;
    out.size[d] = inside ? read[d].size : whole[d];
  }
  return out;
}

std::vector<Volume> decompose(const filters::Block& image, const Box& box, const Request& request,
    const std::vector<Band>& bands, const std::stop_token& stop, const std::shared_ptr<KeptMemory>& memory) {
  if (request.level < 1 || request.level > 30) throw Error(ErrorCode::usage, "a level of decomposition is in 1..30");
  for (int d = 0; d < 3; ++d)
    if (box.first[d] < 0 || box.size[d] < 1 || box.first[d] + box.size[d] > image.whole[d])
      throw Error(ErrorCode::usage, "a box to decompose must lie inside the image");
  std::vector<bool> seen(8, false);
  for (const Band b : bands) {
    if (b > 7 || seen[b]) throw Error(ErrorCode::usage, "a sub-band is in 0..7 and named once");
    seen[b] = true;
    for (int d = 0; d < 3; ++d)
      if ((b >> d & 1) && !request.axes[d])
        throw Error(ErrorCode::usage, "a sub-band is high along an axis that is not decomposed");
  }
  return image.voxels.visit([&]<class S>(std::span<const S>) {
    using T = std::conditional_t<std::is_same_v<S, float>, float, double>;
    return decompose_as<S, T>(image, box, request, bands, stop, memory);
  });
}

}  // namespace radloom::wavelet
