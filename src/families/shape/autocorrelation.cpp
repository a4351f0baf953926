#include "families/shape/autocorrelation.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "core/large_memory.hpp"
#include "core/simd.hpp"
#include "core/sums.hpp"
#include "families/shape/line_transforms.hpp"
#include "filters/common/fourier.hpp"

namespace radloom::shape {
namespace {

constexpr std::int64_t lanes = LineTransforms::lanes;

/// Sums over all pairs of voxels i, j of a box, i != j, of u_i v_j over their distance, from the spectra of u and v: by Parseval's theorem the sum
/// is that of the weights' transform times theirs, so that nothing is transformed back. The weights are even along every axis, and so is
/// their transform, which is real; u and v are real: half the frequencies along x are enough.
class PairSums {
 public:
  using Sums = PairTotals;

  /// `value` is 0 outside the region, `inside` 1 inside; both of the box, x fastest.
  PairSums(const std::array<std::int64_t, 3>& size, const std::array<double, 3>& spacing, const double* value,
      const std::uint8_t* inside, std::size_t most_bytes)
      : most_(std::int64_t(most_bytes / sizeof(double))), n_(size), spacing_(spacing), value_(value), inside_(inside) {
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
          weights(std::size_t(s.half(1) * s.p_[2])),
          weight_columns(std::size_t(s.blocks(s.half(1), 2) * s.n_[2]) * 2 * lanes),
          factor(std::size_t(s.p_[2]) * lanes) {
      for (int f = 0; f < fields; ++f) {
        line[f].resize(room.size());
        columns[f].resize(std::size_t(s.blocks(s.p_[1], 1) * 2 * s.n_[2]) * lanes);
        sum[f].resize(factor.size());
      }
    }
    std::vector<std::vector<double>> line;
    std::vector<double> room;
    std::vector<double> weights;          ///< [ky][kz]
    std::vector<double> weight_columns;   ///< [ky / 8][dz][ky % 8]
    std::vector<double> columns[fields];  ///< [ky / 4][real, imaginary][z][ky % 4]
    std::vector<double> factor;           ///< [kz][ky % 4]
    std::vector<double> sum[fields];      ///< likewise
  };

  std::int64_t half(int d) const { return p_[d] / 2 + 1; }
  /// Blocks of `each` * lanes that n fill.
  static std::int64_t blocks(std::int64_t n, std::int64_t each) { return (n + each * lanes - 1) / (each * lanes); }
  /// Where the spectra of rows lie, of the frequencies from first_ on: [kx][z / 4][real, imaginary][y][z % 4], an even number of rows.
  std::int64_t rows() const { return (n_[1] + 1) / 2 * 2; }
  std::int64_t spectrum_at(std::int64_t kx, std::int64_t block) const {
    return (kx * blocks(n_[2], 1) + block) * 2 * rows() * lanes;
  }
  /// Where those of the weights' rows lie: [kx][dz / 8][dy][dz % 8].
  std::int64_t weights_at(std::int64_t kx, std::int64_t block) const {
    return (kx * blocks(n_[2], 2) + block) * n_[1] * 2 * lanes;
  }

  /// Transforms along x the region, its values and their squares: two rows at a time, as real and imaginary part, of four slices.
  void transform_rows() {
    for (auto& s : spectrum_)
      if (!s) s = large_memory<double>(std::size_t(spectrum_at(last_ - first_, 0)));
    const auto& t = along_[0];
    tbb::parallel_for(std::int64_t(0), blocks(n_[2], 1), [&](std::int64_t block) {
      std::vector<double> line(t.words()), room(t.words());
      const std::int64_t apart = p_[0] * lanes;
      for (std::int64_t y = 0; y < n_[1]; y += 2)
        for (int f = 0; f < fields; ++f) {
          std::fill(line.begin(), line.end(), 0.0);
          for (std::int64_t part = 0; part < 2; ++part)
            for (std::int64_t l = 0; l < lanes; ++l) {
              const std::int64_t z = block * lanes + l;
              if (z >= n_[2] || y + part >= n_[1]) continue;
              const std::int64_t row = (z * n_[1] + y + part) * n_[0];
              double* const to = line.data() + part * apart + l;
              for (std::int64_t x = 0; x < n_[0]; ++x) {
                const double v = value_[row + x];
                to[x * lanes] = f == body ? double(inside_[row + x]) : f == values ? v : v * v;
              }
            }
          const double* const out = t(line.data(), room.data(), n_[0]);
          for (std::int64_t kx = first_; kx < last_; ++kx) {
            const std::int64_t back = kx == 0 ? 0 : p_[0] - kx;
            double* const real = spectrum_[f].get() + spectrum_at(kx - first_, block) + y * lanes;
            double* const imaginary = real + rows() * lanes;
            for (std::int64_t l = 0; l < lanes; ++l) {
              const double ar = out[kx * lanes + l], ai = out[apart + kx * lanes + l];
              const double br = out[back * lanes + l], bi = out[apart + back * lanes + l];
              real[l] = 0.5 * (ar + br);
              imaginary[l] = 0.5 * (ai - bi);
              real[lanes + l] = 0.5 * (ai + bi);
              imaginary[lanes + l] = 0.5 * (br - ar);
            }
          }
        }
    });
  }

  /// Transforms along x the inverse distance, 0 at 0. It is even, so that its transform is real, and real and imaginary part are two lines.
  void transform_weights() {
    if (!weights_) weights_ = large_memory<double>(std::size_t(weights_at(last_ - first_, 0)));
    const auto& t = along_[0];
    tbb::parallel_for(std::int64_t(0), blocks(n_[2], 2), [&](std::int64_t block) {
      std::vector<double> line(t.words()), room(t.words());
      const std::int64_t apart = p_[0] * lanes;
      for (std::int64_t dy = 0; dy < n_[1]; ++dy) {
        std::fill(line.begin(), line.end(), 0.0);
        const double b = double(dy) * spacing_[1];
        for (std::int64_t dx = 0; dx < n_[0]; ++dx) {
          const double a = double(dx) * spacing_[0];
          for (std::int64_t l = 0; l < 2 * lanes; ++l) {
            const double c = double(block * 2 * lanes + l) * spacing_[2], square = a * a + b * b + c * c;
            const double w = square > 0 ? 1 / std::sqrt(square) : 0;
            double* const to = line.data() + l / lanes * apart + l % lanes;
            to[dx * lanes] = w;
            if (dx > 0) to[(p_[0] - dx) * lanes] = w;
          }
        }
        const double* const out = t(line.data(), room.data(), p_[0]);
        for (std::int64_t kx = first_; kx < last_; ++kx) {
          double* const to = weights_.get() + weights_at(kx - first_, block) + dy * 2 * lanes;
          std::copy_n(out + kx * lanes, lanes, to);
          std::copy_n(out + apart + kx * lanes, lanes, to + lanes);
        }
      }
    });
  }

  /// The weights' transform at a frequency along x, by [ky][kz].
  void weights_of_plane(std::int64_t kx, Scratch& s) const {
    const std::int64_t apart[3] = {0, p_[1] * lanes, p_[2] * lanes};
    double* const line = s.line[0].data();
    // Even lines: sample i is that of distance min(i, p - i), 0 where the box has no such distance.
    const auto spread = [&](int d, const double* from) {
      std::fill_n(line, 2 * apart[d], 0.0);
      for (std::int64_t i = 0; i < n_[d]; ++i)
        for (std::int64_t part = 0; part < 2; ++part) {
          double* const to = line + part * apart[d];
          std::copy_n(from + (2 * i + part) * lanes, lanes, to + i * lanes);
          if (i > 0) std::copy_n(from + (2 * i + part) * lanes, lanes, to + (p_[d] - i) * lanes);
        }
      return along_[d](line, s.room.data(), p_[d]);
    };
    for (std::int64_t block = 0; block < blocks(n_[2], 2); ++block) {
      const double* const out = spread(1, weights_.get() + weights_at(kx - first_, block));
      const std::int64_t deep = std::min(2 * lanes, n_[2] - block * 2 * lanes);
      for (std::int64_t ky = 0; ky < half(1); ++ky) {
        double* const to =
            s.weight_columns.data() + (ky / (2 * lanes) * n_[2] + block * 2 * lanes) * 2 * lanes + ky % (2 * lanes);
        for (std::int64_t l = 0; l < deep; ++l) to[l * 2 * lanes] = out[l / lanes * apart[1] + ky * lanes + l % lanes];
      }
    }
    for (std::int64_t block = 0; block < blocks(half(1), 2); ++block) {
      const double* const out = spread(2, s.weight_columns.data() + block * n_[2] * 2 * lanes);
      for (std::int64_t l = 0; l < std::min(2 * lanes, half(1) - block * 2 * lanes); ++l)
        for (std::int64_t kz = 0; kz < half(2); ++kz)
          s.weights[(block * 2 * lanes + l) * half(2) + kz] = out[l / lanes * apart[2] + kz * lanes + l % lanes];
    }
  }

  /// The share of a frequency along x in the sums.
  Sums plane(std::int64_t kx, Scratch& s) const {
    weights_of_plane(kx, s);
    const std::int64_t apart_y = p_[1] * lanes, apart_z = p_[2] * lanes;
    for (int f = 0; f < fields; ++f)
      for (std::int64_t block = 0; block < blocks(n_[2], 1); ++block) {
        double* const line = s.line[f].data();
        for (std::int64_t part = 0; part < 2; ++part) {
          const double* const from = spectrum_[f].get() + spectrum_at(kx - first_, block) + part * rows() * lanes;
          std::copy_n(from, n_[1] * lanes, line + part * apart_y);
          std::fill_n(line + part * apart_y + n_[1] * lanes, (p_[1] - n_[1]) * lanes, 0.0);
        }
        const double* const out = along_[1](line, s.room.data(), n_[1]);
        const std::int64_t deep = std::min(lanes, n_[2] - block * lanes);
        for (std::int64_t part = 0; part < 2; ++part)
          for (std::int64_t ky = 0; ky < p_[1]; ++ky) {
            const double* const from = out + part * apart_y + ky * lanes;
            double* const to =
                s.columns[f].data() + ((ky / lanes * 2 + part) * n_[2] + block * lanes) * lanes + ky % lanes;
            for (std::int64_t l = 0; l < deep; ++l) to[l * lanes] = from[l];
          }
      }
    for (auto& sum : s.sum) std::fill(sum.begin(), sum.end(), 0.0);
    for (std::int64_t block = 0; block < blocks(p_[1], 1); ++block) {
      for (std::int64_t l = 0; l < lanes; ++l) {
        const std::int64_t ky = block * lanes + l;
        const double* const weights =
            ky < p_[1] ? s.weights.data() + std::min(ky, p_[1] - ky) * half(2) : nullptr;  // no such line: it is 0
        for (std::int64_t kz = 0; kz < p_[2]; ++kz)
          s.factor[kz * lanes + l] = weights ? weights[std::min(kz, p_[2] - kz)] : 0;
      }
      const double* out[fields];
      for (int f = 0; f < fields; ++f) {
        double* const line = s.line[f].data();
        for (std::int64_t part = 0; part < 2; ++part) {
          std::copy_n(s.columns[f].data() + (block * 2 + part) * n_[2] * lanes, n_[2] * lanes, line + part * apart_z);
          std::fill_n(line + part * apart_z + n_[2] * lanes, (p_[2] - n_[2]) * lanes, 0.0);
        }
        out[f] = along_[2](line, s.room.data(), n_[2]);
        if (out[f] == s.room.data()) std::swap(s.room, s.line[f]);  // the next needs the room
      }
      add_products(apart_z, s.factor.data(), out, s.sum[body].data(), s.sum[values].data(), s.sum[squares].data());
    }
    const auto total = [&](Field f) { return pairwise_sum(apart_z, [&](auto i) { return s.sum[f][i]; }); };
    return {total(body), total(values), total(squares)};
  }

  RL_SIMD_CLONES static void add_products(std::int64_t n, const double* factor, const double* const (&out)[fields],
      double* of_body, double* of_values, double* of_squares) {
    const double *const br = out[body], *const bi = br + n, *const vr = out[values], *const vi = vr + n;
    const double *const sr = out[squares], *const si = sr + n;
    RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) {
      of_body[i] += factor[i] * (br[i] * br[i] + bi[i] * bi[i]);
      of_values[i] += factor[i] * (vr[i] * vr[i] + vi[i] * vi[i]);
      of_squares[i] += factor[i] * (br[i] * sr[i] + bi[i] * si[i]);
    }
  }

  const std::int64_t most_;              ///< numbers to keep at a time
  std::int64_t first_ = 0, last_ = 0;    ///< the frequencies along x that are kept
  std::array<std::int64_t, 3> n_, p_{};  ///< of the box; padded
  std::array<double, 3> spacing_;
  const double* value_;
  const std::uint8_t* inside_;
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

Autocorrelation autocorrelation(const Volume& image, const Volume& mask, std::size_t most_bytes) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& n = mask.geometry().size;
  const Box box = extent(inside, n);
  std::vector<double> value;
  std::vector<std::uint8_t> body(std::size_t(box.size[0] * box.size[1] * box.size[2]));
  image.visit([&](auto voxels) {
    std::int64_t at = 0;
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y)
        for (std::int64_t x = 0; x < box.size[0]; ++x, ++at) {
          const auto i = ((z + box.first[2]) * n[1] + y + box.first[1]) * n[0] + x + box.first[0];
          if (!inside[i]) continue;
          value.push_back(double(voxels[i]));
          body[at] = 1;
        }
  });
  const auto count = std::int64_t(value.size());
  const auto sum = [&](auto&& term) { return pairwise_sum(count, term); };
  const double mean = sum([&](auto i) { return value[i]; }) / double(count);
  for (double& v : value) v -= mean;
  const double squares = sum([&](auto i) { return value[i] * value[i]; });
  if (count < 2 || !(squares > 0)) return {};

  std::vector<double> dense(body.size());
  for (std::size_t at = 0, i = 0; at < dense.size(); ++at)
    if (body[at]) dense[at] = value[i++];
  std::vector<double>().swap(value);
  const auto all = PairSums(box.size, mask.geometry().spacing_mm, dense.data(), body.data(), most_bytes)();
  return autocorrelation_of(all, double(count), squares);
}

}  // namespace radloom::shape
