#pragma once
#include <string>
#include <vector>

namespace radloom::test {

/// The fields of a line of CSV; a field in quotes may hold commas.
inline std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> result(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) result.emplace_back();
    else if (c != '\r') result.back() += c;
  }
  return result;
}

}  // namespace radloom::test
