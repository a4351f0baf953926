#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace radloom::cli {

/// Columns of text, aligned, under a header and a rule. A cell that looks like a number stands to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const noexcept { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

/// "12,345"
std::string grouped(std::int64_t value);
/// Four significant digits or, from 1,000 on, a grouped whole number: "0.7132", "27.43", "12,345".
std::string rounded(double value);
/// "950", "31.2 k", "4.10 M": a count for reading.
std::string scaled(double value);

}  // namespace radloom::cli
