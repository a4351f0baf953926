#pragma once
#include <string>
#include <vector>

#include "radloom/record.hpp"

namespace radloom::cli {

/// A table of a few telling features, one row a region, for reading on a terminal: what it cannot show it leaves to the files.
class Summary {
 public:
  /// Shows at most `longest` rows.
  explicit Summary(const RunInfo& run, std::size_t longest = 24);

  void add(const CaseRecord& record);
  std::string text() const;

 private:
  struct Shown {
    std::string title;
    std::size_t column = 0;  ///< of the run
  };

  std::vector<Shown> shown_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t longest_, left_out_ = 0;
};

}  // namespace radloom::cli
