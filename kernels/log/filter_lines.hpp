#pragma once
#include "core/host_device.hpp"
#include "filters/log/formulas.hpp"
#include "filters/log/recursive_gaussian.hpp"
#include "kernels/common/samples.hpp"
#include "kernels/log/tuning.hpp"

namespace radloom::log {

/// What becomes of the responses of a pass.
enum class Into : std::int32_t {
  place,       ///< they are what the next pass reads
  first_term,  ///< they are the first term of the sum, ...
  next_term,   ///< ... or are added to it
};

/// An array filtered along one of its axes.
struct LineJob {
  Span<const std::uint8_t> in;  ///< bytes; samples of `type`: [outer][n][inner]
  ScalarType type;
  Into into;
  std::int64_t inner;  ///< lines that lie side by side: 1 along x
  std::int64_t outer;
  std::int32_t n;            ///< samples of a line, at least 4
  std::int32_t first, kept;  ///< the responses that are wanted
  RecursiveFilter filter;
  double scale;         ///< of a term
  Span<double> causal;  ///< [kept][lines], unwritten: responses of the filter to the right
  Span<float> out;      ///< [outer][kept][inner]

  RL_HD std::int64_t lines() const { return inner * outer; }
  RL_HD std::int32_t last() const { return first + kept; }
  /// What a response becomes; `sum` is what stood in its place, and looked at where that is a sum.
  RL_HD float result(double response, float sum) const {
    const auto v = float(response);
    return into == Into::place ? v : with_term(into == Into::first_term ? 0.0F : sum, v, scale);
  }
};

/// `tuning::threads` lines, or what is left of them.
struct LineTile {
  std::int32_t job;
  std::int64_t first;
};

/// The recursion on its way along a line, in either direction.
class Recursion {
 public:
  /// `end` is the first sample, which goes on before the line for ever.
  RL_HD Recursion(const double (&weights)[4], const double (&d)[4], const double (&ends)[4], double end) : end_(end) {
    for (int k = 0; k < 4; ++k) {
      weights_[k] = weights[k];
      d_[k] = d[k];
      ends_[k] = ends[k];
      x_[k] = end;
      y_[k] = 0;
    }
  }
  RL_HD void see(double sample) {
    for (int k = 3; k > 0; --k) x_[k] = x_[k - 1];
    x_[0] = sample;
  }
  /// The response to the four samples seen last.
  RL_HD double respond() {
    double response;
    if (given_ < 4)
      respond_at_end(weights_, x_[0], x_[1], x_[2], x_[3], d_, ends_, given_++, end_, y_[0], y_[1], y_[2], response);
    else log::respond(weights_, x_[0], x_[1], x_[2], x_[3], d_, y_[0], y_[1], y_[2], y_[3], response);
    for (int k = 3; k > 0; --k) y_[k] = y_[k - 1];
    return y_[0] = response;
  }

 private:
  double weights_[4], d_[4], ends_[4], end_, x_[4], y_[4];
  int given_ = 0;
};

/// A pass of the recursive filter along y or z, over all arrays of a batch.
///
/// Grid: one block a tile of lines, a thread a line; the threads of a warp walk side by side, to the right and back. What the filter to the
/// right makes waits in global memory in double precision, so that a response is the cpu's bit for bit. Cost a place: the sample read
/// twice, 8 bytes written and read, a float written (and read, where terms are added); 31 operations in double precision.
struct FilterLines {
  static constexpr int max_threads = tuning::threads;
  Span<const LineJob> jobs;
  Span<const LineTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const LineTile tile = exec.global(tiles)[exec.block()];
    const LineJob job = exec.global(jobs)[tile.job];
    const std::int64_t line = tile.first + exec.thread();
    if (line < job.lines())
      visit_samples(
          exec, job.in.data, job.type, job.lines() * job.n, [&](const auto& in) { filter(exec, job, line, in); });
  }

 private:
  template <class Exec, class Samples>
  RL_HD static void filter(Exec& exec, const LineJob& job, std::int64_t line, const Samples& in) {
    constexpr int ahead = tuning::ahead;
    const auto waiting = exec.global(job.causal);
    const auto out = exec.global(job.out);
    const std::int64_t stride = job.inner, lines = job.lines(), outer = line / stride, within = line % stride;
    const std::int64_t from = outer * stride * job.n + within, to = outer * stride * job.kept + within;
    const std::int32_t last = job.last();
    double x[ahead];

    Recursion causal(job.filter.n, job.filter.d, job.filter.before, double(in[from]));
    for (std::int32_t i = 0; i < last; i += ahead) {
      for (int k = 0; k < ahead; ++k) x[k] = i + k < last ? double(in[from + (i + k) * stride]) : 0;
      for (int k = 0; k < ahead; ++k) {
        causal.see(x[k]);
        const double response = causal.respond();
        if (i + k >= job.first && i + k < last) waiting.set((i + k - job.first) * lines + line, response);
      }
    }

    Recursion anticausal(job.filter.m, job.filter.d, job.filter.after, double(in[from + (job.n - 1) * stride]));
    for (std::int32_t i = job.n - 1; i >= job.first; i -= ahead) {
      double before[ahead];
      float sum[ahead];
      for (int k = 0; k < ahead; ++k) {
        const bool wanted = i - k >= job.first && i - k < last;
        x[k] = i - k >= job.first ? double(in[from + (i - k) * stride]) : 0;
        before[k] = wanted ? waiting.get((i - k - job.first) * lines + line) : 0;
        sum[k] = wanted && job.into == Into::next_term ? out.get(to + (i - k - job.first) * stride) : 0;
      }
      for (int k = 0; k < ahead; ++k) {
        const double response = anticausal.respond();
        if (i - k >= job.first && i - k < last)
          out.set(to + (i - k - job.first) * stride, job.result(before[k] + response, sum[k]));
        anticausal.see(x[k]);
      }
    }
  }
};

}  // namespace radloom::log
