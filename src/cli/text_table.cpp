#include "cli/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace radloom::cli {
namespace {

/// Letters as a terminal shows them: UTF-8 continuation bytes take no place.
std::size_t width(const std::string& text) {
  return std::size_t(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_number(const std::string& text) {
  return text == "-" || (!text.empty() && text.find_first_not_of("0123456789.,-+e") == std::string::npos);
}

}  // namespace

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (std::size_t c = 0; c < header_.size(); ++c) {
    std::size_t widest = width(header_[c]);
    bool numbers = !rows_.empty();
    for (const auto& row : rows_) {
      if (c >= row.size() || row[c].empty() || row.size() < header_.size()) continue;
      widest = std::max(widest, width(row[c]));
      numbers = numbers && is_number(row[c]);
    }
    widths.push_back(widest);
    right.push_back(numbers);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string blanks(widths[c] > width(cells[c]) ? widths[c] - width(cells[c]) : 0, ' ');
      text += (c ? "  " : "") + (right[c] ? blanks + cells[c] : cells[c] + blanks);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::vector<std::string> rule;
  for (const auto w : widths) rule.emplace_back(w, '-');
  std::string text = line(header_) + line(rule);
  for (const auto& row : rows_) text += line(row);
  return text;
}

std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  for (auto at = std::int64_t(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
    digits.insert(std::size_t(at), 1, ',');
  return digits;
}

std::string rounded(double value) {
  if (std::abs(value) >= 1000 && std::abs(value) < 1e15) return grouped(std::int64_t(std::llround(value)));
  return fmt::format("{:.4g}", value);
}

std::string scaled(double value) {
  const char* unit = "";
  for (const char* next : {" k", " M", " G"}) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  const int decimals = value >= 100 || value == std::floor(value) ? 0 : value >= 10 ? 1 : 2;
  return fmt::format("{:.{}f}{}", value, decimals, unit);
}

}  // namespace radloom::cli
