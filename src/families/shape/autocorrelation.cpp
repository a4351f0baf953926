#include "families/shape/autocorrelation.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "core/count_inside.hpp"
#include "core/four.hpp"
#include "core/large_memory.hpp"
#include "core/simd.hpp"
#include "core/sums.hpp"
#include "filters/fourier/fourier.hpp"
#include "filters/fourier/line_transforms.hpp"

namespace radloom::shape {
namespace {

using filters::AlignedDoubles;
using filters::LineTransforms;

constexpr std::int64_t lanes = LineTransforms::lanes;
static_assert(lanes == 4);  // lines are turned four by four

/// Reads a row of a box: its values and 1 inside the region, 0 and 0 outside, each `lanes` after the one before.
using ReadRow = std::function<void(std::int64_t y, std::int64_t z, double* value, double* body)>;

// Loops over lines side by side, built for each instruction set.

/// The spectra of real lines, from those of complex ones that have two each as real and imaginary part: of p frequencies those from `first` to `last`.
/// The second line of a pair follows the first; frequencies are `apart`.
RL_SIMD_CLONES void separate(std::int64_t p, std::int64_t first, std::int64_t last, const double* spectrum,
    double* real, double* imaginary, std::int64_t apart) {
  for (std::int64_t k = first; k < last; ++k, real += apart, imaginary += apart) {
    Four ar, ai, br, bi;
    const double *const here = spectrum + k * lanes, *const mirrored = spectrum + (k == 0 ? 0 : p - k) * lanes;
    std::memcpy(&ar, here, sizeof ar);
    std::memcpy(&ai, here + p * lanes, sizeof ai);
    std::memcpy(&br, mirrored, sizeof br);
    std::memcpy(&bi, mirrored + p * lanes, sizeof bi);
    const Four lines[4] = {0.5 * (ar + br), 0.5 * (ai + bi), 0.5 * (ai - bi), 0.5 * (br - ar)};
    std::memcpy(real, &lines[0], 2 * sizeof(Four));
    std::memcpy(imaginary, &lines[2], 2 * sizeof(Four));
  }
}

/// Of lines of p frequencies side by side, frequencies side by side, in blocks that are `apart`: those up to p / 2 and, where `both`, in as many
/// blocks again those that mirror them, p less theirs. What there is not, or is its own mirror image, is 0.
RL_SIMD_CLONES void turn_spectra(std::int64_t p, bool both, const double* spectrum, double* to, std::int64_t apart) {
  constexpr double none[lanes] = {};
  for (const bool mirrored : {false, true}) {
    if (mirrored && !both) break;
    for (std::int64_t first = 0; 2 * first <= p; first += lanes, to += apart) {
      const double* lines[lanes];
      for (std::int64_t l = 0; l < lanes; ++l) {
        const std::int64_t k = first + l;
        const bool there = mirrored ? k > 0 && 2 * k < p : 2 * k <= p;
        lines[l] = there ? spectrum + (mirrored ? p - k : k) * lanes : none;
      }
      turn(lines, to, lanes);
    }
  }
}

/// Inverse distances from a voxel to those of rows that lie side by side, `y` and z away.
RL_SIMD_CLONES void invert_distances(
    std::int64_t n, double spacing, double y, const double (&z)[lanes], double* inverse) {
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = double(i) * spacing;
    for (std::int64_t l = 0; l < lanes; ++l) inverse[i * lanes + l] = x * x + y * y + z[l] * z[l];
  }
  for (std::int64_t i = 0; i < n * lanes; ++i) inverse[i] = 1 / std::sqrt(inverse[i]);
}

RL_SIMD_CLONES void square(std::int64_t n, const double* x, double* squares) {
  RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) squares[i] = x[i] * x[i];
}

/// Sums over all pairs of voxels i, j of a box, i != j, of u_i v_j over their distance, from the spectra of u and v: by Parseval's theorem the sum
/// is that of the weights' transform times theirs, so that nothing is transformed back. The weights are even along every axis, and so is
/// their transform, which is real; u and v are real: half the frequencies along x are enough.
class PairSums {
 public:
  using Sums = PairTotals;

  PairSums(const std::array<std::int64_t, 3>& size, const std::array<double, 3>& spacing, const ReadRow& read,
      std::size_t most_bytes, const std::shared_ptr<KeptMemory>& memory)
      : most_(std::int64_t(most_bytes / sizeof(double))), n_(size), spacing_(spacing), read_(read), memory_(memory) {
    for (int d = 0; d < 3; ++d) {
      p_[d] = filters::fast_size(2 * n_[d] - 1);  // no distance of the box is met twice
      along_.emplace_back(p_[d]);
    }
  }

  Sums operator()() {
    std::vector<Sums> of(std::size_t(half(0)));  // by frequency along x
    tbb::enumerable_thread_specific<Scratch> scratch([&] { return Scratch(*this); });
    const std::int64_t of_one = fields * spectrum_at(1, 0) + weights_at(1, 0);
    const std::int64_t together = std::clamp<std::int64_t>(most_ / of_one, 1, half(0));
    for (first_ = 0; first_ < half(0); first_ += together) {
      last_ = std::min(half(0), first_ + together);
      transform_rows();
      transform_weights();
      tbb::parallel_for(first_, last_, [&](std::int64_t kx) { of[kx] = plane(kx, scratch.local()); });
    }
    const double scale = 1 / (double(p_[0]) * double(p_[1]) * double(p_[2]));
    const auto total = [&](double Sums::*which) {
      return scale * pairwise_sum(half(0), [&](std::int64_t kx) {
        const bool alone = kx == 0 || 2 * kx == p_[0];  // others stand for their mirror image too
        return (alone ? 1 : 2) * of[kx].*which;
      });
    };
    return {total(&Sums::weights), total(&Sums::products), total(&Sums::squares)};
  }

 private:
  enum Field { body, values, squares, fields };

  /// What one thread needs for a frequency along x.
  struct Scratch {
    explicit Scratch(const PairSums& s)
        : line(fields), room(2 * std::size_t(std::max(s.p_[1], s.p_[2])) * lanes),
          weights(std::size_t(s.p_[2]) * 2 * lanes),
          weight_columns(std::size_t(2 * blocks(s.half(1), 2) * s.weight_column())) {
      for (int f = 0; f < fields; ++f) {
        line[f].resize(room.size());
        columns[f].resize(std::size_t(2 * blocks(s.half(1), 1) * 2 * s.column()));
        sum[f].resize(std::size_t(s.p_[2]) * lanes);
      }
    }
    std::vector<AlignedDoubles> line;
    AlignedDoubles room;
    AlignedDoubles weights;          ///< [one block, the next][kz][ky % 4]
    AlignedDoubles weight_columns;   ///< [ky / 4][dz][ky % 4]
    AlignedDoubles columns[fields];  ///< [as they are, mirrored][ky / 4][real, imaginary][z][ky % 4]
    AlignedDoubles sum[fields];      ///< [kz][ky % 4]
  };

  std::int64_t half(int d) const { return p_[d] / 2 + 1; }
  /// Blocks of `each` * lanes that n fill.
  static std::int64_t blocks(std::int64_t n, std::int64_t each) { return (n + each * lanes - 1) / (each * lanes); }
  /// Where the spectra of rows lie, of the frequencies from first_ on: [kx][z / 4][real, imaginary][y][z % 4], an even number of rows.
  std::int64_t rows() const { return (n_[1] + 1) / 2 * 2; }
  std::int64_t spectrum_at(std::int64_t kx, std::int64_t block) const {
    return (kx * blocks(n_[2], 1) + block) * 2 * rows() * lanes;
  }
  /// Where those of the weights' rows lie: [kx][dz / 8][dz % 8 / 4][dy][dz % 4].
  std::int64_t weights_at(std::int64_t kx, std::int64_t block) const {
    return (kx * blocks(n_[2], 2) + block) * 2 * n_[1] * lanes;
  }
  /// What columns along z take, of real numbers at four frequencies along y.
  std::int64_t column() const { return blocks(n_[2], 1) * lanes * lanes; }
  std::int64_t weight_column() const { return blocks(n_[2], 2) * 2 * lanes * lanes; }

  /// Transforms along x the region, its values and their squares: two rows at a time, as real and imaginary part, of four slices.
  void transform_rows() {
    for (auto& s : spectrum_)
      if (!s) s = large_memory<double>(std::size_t(spectrum_at(last_ - first_, 0)), memory_);
    const auto& t = along_[0];
    tbb::parallel_for(std::int64_t(0), blocks(n_[2], 1), [&](std::int64_t block) {
      AlignedDoubles line[fields], room(t.words());
      for (auto& l : line) l.resize(t.words());
      const std::int64_t apart = p_[0] * lanes;
      for (std::int64_t y = 0; y < n_[1]; y += 2) {
        for (std::int64_t part = 0; part < 2; ++part)
          for (std::int64_t l = 0; l < lanes; ++l) {
            const std::int64_t z = block * lanes + l, at = part * apart + l;
            if (z < n_[2] && y + part < n_[1]) {
              read_(y + part, z, line[values].data() + at, line[body].data() + at);
              continue;
            }
            for (const Field f : {body, values})
              for (std::int64_t x = 0; x < n_[0]; ++x) line[f][at + x * lanes] = 0;
          }
        for (std::int64_t part = 0; part < 2; ++part)
          square(n_[0] * lanes, line[values].data() + part * apart, line[squares].data() + part * apart);
        for (int f = 0; f < fields; ++f) {
          const double* const out = t(line[f].data(), room.data(), n_[0]);
          double* const real = spectrum_[f].get() + spectrum_at(0, block) + y * lanes;
          separate(p_[0], first_, last_, out, real, real + rows() * lanes, spectrum_at(1, 0));
        }
      }
    });
  }

  /// Transforms along an axis even lines, twice four side by side: sample i is that of distance min(i, p - i), 0 where the box has no such distance.
  /// Their transforms are real, and the first four go as real, the others as imaginary part.
  const double* transform_even(int d, const double* first, const double* second, double* line, double* room) const {
    for (const double* from : {first, second}) {
      double* const to = line + (from == first ? 0 : p_[d] * lanes);
      std::copy_n(from, n_[d] * lanes, to);
      std::fill(to + n_[d] * lanes, to + (p_[d] - n_[d] + 1) * lanes, 0.0);
      for (std::int64_t i = 1; i < n_[d]; ++i) std::copy_n(from + i * lanes, lanes, to + (p_[d] - i) * lanes);
    }
    return along_[d](line, room, p_[d]);
  }

  /// Transforms along x the inverse distance, 0 at 0.
  void transform_weights() {
    if (!weights_) weights_ = large_memory<double>(std::size_t(weights_at(last_ - first_, 0)), memory_);
    const auto& t = along_[0];
    tbb::parallel_for(std::int64_t(0), blocks(n_[2], 2), [&](std::int64_t block) {
      AlignedDoubles line(t.words()), room(t.words()), row(std::size_t(2 * n_[0] * lanes));
      const std::int64_t apart = p_[0] * lanes;
      for (std::int64_t dy = 0; dy < n_[1]; ++dy) {
        for (std::int64_t part = 0; part < 2; ++part) {
          double z[lanes];
          for (std::int64_t l = 0; l < lanes; ++l) z[l] = double((2 * block + part) * lanes + l) * spacing_[2];
          invert_distances(n_[0], spacing_[0], double(dy) * spacing_[1], z, row.data() + part * n_[0] * lanes);
        }
        if (block == 0 && dy == 0) row[0] = 0;
        const double* const out = transform_even(0, row.data(), row.data() + n_[0] * lanes, line.data(), room.data());
        for (std::int64_t kx = first_; kx < last_; ++kx)
          for (std::int64_t part = 0; part < 2; ++part)
            std::copy_n(out + part * apart + kx * lanes, lanes,
                weights_.get() + weights_at(kx - first_, block) + (part * n_[1] + dy) * lanes);
      }
    });
  }

  /// The share of a frequency along x in the sums.
  Sums plane(std::int64_t kx, Scratch& s) const {
    const std::int64_t apart_y = p_[1] * lanes, apart_z = p_[2] * lanes, columns_y = blocks(half(1), 1);
    for (std::int64_t block = 0; block < blocks(n_[2], 2); ++block) {
      const double* const from = weights_.get() + weights_at(kx - first_, block);
      const double* const out = transform_even(1, from, from + n_[1] * lanes, s.line[0].data(), s.room.data());
      for (std::int64_t part = 0; part < 2; ++part)
        turn_spectra(p_[1], false, out + part * apart_y, s.weight_columns.data() + (2 * block + part) * lanes * lanes,
            weight_column());
    }
    for (int f = 0; f < fields; ++f)
      for (std::int64_t block = 0; block < blocks(n_[2], 1); ++block) {
        const double* const from = spectrum_[f].get() + spectrum_at(kx - first_, block);
        const double* const out = along_[1](from, from + rows() * lanes, n_[1], s.line[f].data(), s.room.data());
        for (std::int64_t part = 0; part < 2; ++part)
          turn_spectra(p_[1], true, out + part * apart_y, s.columns[f].data() + part * column() + block * lanes * lanes,
              2 * column());
      }
    for (auto& sum : s.sum) std::fill(sum.begin(), sum.end(), 0.0);
    for (std::int64_t first = 0; first < columns_y; first += 2) {
      const double* const of_weights = s.weight_columns.data() + first * weight_column();
      std::copy_n(transform_even(2, of_weights, of_weights + weight_column(), s.line[0].data(), s.room.data()),
          2 * apart_z, s.weights.data());
      for (std::int64_t block = first; block < std::min(first + 2, columns_y); ++block)
        for (const std::int64_t mirrored : {std::int64_t(0), columns_y}) {
          const double* out[fields];
          for (int f = 0; f < fields; ++f) {
            const double* const from = s.columns[f].data() + (mirrored + block) * 2 * column();
            out[f] = along_[2](from, from + column(), n_[2], s.line[f].data(), s.room.data());
            if (out[f] == s.room.data()) std::swap(s.room, s.line[f]);  // the next needs the room
          }
          add_products(apart_z, s.weights.data() + (block - first) * apart_z, out, s.sum[body].data(),
              s.sum[values].data(), s.sum[squares].data());
        }
    }
    const auto total = [&](Field f) { return pairwise_sum(apart_z, [&](auto i) { return s.sum[f][i]; }); };
    return {total(body), total(values), total(squares)};
  }

  RL_SIMD_CLONES static void add_products(std::int64_t n, const double* weight, const double* const (&out)[fields],
      double* of_body, double* of_values, double* of_squares) {
    const double *const br = out[body], *const bi = br + n, *const vr = out[values], *const vi = vr + n;
    const double *const sr = out[squares], *const si = sr + n;
    RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) {
      of_body[i] += weight[i] * (br[i] * br[i] + bi[i] * bi[i]);
      of_values[i] += weight[i] * (vr[i] * vr[i] + vi[i] * vi[i]);
      of_squares[i] += weight[i] * (br[i] * sr[i] + bi[i] * si[i]);
    }
  }

  const std::int64_t most_;              ///< numbers to keep at a time
  std::int64_t first_ = 0, last_ = 0;    ///< the frequencies along x that are kept
  std::array<std::int64_t, 3> n_, p_{};  ///< of the box; padded
  std::array<double, 3> spacing_;
  const ReadRow& read_;
  const std::shared_ptr<KeptMemory>& memory_;
  std::vector<LineTransforms> along_;
  std::shared_ptr<double[]> spectrum_[fields], weights_;
};

/// The box of the voxels inside.
Box extent(std::span<const std::uint8_t> inside, const std::array<std::int64_t, 3>& n) {
  std::array<std::int64_t, 3> low = n, high{};
  std::int64_t i = 0;
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y)
      for (std::int64_t x = 0; x < n[0]; ++x, ++i) {
        if (!inside[i]) continue;
        const std::array<std::int64_t, 3> p{x, y, z};
        for (int d = 0; d < 3; ++d) {
          low[d] = std::min(low[d], p[d]);
          high[d] = std::max(high[d], p[d] + 1);
        }
      }
  Box box;
  for (int d = 0; d < 3; ++d) {
    box.first[d] = low[d];
    box.size[d] = high[d] - low[d];
  }
  return box;
}

}  // namespace

Autocorrelation autocorrelation(
    const Volume& image, const Volume& mask, std::size_t most_bytes, const std::shared_ptr<KeptMemory>& memory) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& n = mask.geometry().size;
  const Box box = extent(inside, n);
  const std::int64_t count = count_inside(inside);
  return image.visit([&](auto voxels) -> Autocorrelation {
    std::vector<double> deviation;
    deviation.reserve(std::size_t(count));
    for (std::size_t i = 0; i < inside.size(); ++i)
      if (inside[i]) deviation.push_back(double(voxels[i]));
    const auto sum = [&](auto&& term) { return pairwise_sum(count, term); };
    const double mean = sum([&](auto i) { return deviation[i]; }) / double(count);
    for (double& v : deviation) v -= mean;
    const double squares = sum([&](auto i) { return deviation[i] * deviation[i]; });
    if (count < 2 || !(squares > 0)) return {};
    std::vector<double>().swap(deviation);

    const ReadRow read = [&](std::int64_t y, std::int64_t z, double* value, double* body) {
      const std::int64_t row = ((z + box.first[2]) * n[1] + y + box.first[1]) * n[0] + box.first[0];
      for (std::int64_t x = 0; x < box.size[0]; ++x) {
        const bool in = inside[row + x] != 0;
        value[x * lanes] = in ? double(voxels[row + x]) - mean : 0;
        body[x * lanes] = in;
      }
    };
    const auto all = PairSums(box.size, mask.geometry().spacing_mm, read, most_bytes, memory)();
    return autocorrelation_of(all, double(count), squares);
  });
}

}  // namespace radloom::shape
