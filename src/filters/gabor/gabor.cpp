#include "filters/gabor/gabor.hpp"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/four.hpp"
#include "core/simd.hpp"
#include "filters/common/convolve.hpp"
#include "filters/fourier/fourier.hpp"
#include "filters/fourier/real_rows.hpp"
#include "filters/gabor/plan.hpp"

namespace radloom::gabor {
namespace {

using filters::LineTransforms;
using Index = std::array<std::int64_t, 3>;

constexpr std::int64_t lanes = LineTransforms::lanes;
static_assert(lanes == 4);  // lines are turned four by four
std::int64_t fours(std::int64_t n) { return (n + lanes - 1) / lanes; }

/// The spectrum of the filter at an orientation, its middle at the first sample, over the number of samples: of frequencies ka up to na / 2,
/// [ka / 4][at (ka, kb), at (-ka, -kb)][kb][ka % 4]. It is real, since from its middle the filter is its own conjugate image.
filters::AlignedDoubles spectrum(
    const Wave& wave, const Plane& p, const std::array<double, 3>& spacing_mm, std::int64_t blocks) {
  std::vector<filters::Complex> values(std::size_t(p.na * p.nb));
  const auto at = [&](std::int64_t i, std::int64_t j) -> filters::Complex& {
    return values[std::size_t((j + p.nb) % p.nb * p.na + (i + p.na) % p.na)];
  };
  for (std::int64_t j = -p.rb; j <= p.rb; ++j)
    for (std::int64_t i = -p.ra; i <= p.ra; ++i) {
      double re, im;
      wave.at(double(i) * spacing_mm[p.a], double(j) * spacing_mm[p.b], re, im);
      at(i, j) = {re, im};
    }
  filters::fourier(values, {p.na, p.nb, 1}, {true, true, false}, false);
  filters::AlignedDoubles out(std::size_t(blocks * 2 * p.nb * lanes));
  for (std::int64_t i = 0; 2 * i <= p.na; ++i)
    for (std::int64_t j = 0; j < p.nb; ++j)
      for (const std::int64_t sign : {1, -1})
        out[std::size_t(((i / lanes * 2 + (sign < 0)) * p.nb + j) * lanes + i % lanes)] =
            at(sign * i, sign * j).real() / double(p.na * p.nb);
  return out;
}

// Loops over lines side by side, built for each instruction set.

/// Four rows of columns side by side: [at ka, at -ka][real, imaginary][row][ka % 4].
constexpr std::int64_t part = lanes * lanes, square = 4 * part;

/// Rows of columns side by side, times a sign, by fours that lie `apart`.
RL_SIMD_CLONES void put_rows(const double* from, std::int64_t rows, double sign, double* to, std::int64_t apart) {
  std::int64_t n = rows * lanes;
  for (; n >= part; n -= part, from += part, to += apart)
    RL_INDEPENDENT for (std::int64_t i = 0; i < part; ++i) to[i] = sign * from[i];
  for (std::int64_t i = 0; i < n; ++i) to[i] = sign * from[i];
}

/// Lines of na frequencies side by side, from squares of their frequencies up to na / 2. Real and imaginary part are exchanged.
RL_SIMD_CLONES void join(std::int64_t na, const double* squares, double* lines) {
  for (std::int64_t ka = 0; 2 * ka <= na; ka += lanes, squares += square)
    for (std::int64_t i = 0; i < 2; ++i) {
      const double *const here = squares + i * part, *const opposite = here + 2 * part;
      double* const to = lines + (1 - i) * na * lanes;
      if (ka > 0 && 2 * (ka + lanes - 1) < na) {
        turn({here, here + lanes, here + 2 * lanes, here + 3 * lanes}, to + ka * lanes, lanes);
        turn({opposite, opposite + lanes, opposite + 2 * lanes, opposite + 3 * lanes}, to + (na - ka) * lanes, -lanes);
        continue;
      }
      for (std::int64_t k = ka; k < ka + lanes && 2 * k <= na; ++k)
        for (std::int64_t row = 0; row < lanes; ++row) {
          to[k * lanes + row] = here[row * lanes + k - ka];
          if (k > 0 && 2 * k < na) to[(na - k) * lanes + row] = opposite[row * lanes + k - ka];
        }
    }
}

RL_SIMD_CLONES void multiply(std::int64_t n, const double* factor, const double* values, double* to) {
  RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) to[i] = factor[i] * values[i];
}

/// Squares of moduli, or where it is a mean moduli, into what others have made.
template <filters::Merge merge>
[[gnu::always_inline]] inline void pool_as(
    std::int64_t n, bool first, const double* real, const double* imaginary, double* pooled) {
  RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) {
    const double squared = real[i] * real[i] + imaginary[i] * imaginary[i];
    const double v = merge == filters::Merge::mean ? std::sqrt(squared) : squared;
    pooled[i] = first ? v : filters::merged(merge, pooled[i], v);
  }
}
RL_SIMD_CLONES void pool(
    filters::Merge merge, std::int64_t n, bool first, const double* real, const double* imaginary, double* pooled) {
  switch (merge) {  // outside of the loop, which becomes one of vectors
    case filters::Merge::max: return pool_as<filters::Merge::max>(n, first, real, imaginary, pooled);
    case filters::Merge::min: return pool_as<filters::Merge::min>(n, first, real, imaginary, pooled);
    default: return pool_as<filters::Merge::mean>(n, first, real, imaginary, pooled);
  }
}
/// Moduli, of what `pool` has made of the responses to several filters.
RL_SIMD_CLONES void moduli(filters::Merge merge, std::int64_t n, double filters, double* pooled) {
  if (merge == filters::Merge::mean) {
    RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) pooled[i] /= filters;
  } else {
    RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) pooled[i] = std::sqrt(pooled[i]);
  }
}

/// Reads the voxel at each place from `first` on, `step` apart; 0 at -1.
using ReadPlaces =
    std::function<void(std::int64_t first, std::int64_t step, const std::vector<std::int64_t>& places, double* to)>;

/// Responses in slices across one axis, pooled over orientations. Slices are transformed whole, so that a value does not depend on what else is
/// asked for; back, only lines that the box meets.
class InPlane {
 public:
  InPlane(const Settings& s, int axis, const filters::Block& image, const Box& box)
      : plane_(plane(s, axis, image.grid())), merge_(filters::merge_of(s.filter_pooling)), box_(box),
        size_(image.voxels.geometry().size), first_(image.first),
        rows_(plane_.na, image.whole[plane_.b], std::int64_t(plane_.pa.size())), along_a_(plane_.na),
        along_b_(plane_.nb) {
    for (const auto& wave : waves(s))
      filters_.push_back(spectrum(wave, plane_, image.grid().spacing_mm, rows_.blocks()));
  }

  /// `write`(voxel of the box, response) for every voxel of the box, slices in parallel.
  template <class Write>
  void operator()(const ReadPlaces& read, const std::stop_token& stop, const Write& write) const {
    const Index step{1, box_.size[0], box_.size[0] * box_.size[1]};
    const Plane& p = plane_;
    tbb::enumerable_thread_specific<Scratch> scratches([&] { return Scratch(*this); });
    tbb::parallel_for(std::int64_t(0), box_.size[p.across], [&](std::int64_t slice) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      Scratch& s = scratches.local();
      forth(box_.first[p.across] + slice, read, s);
      for (std::size_t k = 0; k < filters_.size(); ++k) back(filters_[k], k == 0, s);
      moduli(merge_, std::int64_t(s.pooled.size()), double(filters_.size()), s.pooled.data());
      for (std::int64_t j = 0; j < box_.size[p.b]; ++j)
        for (std::int64_t i = 0; i < box_.size[p.a]; ++i)
          write(slice * step[p.across] + j * step[p.b] + i * step[p.a],
              s.pooled[std::size_t((j / lanes * box_.size[p.a] + i) * lanes + j % lanes)]);
    });
  }

 private:
  /// What a thread needs for a slice.
  struct Scratch {
    explicit Scratch(const InPlane& of)
        : rows(of.rows_), half(of.rows_.words()), whole(std::size_t(of.rows_.blocks() * 2 * of.plane_.nb * lanes)),
          squares(std::size_t(fours(of.box_.size[of.plane_.b]) * of.row_of_squares())),
          pooled(std::size_t(fours(of.box_.size[of.plane_.b]) * of.box_.size[of.plane_.a] * lanes)),
          lines(std::max(of.along_a_.words(), of.along_b_.words())) {}
    filters::RealRows::Scratch rows;
    filters::AlignedDoubles half;     ///< spectra of rows
    filters::AlignedDoubles whole;    ///< that of the slice: [ka / 4][real, imaginary][kb][ka % 4]
    filters::AlignedDoubles squares;  ///< [b / 4][ka / 4], b a row of the box
    filters::AlignedDoubles pooled;   ///< [b / 4][a][b % 4], a voxel of the box
    filters::LineBuffers lines;
  };
  std::int64_t row_of_squares() const { return rows_.blocks() * square; }

  /// The spectrum of a slice. Rows that the boundary repeats are transformed once; half of the frequencies along a mirror the others.
  void forth(std::int64_t slice, const ReadPlaces& read, Scratch& s) const {
    const Plane& p = plane_;
    const Index step{1, size_[0], size_[0] * size_[1]};
    const std::int64_t first = (slice - first_[p.across]) * step[p.across] - first_[p.a] * step[p.a];
    rows_.forth([&](std::int64_t j, double* to) { read(first + (j - first_[p.b]) * step[p.b], step[p.a], p.pa, to); },
        s.half.data(), s.rows);
    const std::int64_t line = p.nb * lanes;
    for (std::int64_t block = 0; block < rows_.blocks(); ++block) {
      for (std::int64_t i = 0; i < 2; ++i) {
        const double* const from = s.half.data() + block * rows_.block() + i * rows_.part();
        double* to = s.lines.data() + i * line;
        for (const std::int64_t j : p.pb) {
          if (j < 0) std::fill_n(to, lanes, 0.0);
          else std::copy_n(from + j * lanes, lanes, to);
          to += lanes;
        }
      }
      const double* const out = along_b_(s.lines.data(), s.lines.room(), std::int64_t(p.pb.size()));
      std::copy_n(out, 2 * line, s.whole.data() + block * 2 * line);
    }
  }

  /// The responses to a filter, pooled. Real and imaginary part are exchanged, which makes a transform the inverse. What a column becomes at -ka is the
  /// conjugate of what that at ka becomes with the filter's opposite frequencies, as the slice is real.
  void back(const filters::AlignedDoubles& filter, bool first, Scratch& s) const {
    const Plane& p = plane_;
    const std::int64_t line = p.nb * lanes, rows = box_.size[p.b];
    const std::int64_t a = p.ra + box_.first[p.a], b = p.rb + box_.first[p.b];
    for (std::int64_t block = 0; block < rows_.blocks(); ++block)
      for (const bool opposite : {false, true}) {
        for (std::int64_t i = 0; i < 2; ++i)
          multiply(line, filter.data() + (2 * block + opposite) * line, s.whole.data() + (2 * block + i) * line,
              s.lines.data() + (1 - i) * line);
        const double* const out = along_b_(s.lines.data(), s.lines.room(), p.nb) + b * lanes;
        double* const to = s.squares.data() + block * square + (opposite ? 2 * part : 0);
        put_rows(out + line, rows, 1, to, row_of_squares());
        put_rows(out, rows, opposite ? -1 : 1, to + part, row_of_squares());
      }
    for (std::int64_t group = 0; group < fours(box_.size[p.b]); ++group) {
      join(p.na, s.squares.data() + group * row_of_squares(), s.lines.data());
      const double* const out = along_a_(s.lines.data(), s.lines.room(), p.na) + a * lanes;
      const std::int64_t n = box_.size[p.a] * lanes;
      pool(merge_, n, first, out + p.na * lanes, out, s.pooled.data() + group * n);
    }
  }

  const Plane plane_;
  const filters::Merge merge_;
  const Box box_;
  const Index size_, first_;  ///< of the block
  const filters::RealRows rows_;
  const LineTransforms along_a_, along_b_;
  std::vector<filters::AlignedDoubles> filters_;
};

}  // namespace

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  const Settings& s = request.settings;
  Box out = box;
  for (const int axis : across(s)) out = hull_of(out, slices_of(box, axis, whole.size));
  return out;
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  filters::grid_of(image, needed_by(request, box, image.grid()));  // the block must hold it
  const auto merge = filters::merge_of(s.filter_pooling);
  const auto planes = across(s);
  const auto out = large_memory<double>(std::size_t(box.voxels()), request.memory);
  image.voxels.visit([&](auto voxels) {
    const ReadPlaces read = [&](std::int64_t first, std::int64_t step, const std::vector<std::int64_t>& places,
                                double* to) {
      for (const std::int64_t i : places) *to++ = i < 0 ? 0.0 : double(voxels[std::size_t(first + i * step)]);
    };
    const double by = filters::divisor(merge, planes.size());
    for (std::size_t k = 0; k < planes.size(); ++k)
      InPlane(s, planes[k], image, box)(read, stop, [&](std::int64_t at, double v) {
        if (k > 0) v = filters::merged(merge, out[at], v);
        out[at] = k + 1 < planes.size() ? v : v / by;
      });
  });
  return {filters::volume_over(filters::grid_of(image, box), out)};
}

std::string unsuited(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  for (const int axis : across(request.settings))
    for (int d = 0; d < 3; ++d)
      if (d != axis && grid.size[d] < 2)
        return fmt::format(
            "the image has one voxel along {}, and the filter lies in slices across {}", "xyz"[d], "xyz"[axis]);
  return {};
}

std::string remark(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  const Settings& s = request.settings;
  for (int d = 0; d < 3; ++d)
    if (s.gabor_lambda_mm < 2 * grid.spacing_mm[d])
      return fmt::format("a wavelength of {} mm is less than two voxels of {} mm along {}: it is aliased",
          s.gabor_lambda_mm, grid.spacing_mm[d], "xyz"[d]);
  std::array<std::int64_t, 3> taps = radius(s, grid.spacing_mm);
  for (auto& t : taps) t = 2 * t + 1;
  if (s.force_2d) taps[std::size_t(2 - s.force_2d_dimension)] = 0;
  else if (!s.filter_rotation_invariant) taps[2] = 0;
  return filters::longer_than(grid.size, taps);
}

}  // namespace radloom::gabor
