#pragma once
#include <cmath>

#include "kernels/common/find_owner.hpp"
#include "kernels/common/team.hpp"
#include "kernels/shape/pair_region.hpp"

namespace radloom::shape {

/// Transforms rows along x: two at a time, as real and imaginary part.
///
/// Grid: one block twice `lines_at_once` rows of a slice of a field. Cost a voxel of the box and field: 8 bytes read (1 of the region; none of the
/// weights, which are made here) and 16 bytes written a frequency, of which there are about twice as many as pairs of voxels.
struct TransformRows {
  static constexpr int max_threads = tuning::line_threads;
  Span<const PairRegion> regions;
  Span<const std::int64_t> first_block;  ///< of each region
  Span<const Complex> roots;
  Span<const std::uint8_t> masks;
  Span<const double> values;
  Span<Complex> rows;

  RL_HD static std::int64_t blocks(const PairRegion& r) { return pair_fields * r.box.size[2] * groups(r); }
  RL_HD static std::int64_t shared_numbers(const PairRegion& r) {
    return 2 * std::int64_t(lines_at_once(r.padded[0])) * r.padded[0];
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto block = owned_block(exec, regions, first_block);
    const PairRegion& r = block.region;
    const std::int64_t ny = r.box.size[1], nz = r.box.size[2];
    const auto field = PairField(block.item / (groups(r) * nz));
    const std::int64_t z = block.item / groups(r) % nz;
    const int n = r.padded[0], lines = lines_at_once(n);
    const std::int64_t y0 = block.item % groups(r) * 2 * lines;
    const auto data = exec.template shared<Complex>(lines * n);
    const auto room = exec.template shared<Complex>(lines * n);
    for (int i = exec.thread(); i < lines * n; i += exec.threads()) {
      const std::int64_t y = y0 + 2 * (i / n), x = i % n;
      data.set(i, {sample(exec, r, field, x, y, z), sample(exec, r, field, x, y + 1, z)});
    }
    exec.sync_block();
    const auto line_roots = exec.global(roots.part(r.roots[0], n));
    const auto& spectrum = transform_lines(exec, n, lines, line_roots, data, room) ? room : data;
    const auto out = exec.global(rows.part(r.rows, r.row_numbers()));
    const int wide = int(ny - y0 < 2 * lines ? ny - y0 : 2 * lines);
    for (std::int64_t i = exec.thread(); i < r.half() * wide; i += exec.threads()) {
      const std::int64_t kx = i / wide, y = i % wide, line = y / 2 * n;
      const Complex a = spectrum.get(line + kx), b = spectrum.get(line + (kx == 0 ? 0 : n - kx));
      // The transform of the real part is even under conjugation, that of the imaginary part odd.
      const Complex own = y % 2 == 0 ? Complex{0.5 * (a.re + b.re), 0.5 * (a.im - b.im)}
                                     : Complex{0.5 * (a.im + b.im), 0.5 * (b.re - a.re)};
      out.set(((field * r.half() + kx) * nz + z) * ny + y0 + y, own);
    }
  }

 private:
  RL_HD static std::int64_t groups(const PairRegion& r) {
    const std::int64_t rows = 2 * lines_at_once(r.padded[0]);
    return (r.box.size[1] + rows - 1) / rows;
  }
  template <class Exec>
  RL_HD double sample(
      Exec& exec, const PairRegion& r, PairField field, std::int64_t x, std::int64_t y, std::int64_t z) const {
    if (y >= r.box.size[1]) return 0;
    if (field == weight_field) {
      const std::int64_t dx = even_sample(x, r.box.size[0], r.padded[0]);
      if (dx < 0 || dx + y + z == 0) return 0;
      const double a = double(dx) * r.box.spacing_mm[0], b = double(y) * r.box.spacing_mm[1],
                   c = double(z) * r.box.spacing_mm[2];
      return 1 / sqrt(a * a + b * b + c * c);
    }
    if (x >= r.box.size[0]) return 0;
    const std::int64_t at = (z * r.box.size[1] + y) * r.box.size[0] + x;
    if (field == region_field) return exec.global(masks.part(r.box.mask, r.box.voxels()))[at] != 0 ? 1 : 0;
    const double v = exec.global(values.part(r.values, r.box.voxels()))[at];
    return field == value_field ? v : v * v;
  }
};

/// Transforms the rows' spectra along y, of one part of the frequencies along x.
///
/// Grid: one block `lines_at_once` slices of a frequency and field. Cost: 16 bytes read a number of the rows' spectra, some 32 written.
struct TransformColumns {
  static constexpr int max_threads = tuning::line_threads;
  Span<const PairRegion> regions;
  Span<const std::int64_t> first_block;  ///< of each region
  Span<const Complex> roots, rows;
  int part, parts;
  Span<Complex> columns;

  RL_HD static std::int64_t blocks(const PairRegion& r, int part, int parts) {
    return pair_fields * (r.first(part + 1, parts) - r.first(part, parts)) * groups(r);
  }
  RL_HD static std::int64_t shared_numbers(const PairRegion& r) {
    return 2 * std::int64_t(lines_at_once(r.padded[1])) * r.padded[1];
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto block = owned_block(exec, regions, first_block);
    const PairRegion& r = block.region;
    const std::int64_t ny = r.box.size[1], nz = r.box.size[2];
    const std::int64_t from = r.first(part, parts), wide = r.first(part + 1, parts) - from;
    const std::int64_t kx = block.item / groups(r) % wide;
    const auto field = PairField(block.item / (groups(r) * wide));
    const int n = r.padded[1], lines = lines_at_once(n);
    const std::int64_t z0 = block.item % groups(r) * lines;
    const auto data = exec.template shared<Complex>(lines * n);
    const auto room = exec.template shared<Complex>(lines * n);
    const auto in = exec.global(rows.part(r.rows, r.row_numbers()));
    for (int i = exec.thread(); i < lines * n; i += exec.threads()) {
      const std::int64_t z = z0 + i / n, k = i % n, y = field == weight_field ? even_sample(k, ny, n) : k < ny ? k : -1;
      data.set(i, z < nz && y >= 0 ? Complex(in[((field * r.half() + from + kx) * nz + z) * ny + y]) : Complex{});
    }
    exec.sync_block();
    const auto line_roots = exec.global(roots.part(r.roots[1], n));
    const auto& spectrum = transform_lines(exec, n, lines, line_roots, data, room) ? room : data;
    const auto out = exec.global(columns.part(r.columns, r.column_numbers(part, parts)));
    const int deep = int(nz - z0 < lines ? nz - z0 : lines);
    for (std::int64_t i = exec.thread(); i < std::int64_t(n) * deep; i += exec.threads()) {
      const std::int64_t ky = i / deep, z = i % deep;
      out.set(((field * wide + kx) * n + ky) * nz + z0 + z, spectrum.get(z * n + ky));
    }
  }

 private:
  RL_HD static std::int64_t groups(const PairRegion& r) {
    const std::int64_t lines = lines_at_once(r.padded[1]);
    return (r.box.size[2] + lines - 1) / lines;
  }
};

/// Transforms along z, and a line's share in the three sums over pairs.
///
/// Grid: one block a frequency along x and y. Cost: 16 bytes read a number of the planes' spectra; four transforms in shared memory.
struct AddSpectra {
  static constexpr int max_threads = tuning::last_line_threads;
  Span<const PairRegion> regions;
  Span<const std::int64_t> first_block;  ///< of each region
  Span<const Complex> roots, columns;
  int part, parts;
  Span<double> shares;

  RL_HD static std::int64_t blocks(const PairRegion& r, int part, int parts) {
    return (r.first(part + 1, parts) - r.first(part, parts)) * r.padded[1];
  }
  /// Numbers of the lines of a block: the region's, one on its way and its room, and half a line for the weights, which are real.
  RL_HD static std::int64_t shared_numbers(std::int64_t padded) { return 3 * padded + (padded + 1) / 2; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const auto block = owned_block(exec, regions, first_block);
    const PairRegion& r = block.region;
    const std::int64_t ny = r.padded[1], nz = r.box.size[2];
    const std::int64_t from = r.first(part, parts), wide = r.first(part + 1, parts) - from;
    const int n = r.padded[2];
    const auto weights = exec.template shared<double>(n);
    auto free = exec.template shared<Complex>(n), data = exec.template shared<Complex>(n),
         room = exec.template shared<Complex>(n);
    const auto in = exec.global(columns.part(r.columns, r.column_numbers(part, parts)));
    const auto line_roots = exec.global(roots.part(r.roots[2], n));
    // Leaves the spectrum of a field in `data`.
    const auto transform = [&](PairField field) {
      for (int k = exec.thread(); k < n; k += exec.threads()) {
        const std::int64_t z = field == weight_field ? even_sample(k, nz, n) : k < nz ? k : -1;
        data.set(k, z >= 0 ? Complex(in[(field * wide * ny + block.item) * nz + z]) : Complex{});
      }
      exec.sync_block();
      if (!transform_lines(exec, n, 1, line_roots, data, room)) return;
      const auto spectrum = room;
      room = data;
      data = spectrum;
    };
    // A thread reads back what it wrote itself.
    transform(weight_field);
    for (int k = exec.thread(); k < n; k += exec.threads()) weights.set(k, data.get(k).re);
    transform(region_field);
    const auto region = data;
    data = free;
    Sums<3> own;  // of w_ij, w_ij v_i v_j, w_ij v_i v_i
    for (int k = exec.thread(); k < n; k += exec.threads()) {
      const Complex b = region.get(k);
      own[0] += weights.get(k) * (b.re * b.re + b.im * b.im);
    }
    transform(value_field);
    for (int k = exec.thread(); k < n; k += exec.threads()) {
      const Complex v = data.get(k);
      own[1] += weights.get(k) * (v.re * v.re + v.im * v.im);
    }
    transform(square_field);
    for (int k = exec.thread(); k < n; k += exec.threads()) {
      const Complex b = region.get(k), s = data.get(k);
      own[2] += weights.get(k) * (b.re * s.re + b.im * s.im);
    }
    const auto all = team.template sums<3>(exec.threads(), [&](std::int64_t, auto& s) {
      for (int i = 0; i < 3; ++i) s[i] += own[i];
    });
    const auto out = exec.global(shares.part(r.shares + 3 * (from * ny + block.item), 3));
    if (team.leader())
      for (int i = 0; i < 3; ++i) out.set(i, all[i]);
  }
};

}  // namespace radloom::shape
