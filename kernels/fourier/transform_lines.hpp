#pragma once
#include "kernels/common/samples.hpp"
#include "kernels/fourier/line_job.hpp"

namespace radloom::fourier {

/// The discrete Fourier transform along one axis of all arrays of a batch, out of images, filters or numbers, into numbers or what is asked of them.
///
/// Grid: one block `lines_at_once` lines. A line is in shared memory from the first to the last sample, so an array may take the place of the one it is
/// made of. Cost a sample: 16 bytes read (those of a voxel, of an image; 32 of a product) and 16 written (8 of a result), and the passes of
/// `transform_lines`, twice as many over twice as many samples where the length has a prime factor above 5.
struct TransformLines {
  static constexpr int max_threads = tuning::threads;
  Span<const LineJob> jobs;
  Span<const LineTile> tiles;
  Span<const Complex> tables;

  RL_HD static std::int64_t shared_numbers(int m) { return 2 * std::int64_t(lines_at_once(m)) * m; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const LineTile tile = exec.global(tiles)[exec.block()];
    const LineJob job = exec.global(jobs)[tile.job];
    const int n = job.plan.n, m = job.plan.m, most = lines_at_once(m);
    const int lines = job.lines() - tile.first < most ? int(job.lines() - tile.first) : most;
    const auto data = exec.template shared<Complex>(most * m);
    const auto room = exec.template shared<Complex>(most * m);
    const auto roots = exec.global(tables.part(job.plan.roots, m));
    fill(exec, job, tile, lines, data);
    exec.sync_block();
    const auto& once = transform_lines(exec, m, lines, roots, data, room) ? room : data;
    if (!job.plan.is_convolution())
      return keep(exec, job, tile, lines, [&](int line, int k) { return once.get(line * n + k); });
    const auto& free = &once == &data ? room : data;
    const auto kernel = exec.global(tables.part(job.plan.kernel, m));
    for (int i = exec.thread(); i < lines * m; i += exec.threads())
      once.set(i, conjugate(once.get(i) * kernel[i % m]));  // so that the second transform is an inverse one
    exec.sync_block();
    const auto& twice = transform_lines(exec, m, lines, roots, once, free) ? free : once;
    const auto chirp = exec.global(tables.part(job.plan.chirp, n));
    keep(exec, job, tile, lines, [&](int line, int k) { return conjugate(twice.get(line * m + k)) * chirp[k]; });
  }

 private:
  RL_HD static Complex conjugate(Complex v) { return {v.re, -v.im}; }

  /// visit(line of the tile, sample, line of the job within its row of lines, row), threads where the layout has them side by side.
  template <class Exec, class Visit>
  RL_HD static void for_each_sample(Exec& exec, const Layout& layout, const LineJob& job, const LineTile& tile,
      int lines, int n, const Visit& visit) {
    const std::int64_t in = tile.first % job.inner, out = tile.first / job.inner;
    for (int i = exec.thread(); i < lines * n; i += exec.threads()) {
      const bool along = layout.step == 1;
      const int line = along ? i / n : i % lines, k = along ? i % n : i / lines;
      std::int64_t inner = in + line, outer = out;  // a block has few lines: no division each
      for (; inner >= job.inner; inner -= job.inner) ++outer;
      visit(line, k, inner, outer);
    }
  }

  /// Puts the samples of the lines into shared memory, each with its chirp, conjugated for an inverse transform.
  template <class Exec, class View>
  RL_HD void fill(Exec& exec, const LineJob& job, const LineTile& tile, int lines, const View& data) const {
    const int n = job.plan.n, m = job.plan.m;
    const auto put = [&](int line, int k, Complex v) {
      if (job.inverse) v = conjugate(v);
      if (job.plan.is_convolution()) v = v * exec.global(tables.part(job.plan.chirp, n))[k];
      data.set(line * m + k, v);
    };
    for (int i = exec.thread(); i < lines * (m - n); i += exec.threads())
      data.set(i / (m - n) * m + n + i % (m - n), Complex{});
    if (job.from == From::image) {
      const auto places = exec.global(job.places), rows = exec.global(job.rows);
      visit_samples(exec, job.image.data, job.type, job.voxels, [&](const auto& voxels) {
        for_each_sample(exec, job.source, job, tile, lines, n, [&](int line, int k, std::int64_t in, std::int64_t out) {
          const std::int64_t i = places.size() == 0 ? k : k < places.size() ? std::int64_t(places[k]) : -1;
          const std::int64_t row = rows.size() == 0 ? in : in < rows.size() ? std::int64_t(rows[in]) : -1;
          put(line, k, i < 0 || row < 0 ? Complex{} : Complex{double(voxels[job.source.at(row, out, i)]), 0});
        });
      });
      return;
    }
    if (job.from == From::wave) {
      const auto waves = exec.global(job.waves);
      for_each_sample(exec, job.source, job, tile, lines, n, [&](int line, int k, std::int64_t in, std::int64_t out) {
        PlaneOfWave plane = job.wave;
        plane.wave = waves[out];
        put(line, k, plane.at(k, in));
      });
      return;
    }
    const auto numbers = exec.global(job.numbers);
    const auto spectrum = exec.global(job.spectrum);
    for_each_sample(exec, job.source, job, tile, lines, n, [&](int line, int k, std::int64_t in, std::int64_t out) {
      const std::int64_t at = job.source.at(in, out, k);
      Complex v = numbers[at];
      if (job.from == From::product) v = v * spectrum[at % spectrum.size()];
      if (job.from == From::response) v = v * job.response.at(at);
      put(line, k, v);
    });
  }

  /// Gives away what is wanted of the transformed lines: sample(line, k).
  template <class Exec, class Sample>
  RL_HD static void keep(Exec& exec, const LineJob& job, const LineTile& tile, int lines, const Sample& sample) {
    const auto out = exec.global(job.out);
    const auto result = exec.global(job.result);
    const double scale = job.inverse ? 1.0 / double(job.plan.n) : 1;
    for_each_sample(
        exec, job.target, job, tile, lines, int(job.kept), [&](int line, int k, std::int64_t in, std::int64_t outer) {
          Complex v = sample(line, int(job.first) + k);
          v = {v.re * scale, (job.inverse ? -v.im : v.im) * scale};
          const std::int64_t at = job.target.at(in, outer, k);
          if (job.into == Into::numbers) out.set(at, v);
          else if (job.into == Into::real) result.set(at, v.re);
          else result.set(at, job.ending.result(hypot(v.re, v.im), job.ending.alone ? 0 : result.get(at)));
        });
  }
};

}  // namespace radloom::fourier
