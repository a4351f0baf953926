#pragma once
// The logarithms that a matrix of few pairs can have, worked out once: its probabilities are counts over a small total.
#include <cmath>
#include <cstdint>
#include <vector>

#include "families/glcm/formulas.hpp"

namespace radloom::glcm {

/// For every total up to a limit, what TabledView looks up. The formulas fill them, so what is looked up is what would be computed, to the bit.
class LogTables {
 public:
  /// Memory: 8 bytes x largest^3 / 3.
  LogTables(int largest, double epsilon)
      : offset_(std::size_t(largest) + 1), product_offset_(std::size_t(largest) + 1) {
    for (int total = 1; total <= largest; ++total) {
      offset_[std::size_t(total)] = entropy_.size();
      product_offset_[std::size_t(total)] = log_product_.size();
      for (int count = 0; count <= total; ++count) {
        const double p = double(count) / double(total);
        entropy_.push_back(entropy_term(p, epsilon));
        exact_entropy_.push_back(entropy_term(p, 0));
        for (int other = 0; other <= total; ++other)
          log_product_.push_back(std::log2(p * (double(other) / double(total)) + epsilon));
      }
    }
  }
  const double* entropy(int total) const { return entropy_.data() + offset_[std::size_t(total)]; }
  const double* exact_entropy(int total) const { return exact_entropy_.data() + offset_[std::size_t(total)]; }
  const double* log_product(int total) const { return log_product_.data() + product_offset_[std::size_t(total)]; }
  static std::int64_t stride(int total) { return total + 1; }

 private:
  std::vector<std::size_t> offset_, product_offset_;
  std::vector<double> entropy_, exact_entropy_, log_product_;
};

}  // namespace radloom::glcm
