#pragma once
// The logarithms that a matrix of few pairs can have, worked out once: its probabilities are counts over a small total.
#include <cmath>
#include <cstdint>
#include <vector>

#include "families/common/entropy_table.hpp"
#include "families/glcm/formulas.hpp"

namespace radloom::glcm {

/// For every total up to a limit, what TabledView looks up. Memory: 8 bytes x largest^3 / 3.
class LogTables {
 public:
  LogTables(int largest, double epsilon)
      : entropy_(largest, [=](double p) { return entropy_term(p, epsilon); }),
        exact_entropy_(largest, [](double p) { return entropy_term(p, 0); }), product_(std::size_t(largest) + 1) {
    for (int total = 1; total <= largest; ++total) {
      product_[std::size_t(total)] = log_product_.size();
      for (int row = 0; row <= total; ++row)
        for (int column = 0; column <= total; ++column)
          log_product_.push_back(std::log2(double(row) / double(total) * (double(column) / double(total)) + epsilon));
    }
  }
  const double* entropy(int total) const { return entropy_.row(total); }
  const double* exact_entropy(int total) const { return exact_entropy_.row(total); }
  const double* log_product(int total) const { return log_product_.data() + product_[std::size_t(total)]; }
  static std::int64_t stride(int total) { return total + 1; }

 private:
  EntropyTable entropy_, exact_entropy_;
  std::vector<std::size_t> product_;
  std::vector<double> log_product_;
};

}  // namespace radloom::glcm
