#pragma once
#include "kernels/log/filter_lines.hpp"

namespace radloom::log {

/// The same along x, where the threads of a warp would read far apart: 32 rows go through shared memory, 32 samples of each at a time, read
/// and written by the whole warp row after row. x is never the last axis of a term, so nothing is added up here.
///
/// Grid: one block a tile of rows, a warp 32 of them, a lane each. Cost: that of `FilterLines`, and each sample twice and each response once to and
/// from shared memory.
struct FilterRows {
  static constexpr int max_threads = tuning::threads;
  /// Of a multiprocessor, as many as the shared memory of sm_80 holds; left to itself the assembler spills registers for more.
  static constexpr int min_blocks = 9;
  Span<const LineJob> jobs;
  Span<const LineTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<double>(exec.warps() * tuning::tile_words);
    const auto tile = room.part(exec.warp() * tuning::tile_words, tuning::tile_words);
    const LineTile rows = exec.global(tiles)[exec.block()];
    const LineJob job = exec.global(jobs)[rows.job];
    const std::int64_t first = rows.first + exec.warp() * 32;  // of the warp
    if (first < job.lines())
      visit_samples(exec, job.in.data, job.type, job.lines() * job.n,
          [&](const auto& in) { filter(exec, job, first, in, tile); });
  }

 private:
  static constexpr int samples = tuning::tile_samples, pitch = tuning::tile_pitch;

  template <class Exec, class Samples, class Tile>
  RL_HD static void filter(
      Exec& exec, const LineJob& job, std::int64_t first_row, const Samples& in, const Tile& tile) {
    const auto waiting = exec.global(job.causal);
    const auto out = exec.global(job.out);
    const std::int64_t lines = job.lines(), row = first_row + exec.lane();
    const int rows = int(lines - first_row < 32 ? lines - first_row : 32), own = exec.lane() * pitch;
    const bool here = exec.lane() < rows;
    const std::int32_t last = job.last();
    // Samples from i on of every row.
    const auto load = [&](std::int32_t i) {
      exec.sync_warp();
      if (i + exec.lane() < job.n)
        for (int l = 0; l < rows; ++l)
          tile.set(l * pitch + exec.lane(), double(in[(first_row + l) * job.n + i + exec.lane()]));
      exec.sync_warp();
    };

    Recursion causal(job.filter.n, job.filter.d, job.filter.before, here ? double(in[row * job.n]) : 0);
    for (std::int32_t i = 0; i < last; i += samples) {
      load(i);
      for (std::int32_t k = 0; here && k < samples && i + k < last; ++k) {
        causal.see(tile.get(own + k));
        const double response = causal.respond();
        if (i + k >= job.first) waiting.set((i + k - job.first) * lines + row, response);
      }
    }

    Recursion anticausal(job.filter.m, job.filter.d, job.filter.after, here ? double(in[row * job.n + job.n - 1]) : 0);
    for (std::int32_t i = (job.n - 1) / samples * samples; i + samples > job.first; i -= samples) {
      load(i);
      const std::int32_t from = i > job.first ? i : job.first, end = i + samples < job.n ? i + samples : job.n;
      for (std::int32_t j = end - 1; here && j >= from; j -= tuning::ahead) {
        double before[tuning::ahead];
        for (int k = 0; k < tuning::ahead; ++k)
          before[k] = j - k >= from && j - k < last ? waiting.get((j - k - job.first) * lines + row) : 0;
        for (int k = 0; k < tuning::ahead && j - k >= from; ++k) {
          const double response = anticausal.respond();
          anticausal.see(tile.get(own + j - k - i));
          if (j - k < last) tile.set(own + j - k - i, before[k] + response);
        }
      }
      exec.sync_warp();
      const std::int32_t j = i + exec.lane();
      if (j >= job.first && j < last)
        for (int l = 0; l < rows; ++l)
          out.set((first_row + l) * job.kept + j - job.first, float(tile.get(l * pitch + exec.lane())));
    }
  }
};

}  // namespace radloom::log
