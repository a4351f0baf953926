#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "config/value.hpp"
#include "core/utf8.hpp"
#include "radloom/config.hpp"

namespace radloom {

LabelSelection LabelSelection::parse(const std::string& text) {
  LabelSelection selection;
  if (text == "all") {
    selection.every_label = true;
    selection.labels.clear();
    return selection;
  }
  selection.labels.clear();
  if (!is_utf8(text))  // which names of structures are, and records
    throw Error(ErrorCode::config_invalid, fmt::format("label {} is not UTF-8", config::quoted(text)));
  if (text.find_first_not_of("0123456789+-., \t") != std::string::npos && text != "All" && text != "ALL") {
    selection.names = text;
    return selection;
  }
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    std::int64_t label = 0;
    const auto [next, error] = std::from_chars(at, end, label);
    const bool separated = next == end || (*next == '+' && next + 1 != end);
    if (error != std::errc{} || label <= 0 || !separated)
      throw Error(ErrorCode::config_invalid,
          fmt::format("label {} is none: give a number > 0, a union such as 1+2, all, or the name of a structure",
              config::quoted(text)));
    if (std::find(selection.labels.begin(), selection.labels.end(), label) == selection.labels.end())
      selection.labels.push_back(label);
    if (next == end) return selection;
    at = next + 1;
  }
}

std::string LabelSelection::text() const {
  if (!names.empty()) return names;
  return every_label ? "all" : fmt::format("{}", fmt::join(labels, "+"));
}

}  // namespace radloom
