#pragma once
#include "core/host_device.hpp"
#include "filters/fourier/frequency.hpp"
#include "filters/gabor/formulas.hpp"
#include "filters/riesz/formulas.hpp"
#include "filters/simoncelli/formulas.hpp"
#include "kernels/common/ending.hpp"
#include "kernels/common/line_transform.hpp"
#include "kernels/common/span.hpp"
#include "kernels/fourier/tuning.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom::fourier {

/// How lines of n samples are transformed: as they are, or where n has a prime factor above 5 as a convolution of m samples (Bluestein's): out[k] =
/// w[k] sum over i of (in[i] w[i]) conj(w[k - i]), w[k] = exp(-pi i k^2 / n). Numbers of tables: where they begin.
struct LinePlan {
  std::int32_t n, m;
  std::int64_t roots;          ///< m of them
  std::int64_t chirp, kernel;  ///< n and m numbers; -1 where m = n

  RL_HD bool is_convolution() const { return m != n; }
};

/// Where samples lie: sample i of line `inner` of `outer`.
struct Layout {
  std::int64_t first, step, inner, outer;
  RL_HD std::int64_t at(std::int64_t in, std::int64_t out, std::int64_t i) const {
    return first + out * outer + in * inner + i * step;
  }
};

/// Where the samples of a line come from.
enum class From : std::int32_t {
  image,    ///< voxels
  wave,     ///< a Gabor filter
  numbers,  ///< numbers ...
  product,  ///< ... times a spectrum ...
  response  ///< ... times the response of a filter at their frequency
};

/// What becomes of the samples of a transformed line.
enum class Into : std::int32_t { numbers, real, modulus };

/// What a number of a spectrum is multiplied by: Simoncelli's filter of a level, a Riesz transform, or both.
struct Response {
  std::int32_t level;  ///< 0: none
  bool turned;         ///< by `transform`
  bool along[3];       ///< axes that were transformed along
  riesz::Transform transform{{0, 0, 0}};
  std::int64_t size[3]{};  ///< of the spectrum

  RL_HD Complex at(std::int64_t place) const {
    double nu[3];
    for (int d = 0; d < 3; ++d) {
      nu[d] = along[d] ? filters::frequency(place % size[d], size[d]) : 0;
      place /= size[d];
    }
    double gain = 1;
    if (level > 0)
      gain = simoncelli::gain(sqrt(nu[0] * nu[0] + nu[1] * nu[1] + nu[2] * nu[2]), simoncelli::highest(level));
    if (!turned) return {gain, 0};
    gain *= transform.direction(nu[0], nu[1], nu[2]);
    return {transform.re * gain, transform.im * gain};
  }
};

/// A filter that lies about the first sample of a plane, cut off at a radius.
struct PlaneOfWave {
  gabor::Wave wave;
  double spacing_mm[2];
  std::int64_t size[2], radius[2];

  RL_HD Complex at(std::int64_t i, std::int64_t j) const {
    const std::int64_t x = 2 * i > size[0] ? i - size[0] : i, y = 2 * j > size[1] ? j - size[1] : j;
    Complex v;
    if (x >= -radius[0] && x <= radius[0] && y >= -radius[1] && y <= radius[1])
      wave.at(double(x) * spacing_mm[0], double(y) * spacing_mm[1], v.re, v.im);
    return v;
  }
};

/// Lines of an array, all along one axis.
struct LineJob {
  LinePlan plan;
  bool inverse;               ///< divided by n
  std::int64_t inner, outer;  ///< lines side by side, and how often
  From from;
  Into into;

  Layout source;                   ///< of the image, or of `numbers`
  Span<const std::uint8_t> image;  ///< bytes; voxels of `type`
  ScalarType type;
  std::int64_t voxels;
  Span<const std::int32_t> places;  ///< of an image: where sample i lies, -1 for 0; empty where it lies at i
  Span<const std::int32_t> rows;    ///< the same of line `inner`
  Span<const Complex> numbers;
  Span<const Complex> spectrum;  ///< product: number i times spectrum[i mod its size]
  Response response;
  PlaneOfWave wave;  ///< that of line `inner`; one follows the other by `outer`
  Span<const gabor::Wave> waves;

  std::int64_t first, kept;  ///< samples of the transformed line that are wanted
  Layout target;             ///< of those; `first` is its sample 0
  Span<Complex> out;
  Span<double> result;  ///< real, modulus
  Ending ending;        ///< modulus

  RL_HD std::int64_t lines() const { return inner * outer; }
};

/// Lines of a job that a block transforms: `lines_at_once`, or what is left of them.
struct LineTile {
  std::int32_t job;
  std::int64_t first;
};

}  // namespace radloom::fourier
