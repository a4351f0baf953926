#include "filters/wavelet/decompose.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "core/large_memory.hpp"
#include "core/simd.hpp"
#include "filters/common/field.hpp"
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

/// The rows a filter adds up at positions of an axis, in the order of formulas.hpp.
template <class T>
class Rows {
 public:
  Rows(const AxisStep& step, const Taps<T>& taps) : step_(step), taps_(taps), order_(taps) {
    rows_.resize(std::size_t(step.taps + results_together - 1));
  }

  /// Results at `count` positions, at most results_together, of which `wrapped` tells how many taps reach beyond the period;
  /// `row(k)`: the row at the first position + (k - before).
  template <class Row>
  void combine_at(
      const int* wrapped, std::int64_t count, std::int64_t n, T* const* low, T* const* high, const Row& row) {
    const int taps = step_.taps;
    if (count == results_together && step_.dilation == 1 && std::all_of(wrapped, wrapped + count, keeps_order)) {
      const int rows = int(rows_.size());
      for (int r = 0; r < rows; ++r) rows_[r] = row(rows - 1 - r);
      combine(rows_.data(), taps_.low.data(), taps_.high.data(), taps, n, low, high, results_together);
      return;
    }
    for (std::int64_t j = 0; j < count; ++j) {
      for (int k = 0; k < taps; ++k) {
        const int tap = tap_at(k, wrapped[j]);
        rows_[k] = row(j + (taps - 1 - tap) * step_.dilation);
        order_.low[k] = taps_.low[tap];
        order_.high[k] = taps_.high[tap];
      }
      combine(rows_.data(), order_.low.data(), order_.high.data(), taps, n, low + j, high + j, 1);
    }
  }

  /// Up to two wrapped taps the order makes no difference.
  static bool keeps_order(int wrapped) { return wrapped <= 2; }

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
    const std::int64_t planes = (steps[2].taps - 1) * steps[2].dilation + results_together;
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
    const std::int64_t x0 = part[0].first, y0 = part[1].first, z0 = part[2].first;
    const std::int64_t nx = part[0].size, ny = part[1].size, nz = part[2].size;
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
    std::array<std::vector<int>, 3> wrapped;
    for (int d = 0; d < 3; ++d) wrapped[d] = wrapped_along(d, part[d]);
    std::vector<std::int64_t> turned;  // where taps along x are added in another order: by the end of a period
    for (std::int64_t i = 0; i < nx; ++i)
      if (!Rows<T>::keeps_order(wrapped[0][i])) turned.push_back(i);

    // Every 16 samples: rows begin at the same place of a cache line.
    const std::int64_t width = (nx + 15) / 16 * 16, kept = planes + results_together - 1;
    const auto line = std::make_unique_for_overwrite<T[]>(std::size_t(read_x));
    const auto rows = std::make_unique_for_overwrite<T[]>(std::size_t(2 * read_y * width));
    const auto ring = std::make_unique_for_overwrite<T[]>(std::size_t(4 * kept * ny * width));
    const auto row_at = [&](int high, std::int64_t y) { return rows.get() + (high * read_y + y) * width; };
    const auto ring_at = [&](Band xy, std::int64_t z, std::int64_t y) {
      return ring.get() + ((z % kept * 4 + xy) * ny + y) * width;
    };
    Rows<T> rows_x(along_x, taps_[0]), rows_y(along_y, taps_[1]), rows_z(along_z, taps_[2]);
    const bool low_x = wants(1, 0), high_x = wants(1, 1);

    std::vector<std::int64_t> starts;
    for (std::int64_t j = 0; j < read_y; ++j)
      starts.push_back(in_.axis[1].at(y0 - along_y.before() + j) * in_.axis[0].size);

    const auto read_plane = [&](std::int64_t k) {
      const S* const plane =
          in_.samples + in_.axis[2].at(z0 - along_z.before() + k) * in_.axis[1].size * in_.axis[0].size;
      for (std::int64_t j = 0; j < read_y; ++j) {
        const S* const row = plane + starts[j];
        const T* from = line.get();
        if (std::is_same_v<S, T> && runs.size() == 1) from = reinterpret_cast<const T*>(row + runs[0].from);
        else
          for (const auto& r : runs) convert<S, T>(row + r.from, r.size, line.get() + r.to);
        // The row after the next one comes from memory while this one is filtered.
        if (j + 2 < read_y)
          for (std::int64_t i = 0; i < in_.axis[0].size; i += std::int64_t(64 / sizeof(S)))
            __builtin_prefetch(plane + starts[j + 2] + i);
        T* const low = low_x ? row_at(0, j) : nullptr;
        T* const high = high_x ? row_at(1, j) : nullptr;
        const int straight = 0;
        rows_x.combine_at(&straight, 1, nx, &low, &high, [&](std::int64_t offset) { return from + offset; });
        for (const std::int64_t i : turned) {
          const auto sample = [&](int tap) { return from[i + (along_x.taps - 1 - tap) * along_x.dilation]; };
          if (low) low[i] = respond(taps_[0].low.data(), along_x.taps, wrapped[0][i], sample);
          if (high) high[i] = respond(taps_[0].high.data(), along_x.taps, wrapped[0][i], sample);
        }
      }
      for (std::int64_t y = 0, count; y < ny; y += count) {
        count = std::min<std::int64_t>(results_together, ny - y);
        for (Band x = 0; x < 2; ++x) {
          T *low[results_together]{}, *high[results_together]{};
          for (std::int64_t j = 0; j < count; ++j) {
            if (wants(3, x)) low[j] = ring_at(x, k, y + j);
            if (wants(3, x + 2)) high[j] = ring_at(x + 2, k, y + j);
          }
          if (low[0] || high[0])
            rows_y.combine_at(
                &wrapped[1][y], count, nx, low, high, [&](std::int64_t offset) { return row_at(int(x), y + offset); });
        }
      }
    };
    std::int64_t read = 0;
    for (std::int64_t z = 0, count; z < nz; z += count) {
      count = std::min<std::int64_t>(results_together, nz - z);
      for (; read < z + count + planes - 1; ++read) read_plane(read);
      // Sub-band by sub-band: few streams of memory are written at a time.
      for (Band xy = 0; xy < 4; ++xy)
        for (std::int64_t y = 0; y < ny; ++y) {
          T *low[results_together]{}, *high[results_together]{};
          for (std::int64_t j = 0; j < count; ++j) {
            if (results_[xy]) low[j] = results_[xy] + place_of(x0, y0 + y, z0 + z + j);
            if (results_[xy + 4]) high[j] = results_[xy + 4] + place_of(x0, y0 + y, z0 + z + j);
          }
          if (low[0] || high[0])
            rows_z.combine_at(
                &wrapped[2][z], count, nx, low, high, [&](std::int64_t offset) { return ring_at(xy, z + offset, y); });
        }
    }
  }

  std::int64_t place_of(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return ((z - out_[2].first) * out_[1].size + y - out_[1].first) * out_[0].size + x - out_[0].first;
  }
  std::vector<int> wrapped_along(int axis, const Stretch& part) const {
    const std::int64_t period = in_.axis[axis].period;
    std::vector<int> wrapped(static_cast<std::size_t>(part.size));
    for (std::int64_t i = 0; i < part.size; ++i)
      wrapped[i] = wrapped_taps(modulo(part.first + i, period), period, steps_[axis].taps, steps_[axis].dilation);
    return wrapped;
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
  const Geometry geometry = filters::grid_of(image, box);
  for (std::size_t b = 0; b < bands.size(); ++b) {
    const auto memory = large_memory<T>(std::size_t(box.voxels()), kept);
    results.push_back(memory.get());
    out.push_back(filters::volume_over(geometry, memory));
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
