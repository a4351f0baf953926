#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// A complex number, in double precision.
struct Complex {
  double re = 0, im = 0;
};
RL_HD inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
RL_HD inline Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

/// Lines of n samples that a block transforms at once: as many as two rooms in 48 KiB of shared memory hold, at most 8.
RL_HD inline int lines_at_once(int n) {
  const int lines = (48 << 10) / (2 * int(sizeof(Complex)) * n);
  return lines < 1 ? 1 : lines > 8 ? 8 : lines;
}

/// One pass over lines that lie behind each other: of every line, `width` sequences of radix * rest samples side by side become radix * width
/// sequences of `rest`.
template <int radix, class Exec, class Roots, class View>
RL_HD void transform_pass(
    Exec& exec, int n, int lines, int width, const Roots& roots, const View& from, const View& to) {
  const int parts = n / radix, rest = parts / width;
  if (exec.thread() < lines * parts) {
    Complex turn[radix];
    for (int k = 0; k < radix; ++k) turn[k] = roots[k * parts];
    for (int i = exec.thread(); i < lines * parts; i += exec.threads()) {
      const int line = i / parts * n, p = i % parts / width, t = i % parts % width;
      Complex x[radix];
      for (int k = 0; k < radix; ++k) x[k] = from.get(line + (p + k * rest) * width + t);
      for (int k = 0; k < radix; ++k) {
        Complex sum = x[0];
        for (int j = 1; j < radix; ++j) sum = sum + x[j] * turn[j * k % radix];
        to.set(line + (p * radix + k) * width + t, sum * roots[p * k * width]);
      }
    }
  }
  exec.sync_block();
}

/// The discrete Fourier transform of `lines` lines of n samples in shared memory, by a block: self-sorting passes (Stockham; C. Van Loan,
/// Computational Frameworks for the Fast Fourier Transform, 1992, 1.7). n has no prime factor above 5; roots[m] = exp(-2 pi i m / n), m < n. `data`
/// and `room` hold lines * n numbers each and are both overwritten. Every thread of the block calls it, after a barrier behind what was written
/// to `data`. Returns whether the result is in `room`. Cost of a sample: 2 touches of shared memory a pass, of which there are log4 n and more.
template <class Exec, class Roots, class View>
RL_HD bool transform_lines(Exec& exec, int n, int lines, const Roots& roots, const View& data, const View& room) {
  bool swapped = false;
  for (int width = 1; width < n; swapped = !swapped) {
    const int rest = n / width, radix = rest % 4 == 0 ? 4 : rest % 2 == 0 ? 2 : rest % 3 == 0 ? 3 : 5;
    const View& from = swapped ? room : data;
    const View& to = swapped ? data : room;
    if (radix == 4) transform_pass<4>(exec, n, lines, width, roots, from, to);
    else if (radix == 2) transform_pass<2>(exec, n, lines, width, roots, from, to);
    else if (radix == 3) transform_pass<3>(exec, n, lines, width, roots, from, to);
    else transform_pass<5>(exec, n, lines, width, roots, from, to);
    width *= radix;
  }
  return swapped;
}

}  // namespace radloom
