#include "families/shape/autocorrelation.hpp"

#include <tbb/parallel_for.h>
#include <kissfft/kissfft.hh>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <vector>

#include "core/sums.hpp"

namespace radloom::shape {
namespace {

using Complex = std::complex<double>;

/// The next length that has no prime factor above 5: those the transform is fast for.
std::int64_t good_length(std::int64_t n) {
  for (;; ++n) {
    auto rest = n;
    for (const std::int64_t p : {2, 3, 5})
      while (rest % p == 0) rest /= p;
    if (rest == 1) return n;
  }
}

/// Convolves a box with an even kernel of distance. The box is padded along x and y in memory, along z a column at a time.
class Convolution {
 public:
  Convolution(const std::array<std::int64_t, 3>& size, const std::array<double, 3>& spacing)
      : n_(size), spacing_(spacing) {
    for (int d = 0; d < 3; ++d) {
      p_[d] = good_length(2 * n_[d] - 1);
      forth_.emplace_back(std::size_t(p_[d]), false);
      back_.emplace_back(std::size_t(p_[d]), true);
    }
    make_kernel();
  }

  /// Where voxel (x, y, z) of the box lies in `data`.
  std::int64_t at(std::int64_t x, std::int64_t y, std::int64_t z) const { return (z * p_[1] + y) * p_[0] + x; }
  std::int64_t padded() const { return p_[0] * p_[1] * n_[2]; }

  /// Replaces `data` (padded() values, 0 outside the box) by its convolution; only voxels of the box are of use then.
  void apply(std::vector<Complex>& data) const {
    slices(data, forth_, true);
    columns(data);
    slices(data, back_, false);
  }

 private:
  using Transform = kissfft<double>;
  static constexpr std::int64_t together = 4;  ///< columns that share a line of the cache

  /// Transforms the slices: rows then columns forth, columns then rows back. Rows outside the box are zero or of no use.
  void slices(std::vector<Complex>& data, const std::vector<Transform>& t, bool rows_first) const {
    tbb::parallel_for(std::int64_t(0), n_[2], [&](std::int64_t z) {
      Complex* const slice = data.data() + at(0, 0, z);
      std::vector<Complex> in(std::size_t(std::max(p_[0], p_[1]))), out(in.size());
      const auto rows = [&] {
        for (std::int64_t y = 0; y < n_[1]; ++y) {
          t[0].transform(slice + y * p_[0], out.data());
          std::copy_n(out.data(), p_[0], slice + y * p_[0]);
        }
      };
      if (rows_first) rows();
      for (std::int64_t x = 0; x < p_[0]; ++x) {
        for (std::int64_t y = 0; y < p_[1]; ++y) in[y] = slice[y * p_[0] + x];
        t[1].transform(in.data(), out.data());
        for (std::int64_t y = 0; y < p_[1]; ++y) slice[y * p_[0] + x] = out[y];
      }
      if (!rows_first) rows();
    });
  }

  /// Of every column along z: transform, multiply by the kernel's, transform back. The kernel is even, so that up to four columns share its.
  void columns(std::vector<Complex>& data) const {
    const double scale = 1 / (double(p_[0]) * double(p_[1]) * double(p_[2]));
    tbb::parallel_for(std::int64_t(0), half(1), [&](std::int64_t ky) {
      const auto n = std::size_t(p_[2]);
      std::vector<Complex> in(n), out(n), kernel(n), block(std::size_t(together * n_[2]));
      std::vector<double> factor(std::size_t(together) * n);
      for (std::int64_t kx = 0; kx < half(0); kx += together) {
        const std::int64_t wide = std::min(together, half(0) - kx);
        for (std::int64_t c = 0; c < wide; ++c) {
          for (std::int64_t z = 0; z < p_[2]; ++z) {
            const std::int64_t dz = std::min(z, p_[2] - z);
            in[z] = dz < n_[2] ? kernel_[(dz * half(1) + ky) * half(0) + kx + c] : 0;
          }
          forth_[2].transform(in.data(), kernel.data());
          for (std::size_t z = 0; z < n; ++z) factor[std::size_t(c) * n + z] = kernel[z].real() * scale;
        }
        const auto convolve = [&](std::int64_t row, bool mirrored) {
          const auto column = [&](std::int64_t c) { return mirrored ? p_[0] - (kx + c) : kx + c; };
          const auto twin = [&](std::int64_t c) { return mirrored && (kx + c == 0 || 2 * (kx + c) == p_[0]); };
          for (std::int64_t z = 0; z < n_[2]; ++z)
            for (std::int64_t c = 0; c < wide; ++c)
              if (!twin(c)) block[c * n_[2] + z] = data[at(column(c), row, z)];
          for (std::int64_t c = 0; c < wide; ++c) {
            if (twin(c)) continue;
            std::copy_n(block.data() + c * n_[2], n_[2], in.data());
            std::fill(in.begin() + n_[2], in.end(), Complex());
            forth_[2].transform(in.data(), out.data());
            for (std::size_t z = 0; z < n; ++z) out[z] *= factor[std::size_t(c) * n + z];
            back_[2].transform(out.data(), in.data());
            std::copy_n(in.data(), n_[2], block.data() + c * n_[2]);
          }
          for (std::int64_t z = 0; z < n_[2]; ++z)
            for (std::int64_t c = 0; c < wide; ++c)
              if (!twin(c)) data[at(column(c), row, z)] = block[c * n_[2] + z];
        };
        for (const bool mirrored : {false, true}) {
          convolve(ky, mirrored);
          if (ky != 0 && 2 * ky != p_[1]) convolve(p_[1] - ky, mirrored);
        }
      }
    });
  }

  /// The inverse distance, 0 at 0, transformed along x and y for every distance along z. It is real and even along each axis, and so is what
  /// comes out: a quarter is kept.
  void make_kernel() {
    kernel_.resize(std::size_t(half(0) * half(1) * n_[2]));
    tbb::parallel_for(std::int64_t(0), n_[2], [&](std::int64_t dz) {
      const auto size = std::size_t(std::max(p_[0], p_[1]));
      std::vector<Complex> in(size), out(size);
      std::vector<double> rows(std::size_t(half(0) * half(1)));  // [dy][kx]
      for (std::int64_t dy = 0; dy < half(1); ++dy) {
        for (std::int64_t x = 0; x < p_[0]; ++x) {
          const std::int64_t dx = std::min(x, p_[0] - x);
          const double a = double(dx) * spacing_[0], b = double(dy) * spacing_[1], c = double(dz) * spacing_[2];
          const double square = a * a + b * b + c * c;
          in[x] = square > 0 ? 1 / std::sqrt(square) : 0;
        }
        forth_[0].transform(in.data(), out.data());
        for (std::int64_t kx = 0; kx < half(0); ++kx) rows[dy * half(0) + kx] = out[kx].real();
      }
      for (std::int64_t kx = 0; kx < half(0); ++kx) {
        for (std::int64_t y = 0; y < p_[1]; ++y) in[y] = rows[std::min(y, p_[1] - y) * half(0) + kx];
        forth_[1].transform(in.data(), out.data());
        for (std::int64_t ky = 0; ky < half(1); ++ky) kernel_[(dz * half(1) + ky) * half(0) + kx] = out[ky].real();
      }
    });
  }
  std::int64_t half(int d) const { return p_[d] / 2 + 1; }

  std::array<std::int64_t, 3> n_, p_{};  ///< of the box; padded
  std::array<double, 3> spacing_;
  std::vector<Transform> forth_, back_;  ///< along each axis
  std::vector<double> kernel_;           ///< [dz][ky][kx]
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

Autocorrelation autocorrelation(const Volume& image, const Volume& mask) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& n = mask.geometry().size;
  const Box box = extent(inside, n);
  std::vector<double> value;
  std::vector<std::int64_t> place;  // of each voxel in the padded box
  const Convolution weights(box.size, mask.geometry().spacing_mm);
  image.visit([&](auto voxels) {
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y)
        for (std::int64_t x = 0; x < box.size[0]; ++x) {
          const auto i = ((z + box.first[2]) * n[1] + y + box.first[1]) * n[0] + x + box.first[0];
          if (!inside[i]) continue;
          value.push_back(double(voxels[i]));
          place.push_back(weights.at(x, y, z));
        }
  });
  const auto count = std::int64_t(value.size());
  const auto sum = [&](auto&& term) { return pairwise_sum(count, term); };
  const double mean = sum([&](auto i) { return value[i]; }) / double(count);
  for (double& v : value) v -= mean;
  const double squares = sum([&](auto i) { return value[i] * value[i]; });
  if (count < 2 || !(squares > 0)) return {NAN, NAN};

  // Real part: differences from the mean. Imaginary part: the region itself. Convolved, they are sums over the other voxels j of
  // w_ij (x_j - mean) and of w_ij.
  std::vector<Complex> data(std::size_t(weights.padded()));
  for (std::int64_t i = 0; i < count; ++i) data[place[i]] = {value[i], 1};
  weights.apply(data);
  const double all = sum([&](auto i) { return data[place[i]].imag(); });
  const double products = sum([&](auto i) { return value[i] * data[place[i]].real(); });
  const double own = sum([&](auto i) { return value[i] * value[i] * data[place[i]].imag(); });
  // sum of w_ij (x_i - x_j)^2 = 2 sum of w_ij (x_i - mean)^2 - 2 sum of w_ij (x_i - mean) (x_j - mean)
  return {double(count) / all * products / squares, double(count - 1) / (2 * all) * (2 * own - 2 * products) / squares};
}

}  // namespace radloom::shape
