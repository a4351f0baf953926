#pragma once
#include "core/host_device.hpp"
#include "filters/wavelet/formulas.hpp"
#include "kernels/common/samples.hpp"
#include "kernels/wavelet/tuning.hpp"

namespace radloom::wavelet {

/// One array filtered along one of its axes, by the low-pass and the high-pass filter at once. Where the samples lie was decided on the
/// host (filters/wavelet/plan.hpp), so that neither period nor padding is known here.
template <class T>
struct AxisJob {
  Span<const std::uint8_t> in;  ///< bytes; samples of `type`: [outer][in_n][inner]
  ScalarType type;              ///< of the samples; T but for the image itself
  std::int64_t inner;           ///< samples side by side across the axis: 1 along x
  std::int32_t in_n, out_n;     ///< along the axis
  std::int64_t outer;
  std::int32_t taps;
  std::int64_t dilation;
  Span<const std::int32_t> index;    ///< of the sample at position i - before, i < out_n + before + after
  Span<const std::int32_t> wrapped;  ///< of each position of the result, see `wrapped_taps`
  Span<const T> low_taps, high_taps;
  Span<T> low, high;  ///< results [outer][out_n][inner]; without data where not wanted

  RL_HD std::int64_t samples() const { return outer * out_n * inner; }
};

struct AxisTile {
  std::int32_t job;
  std::int64_t first;
};

/// A pass of the undecimated wavelet transform along one axis, over all arrays of a batch.
///
/// Grid: one block a tile of results. A thread makes the low and the high value of a place from the same samples, in the order of
/// `respond`, so that they are the cpu's bit for bit. Cost a place: `taps` samples read, of which neighbours in the block share all but one (first-level
/// cache), 4 * taps operations, two results written.
template <class T>
struct FilterAxis {
  Span<const AxisJob<T>> jobs;
  Span<const AxisTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const AxisTile tile = exec.global(tiles)[exec.block()];
    const AxisJob<T> job = exec.global(jobs)[tile.job];
    visit_samples(exec, job.in.data, job.type, job.outer * job.in_n * job.inner,
        [&](const auto& in) { filter(exec, job, tile, in); });
  }

 private:
  template <class Exec, class Samples>
  RL_HD static void filter(Exec& exec, const AxisJob<T>& job, const AxisTile& tile, const Samples& in) {
    const auto index = exec.global(job.index);
    const auto wrapped_at = exec.global(job.wrapped);
    const auto low_taps = exec.global(job.low_taps), high_taps = exec.global(job.high_taps);
    const auto low_out = exec.global(job.low), high_out = exec.global(job.high);
    const std::int64_t end = tile.first + tuning::tile_samples, all = job.samples();
    for (std::int64_t e = tile.first + exec.thread(); e < end && e < all; e += exec.threads()) {
      const std::int64_t within = e % job.inner, line = e / job.inner;
      const auto i = std::int32_t(line % job.out_n);
      const std::int64_t base = line / job.out_n * job.in_n * job.inner + within;
      const std::int32_t wrapped = wrapped_at[i];
      T low = 0, high = 0;
      for (int step = 0; step < job.taps; ++step) {
        const int tap = tap_at(step, wrapped);
        const T sample = T(in[base + index[i + (job.taps - 1 - tap) * job.dilation] * job.inner]);
        low = low + low_taps[tap] * sample;
        high = high + high_taps[tap] * sample;
      }
      if (job.low.data) low_out.set(e, low);
      if (job.high.data) high_out.set(e, high);
    }
  }
};

}  // namespace radloom::wavelet
