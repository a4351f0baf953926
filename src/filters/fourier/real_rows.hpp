#pragma once
#include <cstdint>
#include <functional>

#include "filters/fourier/line_transforms.hpp"

namespace radloom::filters {

/// Transforms of real rows, eight at a time: four and four are the real and the imaginary part of lines side by side. Of n frequencies those up to
/// n / 2 are kept, by fours, so that lines across the rows lie side by side again:
///     [k / 4][real, imaginary][row][k % 4],  blocks and parts block() and part() doubles apart.
/// Which rows go together depends on their number alone.
class RealRows {
 public:
  static constexpr std::int64_t together = 2 * LineTransforms::lanes;

  /// Rows of n samples; forth, samples from `filled` on are 0.
  RealRows(std::int64_t n, std::int64_t rows, std::int64_t filled) : along_(n), rows_(rows), filled_(filled) {}
  RealRows(std::int64_t n, std::int64_t rows) : RealRows(n, rows, n) {}

  std::int64_t blocks() const { return along_.size() / 2 / LineTransforms::lanes + 1; }
  /// Room for whole groups of rows; two cache lines more, or blocks of many sizes would lie in the same places of the caches.
  std::int64_t part() const {
    return ((rows_ + together - 1) / together * 2 + 1) * together / 2 * LineTransforms::lanes;
  }
  std::int64_t block() const { return 2 * part(); }
  std::size_t words() const { return std::size_t(blocks() * block()); }

  /// What one thread needs.
  struct Scratch {
    explicit Scratch(const RealRows& of) : rows(std::size_t(together * of.along_.size())), lines(of.along_.words()) {}
    AlignedDoubles rows;
    LineBuffers lines;
  };

  /// `read`(row, its samples) fills rows.
  void forth(const std::function<void(std::int64_t, double*)>& read, double* spectrum, Scratch& scratch) const;
  /// n times the rows of such spectra from `first` to `last`: `write`(row, its samples). What spectra have at 0 and n / 2 is taken to be real; rows
  /// that fill the last group are 0.
  void back(const double* spectrum, std::int64_t first, std::int64_t last,
      const std::function<void(std::int64_t, const double*)>& write, Scratch& scratch) const;

 private:
  LineTransforms along_;
  std::int64_t rows_, filled_;
};

}  // namespace radloom::filters
