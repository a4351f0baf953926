#pragma once
#include "core/bits.hpp"
#include "families/shape/mesh.hpp"
#include "kernels/common/find_owner.hpp"
#include "kernels/shape/body_region.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// One pass over the cubes of eight neighbouring voxels: the patterns of the surface with the sums of their positions, the moments of the
/// voxels' indices, and the ends of every line of mesh vertices. All of them integers.
///
/// Grid: one block `surface_items` words of 32 cubes. A thread holds four rows of 33 bits; the inside and the outside cost it a
/// comparison, moments a few counts of bits, and only cubes of the surface are visited one by one. Patterns are counted in shared memory
/// first: at most 2^15 cubes a block, so that 32 bits hold a sum of positions below 2^17; a longer axis goes to global memory at
/// once. Cost: 8 words read a word of 32 cubes (first-level cache: a bit of mask crosses the bus once or twice),
/// 4 shared atomics a cube of the surface, a global one an end of a run of vertices along y and 6 a word that holds vertices.
struct CountSurface {
  Span<const BodyRegion> regions;
  Span<const std::int64_t> first_tile;  ///< of each region
  Span<const std::uint32_t> bits;
  Span<std::uint64_t> patterns;          ///< `pattern_words` a region; zeroed by the caller, as the rest
  Span<std::uint64_t> moments;           ///< `moment_words` a region
  Span<std::uint32_t> x_lines, y_lines;  ///< two words a line
  std::int32_t private_axis =
      tuning::surface_private_axis;  ///< longest axis along x and y that is counted in shared memory

  static constexpr int max_threads = tuning::surface_threads;
  static_assert(tuning::surface_items * 32 <= 1 << 15);

  RL_HD static std::int64_t tiles(const BodyRegion& r) {
    return (r.surface_words() + tuning::surface_items - 1) / tuning::surface_items;
  }
  static constexpr std::size_t shared_bytes(int threads) {
    return pattern_words * sizeof(std::uint32_t) + std::size_t(threads / 32 * moment_words) * sizeof(std::int64_t);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto own = exec.template shared<std::uint32_t>(pattern_words);
    auto room = exec.template shared<std::int64_t>(exec.warps() * moment_words);
    const auto first = exec.global(first_tile);
    const std::int64_t owner = find_owner(exec, first, regions.size, exec.block());
    const BodyRegion r = exec.global(regions)[owner];
    const auto all = exec.global(patterns.part(owner * pattern_words, pattern_words));
    for (int i = exec.thread(); i < pattern_words; i += exec.threads()) own.set(i, 0u);
    exec.sync_block();

    // The tile's first word, row and slice by division; the others from there in 32 bits.
    const std::int64_t tile = (exec.block() - std::int64_t(first[owner])) * tuning::surface_items;
    const std::int64_t left = r.surface_words() - tile;
    const auto items = std::uint32_t(left < tuning::surface_items ? left : tuning::surface_items);
    const auto row_words = std::uint32_t(r.row_words()), rows = std::uint32_t(r.size[1]) + 1;
    const std::int64_t tile_row = tile / row_words, tile_z = tile_row / rows;
    const auto tile_word = std::uint32_t(tile % row_words), tile_y = std::uint32_t(tile_row % rows);
    const bool privately = r.size[0] <= private_axis && r.size[1] <= private_axis;

    const auto own_bits = exec.global(bits.part(r.bits, r.bit_words()));
    const auto xs = exec.global(x_lines.part(2 * r.x_lines, 2 * r.x_line_count()));
    const auto ys = exec.global(y_lines.part(2 * r.y_lines, 2 * r.y_line_count()));
    Surface<decltype(own_bits), decltype(xs)> s{r, own_bits, xs, ys};
    for (std::uint32_t i = std::uint32_t(exec.thread()); i < items; i += std::uint32_t(exec.threads())) {
      const std::uint32_t row = (tile_word + i) / row_words, slice = (tile_y + row) / rows;
      const std::int64_t w = (tile_word + i) % row_words, y = std::int64_t((tile_y + row) % rows) - 1;
      s.visit(w, y, tile_z + slice - 1, [&](unsigned p, std::uint32_t x) {
        if (privately) {
          own.add(4 * p, 1u);
          own.add(4 * p + 1, x);
          own.add(4 * p + 2, std::uint32_t(y + 1));
          own.add(4 * p + 3, slice);
        } else {
          all.add(4 * p, std::uint64_t(1));
          all.add(4 * p + 1, std::uint64_t(x));
          all.add(4 * p + 2, std::uint64_t(y + 1));
          all.add(4 * p + 3, std::uint64_t(tile_z + slice));
        }
      });
    }

    for (int k = 0; k < moment_words; ++k) {
      std::int64_t sum = s.moment[k];
      for (int mask = 16; mask > 0; mask /= 2) sum += exec.shuffle_xor(sum, mask);
      if (exec.lane() == 0) room.set(exec.warp() * moment_words + k, sum);
    }
    exec.sync_block();
    if (exec.thread() < moment_words) {
      std::int64_t sum = 0;
      for (int warp = 0; warp < exec.warps(); ++warp) sum += room.get(warp * moment_words + exec.thread());
      if (sum != 0) exec.global(moments).add(owner * moment_words + exec.thread(), std::uint64_t(sum));
    }
    for (int p = exec.thread(); p < 256; p += exec.threads()) {
      const std::uint64_t n = own.get(4 * p);
      if (n == 0) continue;
      all.add(4 * p, n);
      all.add(4 * p + 1, std::uint64_t(own.get(4 * p + 1)));
      all.add(4 * p + 2, std::uint64_t(own.get(4 * p + 2)));
      all.add(4 * p + 3, std::uint64_t(own.get(4 * p + 3)) + n * std::uint64_t(tile_z));
    }
  }

 private:
  /// What one thread sees of a word of cubes.
  template <class Bits, class Lines>
  struct Surface {
    const BodyRegion& r;
    Bits bits;
    Lines x_lines, y_lines;
    std::int64_t moment[moment_words] = {};

    /// Calls found(pattern, x) for the cubes whose corner 0 is voxel (x - 1, y, z), x in word `w`, that the surface passes.
    template <class Found>
    RL_HD void visit(std::int64_t w, std::int64_t y, std::int64_t z, const Found& found) {
      std::uint32_t here[4], next[4], any = 0, all = ~std::uint32_t(0);
      for (int k = 0; k < 4; ++k) {
        const std::uint64_t row = row_bits(bits, r, w, y + k % 2, z + k / 2);
        here[k] = std::uint32_t(row);
        next[k] = std::uint32_t(row >> 1);
        any |= here[k] | next[k];
        all &= here[k] & next[k];
      }
      if (here[0] != 0) add_moments(here[0], 32 * w - 1 - r.size[0] / 2, y - r.size[1] / 2, z - r.size[2] / 2);
      if (any == 0 || all == ~std::uint32_t(0)) return;
      const auto x0 = std::uint32_t(32 * w);
      for (std::uint32_t left = any & ~all; left != 0; left &= left - 1) {
        const int b = lowest_bit(left);
        const auto bit = [b](std::uint32_t word, int corner) { return (word >> b & 1) << corner; };
        found(bit(here[0], 0) | bit(next[0], 1) | bit(next[1], 2) | bit(here[1], 3) | bit(here[2], 4) |
                  bit(next[2], 5) | bit(next[3], 6) | bit(here[3], 7),
            x0 + std::uint32_t(b));
      }
      // The surface crosses the edges to the next voxel along x, y and z where the two differ. Of a run of vertices along y only the ends
      // can be ends of their line.
      const std::int64_t x = 2 * std::int64_t(x0);
      const std::uint32_t along_x = here[0] ^ next[0], along_z = here[0] ^ here[2];
      if ((along_x | along_z) != 0) {
        const std::uint64_t row = row_bits(bits, r, w, y - 1, z), behind = row_bits(bits, r, w, y - 1, z + 1);
        add_vertices(along_x, std::uint32_t(row) ^ std::uint32_t(row >> 1), here[1] ^ next[1], x, 2 * y + 1, 2 * z + 1);
        add_vertices(
            along_z, std::uint32_t(row) ^ std::uint32_t(behind), here[1] ^ here[3], x - 1, 2 * y + 1, 2 * z + 2);
      }
      add_vertices(here[0] ^ here[1], 0, 0, x - 1, 2 * y + 2, 2 * z + 1);
    }

    /// Sums over the bits b of `word`, which stand for x + b: 1, b, b^2 by counting masks of bits of b.
    RL_HD void add_moments(std::uint32_t word, std::int64_t x, std::int64_t y, std::int64_t z) {
      constexpr std::uint32_t with_bit[5] = {0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000};
      const std::int64_t n = count_bits(word);
      std::int64_t sum = 0, squares = 0;
      for (int j = 0; j < 5; ++j) {
        const std::int64_t c = count_bits(word & with_bit[j]);
        sum += c << j;
        squares += c << (2 * j);
        for (int k = 0; k < j; ++k)
          squares += std::int64_t(count_bits(word & with_bit[j] & with_bit[k])) << (j + k + 1);
      }
      const std::int64_t along = n * x + sum;
      moment[0] += n;
      moment[1] += along;
      moment[2] += n * y;
      moment[3] += n * z;
      moment[4] += n * x * x + 2 * x * sum + squares;
      moment[5] += along * y;
      moment[6] += along * z;
      moment[7] += n * y * y;
      moment[8] += n * y * z;
      moment[9] += n * z * z;
    }

    /// Vertices at x + 2 b for the bits b of `word`, in half voxels; `before` and `after` have those a voxel before and after along y.
    RL_HD void add_vertices(std::uint32_t word, std::uint32_t before, std::uint32_t after, std::int64_t x,
        std::int64_t y, std::int64_t z) const {
      if (word == 0) return;
      const std::int64_t line = z * r.halves(1) + y, x_line = z * r.halves(0) + x;
      x_lines.max(2 * line, std::uint32_t(r.halves(0) - (x + 2 * lowest_bit(word))));
      x_lines.max(2 * line + 1, std::uint32_t(x + 2 * highest_bit(word) + 1));
      for (std::uint32_t left = word & ~before; left != 0; left &= left - 1)
        y_lines.max(2 * (x_line + 2 * lowest_bit(left)), std::uint32_t(r.halves(1) - y));
      for (std::uint32_t left = word & ~after; left != 0; left &= left - 1)
        y_lines.max(2 * (x_line + 2 * lowest_bit(left)) + 1, std::uint32_t(y + 1));
    }
  };
};

}  // namespace radloom::shape
