#include "filters/common/separable.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "core/simd.hpp"
#include "filters/common/aligned_doubles.hpp"
#include "filters/wavelet/rows.hpp"

namespace radloom::filters {
namespace {

using Index = std::array<std::int64_t, 3>;
/// Positions of an axis that are looked at together: what the first of them read is near the arithmetic units for the others.
constexpr std::int64_t positions_together = 8;

template <class S>
RL_SIMD_CLONES void convert(const S* from, std::int64_t n, double* to) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = double(from[i]);
}

/// Samples of an image in memory, by their number.
struct Samples {
  const void* values;
  void (*load)(const void* values, std::int64_t first, std::int64_t n, double* to);
  const double* doubles;  ///< the values where they need not be converted
  std::int64_t bytes;     ///< of a sample

  explicit Samples(const Volume& image)
      : values(image.data()), load(image.visit([]<class S>(std::span<const S>) -> decltype(load) {
          return [](const void* all, std::int64_t first, std::int64_t n, double* to) {
            convert(static_cast<const S*>(all) + first, n, to);
          };
        })),
        doubles(image.type() == ScalarType::float64 ? static_cast<const double*>(values) : nullptr),
        bytes(std::int64_t(bytes_of(image.type()))) {}

  /// Has samples that are about to be loaded brought into the cache.
  void expect(std::int64_t first, std::int64_t n) const {
    const char* const from = static_cast<const char*>(values) + first * bytes;
    for (std::int64_t i = 0; i < n * bytes; i += 64) __builtin_prefetch(from + i);
  }
};

template <Merge merge>
RL_SIMD_CLONES void merge_row(const double* next, bool negated, std::int64_t n, double* all) {
  // 0 - x and not -x: a sum from 0 on is never -0.
  if (negated) {
    RL_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) all[i] = merged(merge, all[i], 0 - next[i]);
  } else {
    RL_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) all[i] = merged(merge, all[i], next[i]);
  }
}

RL_SIMD_CLONES void finish_row(double divisor, bool magnitude, std::int64_t n, double* all) {
  if (divisor != 1 && magnitude)
    for (std::int64_t i = 0; i < n; ++i) all[i] = std::abs(all[i] / divisor);
  else if (divisor != 1)
    for (std::int64_t i = 0; i < n; ++i) all[i] /= divisor;
  else if (magnitude)
    for (std::int64_t i = 0; i < n; ++i) all[i] = std::abs(all[i]);
}

/// One response to some sets of kernels, tile by tile: what passes between two axes stays in the cache. Plane by plane a tile is filtered along x and y;
/// as many planes as the filters along z look at are kept.
class Tiles {
 public:
  Tiles(const Separable& filter, const Block& image, const Box& box, FilterBoundary boundary, double* out)
      : filter_(filter), samples_(image.voxels), size_(image.voxels.geometry().size), box_(box), out_(out) {
    const Box known{image.first, size_};
    for (int d = 0; d < 3; ++d) {
      const auto& axis = filter.axes[d];
      // What lies between the reaches of two kernels may be unknown.
      places_[d].assign(std::size_t(box.size[d] + axis.last - axis.first), -1);
      for (const auto& node : axis.nodes)
        std::ranges::copy(places_along(d, known, box, node.kernel, boundary, image.whole),
            places_[d].begin() + (node.kernel.first - axis.first));
    }
    // Long rows are read and written fastest. A tile filters some rows of its neighbours again: at most half as many as its own, and fewer where what it
    // keeps stays in a thread's part of the last cache; and some planes, a quarter, or as many as its own where others would have nothing to do.
    constexpr std::int64_t cache = 3 << 20, room = 32 << 20;
    const std::int64_t planes = reach(2) + positions_together, threads = tbb::this_task_arena::max_concurrency();
    const std::int64_t column = std::int64_t(filter.axes[1].nodes.size()) * planes * std::int64_t(sizeof(double));
    tile_[0] = std::min<std::int64_t>(box.size[0], 512);
    tile_[1] = std::min(box.size[1], std::max({cache / (column * tile_[0]), 2 * reach(1), std::int64_t(8)}));
    tile_[0] = std::clamp<std::int64_t>(room / (column * tile_[1]), std::min<std::int64_t>(tile_[0], 64), tile_[0]);
    const std::int64_t wanted = 4 * threads;
    tile_[2] = std::max((box.size[2] * pieces(0) * pieces(1) + wanted - 1) / wanted, (threads > 1 ? 1 : 4) * planes);
    tile_[2] = std::min(tile_[2], box.size[2]);
  }

  void run(const std::stop_token& stop) const {
    tbb::enumerable_thread_specific<Rooms> rooms;  // tile after tile takes the same
    tbb::parallel_for(std::int64_t(0), pieces(0) * pieces(1) * pieces(2), [&](std::int64_t tile) {
      const Index at{tile % pieces(0), tile / pieces(0) % pieces(1), tile / pieces(0) / pieces(1)};
      Box part;
      for (int d = 0; d < 3; ++d) {
        const std::int64_t from = box_.size[d] * at[d] / pieces(d), to = box_.size[d] * (at[d] + 1) / pieces(d);
        part.first[d] = from;
        part.size[d] = to - from;
      }
      run_tile(part, rooms.local(), stop);
    });
  }

 private:
  std::int64_t pieces(int axis) const { return (box_.size[axis] + tile_[axis] - 1) / tile_[axis]; }
  std::int64_t reach(int axis) const { return filter_.axes[axis].last - filter_.axes[axis].first; }

  /// What a step gives at `count` positions of its axis, at most positions_together; `row(k)`: the row at the first position + (k + `first` of the axis),
  /// `to(node, j)` where the results go.
  template <class Row, class To>
  void step(int axis, const std::array<std::size_t, 2>& nodes, std::int64_t count, std::int64_t n,
      std::vector<const double*>& rows, const Row& row, const To& to) const {
    const std::size_t one = nodes[0], other = nodes[1];
    const Kernel &low = filter_.axes[axis].nodes[one].kernel, &high = filter_.axes[axis].nodes[other].kernel;
    const std::int64_t begin = low.first - filter_.axes[axis].first;
    const int taps = int(low.weights.size());
    const bool equal = filter_.axes[axis].nodes[one].equal && one == other;
    double *lows[wavelet::results_of_equal]{}, *highs[wavelet::results_together]{};
    const auto run = [&](std::int64_t j, std::int64_t together) {
      // The last row first: what `combine` reads from the first row on goes to its last result.
      for (std::int64_t r = 0; r < together; ++r) {
        lows[together - 1 - r] = to(one, j + r);
        if (one != other) highs[together - 1 - r] = to(other, j + r);
      }
      const std::int64_t all = taps + together - 1;
      rows.resize(std::size_t(all));
      for (std::int64_t k = 0; k < all; ++k) rows[k] = row(j + begin + k * low.step);
      if (equal) wavelet::combine(rows.data(), low.weights[0], taps, n, lows, int(together));
      else wavelet::combine(rows.data(), low.weights.data(), high.weights.data(), taps, n, lows, highs, int(together));
    };
    if (low.copies()) {
      for (std::int64_t j = 0; j < count; ++j) std::copy_n(row(j + begin), n, to(one, j));
      return;
    }
    if (equal && axis == 0 && low.step == 1)
      return wavelet::sums_along(row(begin), low.weights[0], taps, n, to(one, 0));
    for (std::int64_t j = 0, together; j < count; j += together) {
      const auto fits = [&](int results) { return low.step == 1 && taps >= results - 1 && j + results <= count; };
      together = equal && fits(wavelet::results_of_equal)        ? wavelet::results_of_equal
                 : one == other && fits(wavelet::results_of_one) ? wavelet::results_of_one
                 : !equal && fits(wavelet::results_together)     ? wavelet::results_together
                                                                 : 1;
      run(j, together);
    }
  }

  /// What a tile works in.
  struct Rooms {
    AlignedDoubles line, along_x, ring, leaves;
  };
  /// Samples that lie side by side in memory, or places beyond the border that are 0.
  struct Run {
    std::int64_t from, to, size;
  };
  std::vector<Run> runs_along_x(std::int64_t first, std::int64_t n) const {
    std::vector<Run> runs;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t from = places_[0][std::size_t(first + i)];
      const bool goes_on =
          !runs.empty() &&
          (from < 0 ? runs.back().from < 0 : runs.back().from >= 0 && runs.back().from + runs.back().size == from);
      if (!goes_on) runs.push_back({from, i, 0});
      ++runs.back().size;
    }
    std::ranges::stable_sort(runs, std::greater{}, &Run::size);  // what the longest one has need not be loaded again
    return runs;
  }

  void run_tile(const Box& part, Rooms& rooms, const std::stop_token& stop) const {
    const std::int64_t nx = part.size[0], ny = part.size[1], nz = part.size[2];
    const std::int64_t read_x = nx + reach(0), read_y = ny + reach(1), read_z = nz + reach(2);
    const std::int64_t kept = reach(2) + positions_together;
    // Rows begin at a cache line, and neither they nor planes that follow each other at the same places of the caches.
    const std::int64_t width = ((nx + 7) / 8 | 1) * 8, plane = ny * width + 8;
    const auto nodes = [&](int axis) { return std::int64_t(filter_.axes[axis].nodes.size()); };

    // Rows of a plane that are read: each once, however often it is looked at beyond the border.
    std::vector<std::int32_t> lines;
    std::vector<std::int64_t> line_of(static_cast<std::size_t>(read_y), -1);
    for (std::int64_t j = 0; j < read_y; ++j) {
      const std::int32_t place = places_[1][std::size_t(part.first[1] + j)];
      if (place < 0) continue;
      line_of[j] = std::ranges::find(lines, place) - lines.begin();
      if (line_of[j] == std::int64_t(lines.size())) lines.push_back(place);
    }
    const auto n_lines = std::int64_t(lines.size());
    const auto runs = runs_along_x(part.first[0], read_x);
    const bool as_it_lies = samples_.doubles && runs.size() == 1 && runs[0].from >= 0;

    const auto room = [](AlignedDoubles& values, std::int64_t n) {
      if (values.size() < std::size_t(n)) values.resize(std::size_t(n));
      return values.data();
    };
    double* const line = room(rooms.line, read_x);
    double* const along_x = room(rooms.along_x, nodes(0) * n_lines * width);
    double* const ring = room(rooms.ring, nodes(1) * kept * plane);
    double* const leaves = room(rooms.leaves, nodes(2) * positions_together * width);
    const auto nothing = std::make_unique<double[]>(std::size_t(width));
    const auto row_at = [&](std::size_t node, std::int64_t l) {
      return along_x + (std::int64_t(node) * n_lines + l) * width;
    };
    const auto ring_at = [&](std::size_t node, std::int64_t slot, std::int64_t y) {
      return ring + (std::int64_t(node) * kept + slot) * plane + y * width;
    };
    std::vector<const double*> rows;

    const auto read_line = [&](std::int64_t place, std::int64_t l) {
      const std::int64_t from = (place * size_[1] + lines[l]) * size_[0];
      if (l + 1 < n_lines) samples_.expect(from + (lines[l + 1] - lines[l]) * size_[0], size_[0]);
      const double* samples = line;
      if (as_it_lies) samples = samples_.doubles + from + runs[0].from;
      else
        for (const Run& r : runs) {
          const std::int64_t within = r.from - runs[0].from;
          if (r.from < 0) std::fill_n(line + r.to, r.size, 0.0);
          else if (&r != &runs[0] && runs[0].from >= 0 && within >= 0 && within + r.size <= runs[0].size)
            for (std::int64_t i = 0; i < r.size; ++i) line[r.to + i] = line[runs[0].to + within + i];
          else samples_.load(samples_.values, from + r.from, r.size, line + r.to);
        }
      for (const auto& s : filter_.axes[0].steps)
        step(
            0, s, 1, nx, rows, [&](std::int64_t k) { return samples + k; },
            [&](std::size_t node, std::int64_t) { return row_at(node, l); });
    };
    const auto read_plane = [&](std::int64_t place, std::int64_t slot) {
      std::int64_t read = 0;
      for (std::int64_t y = 0, count; y < ny; y += count) {
        count = std::min<std::int64_t>(positions_together, ny - y);
        for (std::int64_t k = y; k < y + count + reach(1); ++k)
          for (; read <= line_of[k]; ++read) read_line(place, read);
        for (const auto& s : filter_.axes[1].steps) {
          const std::size_t from = filter_.axes[1].nodes[s[0]].from;
          step(
              1, s, count, nx, rows,
              [&](std::int64_t k) {
                const std::int64_t l = line_of[y + k];
                return l < 0 ? nothing.get() : row_at(from, l);
              },
              [&](std::size_t node, std::int64_t j) { return ring_at(node, slot, y + j); });
        }
      }
    };

    // Which plane each place of the ring holds, and the last position it is looked at from. Near the border one plane stands for several.
    struct Slot {
      std::int64_t place = -1, last = -1;
    };
    std::vector<Slot> slots(static_cast<std::size_t>(kept));
    std::vector<std::int64_t> slot_of(static_cast<std::size_t>(read_z), -1);
    const auto need_plane = [&](std::int64_t k, std::int64_t window) {
      const std::int32_t place = places_[2][std::size_t(part.first[2] + k)];
      if (place < 0) return;
      auto slot = std::ranges::find(slots, place, &Slot::place);
      if (slot == slots.end()) {
        slot = std::ranges::find_if(slots, [&](const Slot& s) { return s.last < window; });
        slot->place = place;
        read_plane(place, slot - slots.begin());
      }
      slot->last = k;
      slot_of[k] = slot - slots.begin();
    };

    const bool as_they_are =
        filter_.responses.size() == 1 && !filter_.responses[0].negated && filter_.divisor == 1 && !filter_.magnitude;
    std::int64_t read = 0;
    for (std::int64_t z = 0, count; z < nz; z += count) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      count = std::min<std::int64_t>(positions_together, nz - z);
      for (; read < z + count + reach(2); ++read) need_plane(read, z);
      for (std::int64_t y = 0; y < ny; ++y) {
        const auto out_at = [&](std::int64_t j) {
          return out_ + ((part.first[2] + z + j) * box_.size[1] + part.first[1] + y) * box_.size[0] + part.first[0];
        };
        const auto leaf_at = [&](std::size_t node, std::int64_t j) {
          return as_they_are ? out_at(j) : leaves + (std::int64_t(node) * positions_together + j) * width;
        };
        for (const auto& s : filter_.axes[2].steps) {
          const std::size_t from = filter_.axes[2].nodes[s[0]].from;
          step(
              2, s, count, nx, rows,
              [&](std::int64_t k) {
                const std::int64_t slot = slot_of[z + k];
                return slot < 0 ? nothing.get() : ring_at(from, slot, y);
              },
              leaf_at);
        }
        if (!as_they_are)
          for (std::int64_t j = 0; j < count; ++j)
            merge_responses([&](std::size_t node) { return leaf_at(node, j); }, nx, rows, out_at(j));
      }
    }
  }

  template <class Leaf>
  void merge_responses(const Leaf& leaf, std::int64_t n, std::vector<const double*>& rows, double* to) const {
    const auto count = filter_.responses.size();
    if (!filter_.signs.empty()) {
      rows.resize(count);
      for (std::size_t r = 0; r < count; ++r) rows[r] = leaf(filter_.responses[r].node);
      double* none = nullptr;
      wavelet::combine(rows.data(), filter_.signs.data(), nullptr, int(count), n, &to, &none, 1);
      return finish_row(filter_.divisor, filter_.magnitude, n, to);
    }
    bool alone = true;
    for (const auto& [node, negated] : filter_.responses) {
      const double* const next = leaf(node);
      if (alone && !negated) std::copy_n(next, n, to);
      else if (alone)
        for (std::int64_t i = 0; i < n; ++i) to[i] = 0 - next[i];
      else switch (filter_.merge) {
          case Merge::max: merge_row<Merge::max>(next, negated, n, to); break;
          case Merge::min: merge_row<Merge::min>(next, negated, n, to); break;
          default: merge_row<Merge::sum>(next, negated, n, to);
        }
      alone = false;
    }
    finish_row(filter_.divisor, filter_.magnitude, n, to);
  }

  const Separable& filter_;
  const Samples samples_;
  const Index size_;  ///< of the block
  const Box& box_;
  double* const out_;
  std::array<std::vector<std::int32_t>, 3> places_;
  Index tile_{};
};

/// The kernel whose first weight that is not 0 is positive, and whether `kernel` is the other one.
std::pair<Kernel, bool> without_sign(Kernel kernel) {
  const auto weight = std::ranges::find_if(kernel.weights, [](double w) { return w != 0; });
  const bool negated = weight != kernel.weights.end() && *weight < 0;
  if (negated)
    for (double& w : kernel.weights) w = -w;
  return {std::move(kernel), negated};
}

bool are_equal(const std::vector<double>& weights) {
  return std::ranges::all_of(weights, [&](double w) { return w == weights[0]; });
}

/// Whether two kernels look at the same voxels and are summed.
bool go_together(const Kernel& a, const Kernel& b) {
  return a.first == b.first && a.step == b.step && a.weights.size() == b.weights.size() && !a.copies() && !b.copies();
}

}  // namespace

Separable::Separable(std::span<const Kernels> sets, Merge how, bool of_magnitude)
    : merge(how), divisor(filters::divisor(how, sets.size())), magnitude(of_magnitude) {
  const bool adds = merge == Merge::sum || merge == Merge::mean;
  for (const auto& kernels : sets) {
    Response response{0, false};
    for (int d = 0; d < 3; ++d) {
      const auto [kernel, negated] =
          kernels[d].weights.empty() ? std::pair{Kernel{{1.0}, 0, 1}, false} : without_sign(kernels[d]);
      auto& nodes = axes[d].nodes;
      std::size_t at = 0;
      while (at < nodes.size() && !(nodes[at].from == response.node && nodes[at].kernel == kernel)) ++at;
      if (at == nodes.size()) nodes.push_back({response.node, kernel, are_equal(kernel.weights)});
      response.node = at;
      response.negated ^= negated;
    }
    // What is largest or least stays so when it comes again.
    if (adds || std::ranges::find(responses, response) == responses.end()) responses.push_back(response);
  }
  const auto copies = [&](int axis, std::size_t node) { return axes[axis].nodes[node].kernel.copies(); };
  const std::size_t last = responses[0].node, before = axes[2].nodes[last].from, first = axes[1].nodes[before].from;
  const bool may_be_negative_zero = !responses[0].negated && copies(2, last) && copies(1, before) && copies(0, first);
  if (adds && !may_be_negative_zero)
    for (const auto& response : responses) signs.push_back(response.negated ? -1 : 1);
  for (auto& axis : axes) {
    axis.first = axis.nodes[0].kernel.first;
    axis.last = axis.nodes[0].kernel.last();
    std::vector<bool> done(axis.nodes.size(), false);
    for (std::size_t i = 0; i < axis.nodes.size(); ++i) {
      const auto& [from, kernel, equal] = axis.nodes[i];
      axis.first = std::min(axis.first, kernel.first);
      axis.last = std::max(axis.last, kernel.last());
      if (done[i]) continue;
      std::size_t other = i;
      for (std::size_t j = i + 1; j < axis.nodes.size() && other == i; ++j)
        if (!done[j] && axis.nodes[j].from == from && go_together(kernel, axis.nodes[j].kernel)) other = j;
      done[other] = true;
      axis.steps.push_back({i, other});
    }
  }
}

void Separable::respond(
    const Block& image, const Box& box, FilterBoundary boundary, const std::stop_token& stop, double* out) const {
  Tiles(*this, image, box, boundary, out).run(stop);
}

}  // namespace radloom::filters
