#pragma once
// The probabilities that counts have in small totals, worked out once.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "families/glcm/formulas.hpp"

namespace radloom::maps {

/// For every total up to a limit, the share of each count: by the formula itself, so what is looked up is what would be computed, to the bit. Memory: 8 bytes x largest^2.
class Probabilities {
 public:
  Probabilities(std::size_t largest, double epsilon) : first_(largest + 1) {
    probability_.push_back({0, 0});  // of no total
    for (std::size_t total = 1; total <= largest; ++total) {
      first_[total] = probability_.size();
      for (std::size_t count = 0; count <= total; ++count) {
        const double p = double(count) / double(total);
        probability_.push_back({p, glcm::entropy_term(p, epsilon)});
      }
    }
  }
  /// By count.
  const glcm::Probability<>* row(std::size_t total) const { return probability_.data() + first_[total]; }

 private:
  std::vector<std::size_t> first_;
  std::vector<glcm::Probability<>> probability_;
};

}  // namespace radloom::maps
