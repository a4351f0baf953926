#include "config/value.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "radloom/error.hpp"

namespace radloom::config {
namespace {

constexpr std::size_t maximum_bytes = 1 << 20;
constexpr int maximum_depth = 32;
constexpr int maximum_values = 100000;  // counted after aliases are followed

[[noreturn]] void fail(const std::string& source, int line, const std::string& problem) {
  throw Error(ErrorCode::config_invalid, line > 0 ? fmt::format("{}:{}: {}", source, line, problem) : fmt::format("{}: {}", source, problem));
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// [-+]?[0-9]+ | 0x[0-9a-fA-F]+ | 0o[0-7]+, where it fits 64 bits.
bool read_integer(std::string_view text, std::int64_t& value) {
  int base = 10;
  if (text.substr(0, 2) == "0x" || text.substr(0, 2) == "0o") {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (!text.empty() && text[0] == '-') return false;
  } else {
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    if (!all_digits(text.substr(!text.empty() && text[0] == '-'))) return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, .inf and .nan.
bool read_number(std::string_view text, double& value) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return value = std::numeric_limits<double>::quiet_NaN(), true;
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF")
    return value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(), true;
  // from_chars also reads "inf", "nan" and a second sign, which are words in YAML.
  if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || (text[0] == '.' && text.size() > 1 && text[1] >= '0' && text[1] <= '9')))
    return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return false;
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<double>::infinity();
  else if (error != std::errc{}) return false;
  if (negative) value = -value;
  return true;
}

void read_scalar(const std::string& text, bool is_quoted, Value& value) {
  value.scalar = text;
  value.kind = Value::Kind::text;
  if (is_quoted) return;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    value.kind = Value::Kind::null;
  } else if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE") {
    value.kind = Value::Kind::boolean;
    value.boolean = text[0] == 't' || text[0] == 'T';
  } else if (read_integer(text, value.integer)) {
    value.kind = Value::Kind::integer;
    value.number = double(value.integer);
  } else if (read_number(text, value.number)) {
    value.kind = Value::Kind::number;
  }
}

/// Turns yaml-cpp's graph, in which aliases share nodes, into a tree of bounded size.
class Converter {
 public:
  explicit Converter(const std::string& source) : source_(source) {}

  Value convert(const YAML::Node& node, int depth) {
    Value value;
    value.line = node.Mark().is_null() ? 0 : node.Mark().line + 1;
    if (depth > maximum_depth) fail(source_, value.line, fmt::format("nested deeper than {} levels, which no configuration is", maximum_depth));
    if (++values_ > maximum_values) fail(source_, value.line, fmt::format("holds more than {} values, which no configuration does", maximum_values));
    const std::string& tag = node.Tag();
    constexpr std::string_view known_tags[] = {"",
                                               "?",
                                               "!",
                                               "tag:yaml.org,2002:str",
                                               "tag:yaml.org,2002:int",
                                               "tag:yaml.org,2002:float",
                                               "tag:yaml.org,2002:bool",
                                               "tag:yaml.org,2002:null",
                                               "tag:yaml.org,2002:seq",
                                               "tag:yaml.org,2002:map"};
    if (std::find(std::begin(known_tags), std::end(known_tags), tag) == std::end(known_tags))
      fail(source_, value.line, fmt::format("the tag {} means nothing here; write the value without it", quoted(tag)));
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: break;
      case YAML::NodeType::Scalar: read_scalar(node.Scalar(), tag == "!" || tag == "tag:yaml.org,2002:str", value); break;
      case YAML::NodeType::Sequence:
        value.kind = Value::Kind::list;
        for (const auto& item : node) value.items.push_back(convert(item, depth + 1));
        break;
      case YAML::NodeType::Map: convert_map(node, depth, value); break;
    }
    return value;
  }

 private:
  void convert_map(const YAML::Node& node, int depth, Value& value) {
    value.kind = Value::Kind::map;
    std::vector<Value> merged;
    std::set<std::string> seen;
    for (const auto& field : node) {
      const int line = field.first.Mark().line + 1;
      if (!field.first.IsScalar()) fail(source_, line, "a key must be a word");
      const std::string key = field.first.Scalar();
      if (!seen.insert(key).second) fail(source_, line, fmt::format("the key {} stands here a second time; keep one of them", quoted(key)));
      Value content = convert(field.second, depth + 1);
      content.line = line;  // a message about a value names the line of its key
      if (key != "<<") {
        value.fields.emplace_back(key, std::move(content));
      } else if (content.is(Value::Kind::list)) {
        for (auto& item : content.items) merged.push_back(std::move(item));
      } else {
        merged.push_back(std::move(content));
      }
    }
    for (auto& other : merged) {
      if (!other.is(Value::Kind::map)) fail(source_, other.line, "a merge key (<<) takes a mapping or a list of mappings");
      for (auto& field : other.fields)
        if (!value.find(field.first)) value.fields.push_back(std::move(field));
    }
  }

  const std::string& source_;
  int values_ = 0;
};

/// yaml-cpp recurses on what nests, so brackets are counted before it sees them.
int bracket_depth(const std::string& text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    else if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

const Value* Value::find(const std::string& name) const noexcept {
  for (const auto& field : fields)
    if (field.first == name) return &field.second;
  return nullptr;
}

std::string Value::shown() const {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::list: return items.empty() ? "an empty list" : "a list";
    case Kind::map: return "a mapping";
    default: return quoted(scalar);
  }
}

std::string quoted(const std::string& text) {
  constexpr std::size_t longest = 60;
  std::string result = "'";
  for (const char c : text.substr(0, longest)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  // A character of several bytes is kept whole or dropped.
  if (text.size() > longest) {
    while (result.size() > 1 && (static_cast<unsigned char>(result.back()) & 0xc0) == 0x80) result.pop_back();
    if (static_cast<unsigned char>(result.back()) >= 0xc0) result.pop_back();
    result += "...";
  }
  return result + "'";
}

Value parse_value(const std::string& text, const std::string& source) {
  if (text.size() > maximum_bytes) fail(source, 0, fmt::format("{} bytes are no configuration; at most {} are read", text.size(), maximum_bytes));
  if (text.find('\0') != std::string::npos) fail(source, 0, "holds a zero byte, so it is no text file");
  if (bracket_depth(text) > 200) fail(source, 0, fmt::format("nested deeper than {} levels, which no configuration is", maximum_depth));
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(text);
    if (documents.empty()) return {};
    if (documents.size() > 1) fail(source, 0, "holds several YAML documents; keep one");
    return Converter(source).convert(documents.front(), 0);
  } catch (const YAML::Exception& error) {
    fail(source, error.mark.is_null() ? 0 : error.mark.line + 1, fmt::format("not YAML or JSON: {}", error.msg));
  }
}

}  // namespace radloom::config
