#include "config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace radloom::config {
namespace {

std::string folded(std::string_view word) {
  std::string result;
  for (const char c : word.substr(0, 100))
    if (c != '_' && c != '-') result += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return result;
}

}  // namespace

int edit_distance(std::string_view first, std::string_view second) {
  const std::string a = folded(first), b = folded(second);
  const std::size_t width = b.size() + 1;
  std::vector<int> before(width), above(width), row(width);
  for (std::size_t j = 0; j < width; ++j) above[j] = int(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = int(i);
    for (std::size_t j = 1; j < width; ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above.back();
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  int distance = 0;
  for (const auto& candidate : candidates) {
    const int d = edit_distance(word, candidate);
    if (!best || d < distance) best = &candidate, distance = d;
  }
  const int near = std::max(2, int(word.size()) / 3);
  return best && distance <= near ? fmt::format(" (did you mean '{}'?)", *best) : std::string();
}

}  // namespace radloom::config
