#pragma once
#include <cstddef>
#include <vector>

namespace radloom {

/// The terms of entropies whose probabilities are counts over a small total, worked out once: `row(total)[count]` is term(count / total),
/// by the formula itself, so what is looked up is what would be computed, to the bit. Memory: 4 bytes x largest^2.
class EntropyTable {
 public:
  template <class Term>
  EntropyTable(int largest, const Term& term) : first_(std::size_t(largest) + 1) {
    for (int total = 1; total <= largest; ++total) {
      first_[std::size_t(total)] = term_.size();
      for (int count = 0; count <= total; ++count) term_.push_back(term(double(count) / double(total)));
    }
  }
  int largest() const { return int(first_.size()) - 1; }
  const double* row(int total) const { return term_.data() + first_[std::size_t(total)]; }

 private:
  std::vector<std::size_t> first_;
  std::vector<double> term_;
};

}  // namespace radloom
