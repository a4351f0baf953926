#include "config/value.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "radloom/error.hpp"

namespace radloom::config {
namespace {

constexpr std::size_t maximum_bytes = 1 << 20;
constexpr int maximum_depth = 32;
constexpr std::int64_t maximum_weight = 4 << 20;  // aliases followed

[[noreturn]] void fail(const std::string& source, int line, const std::string& problem) {
  throw Error(ErrorCode::config_invalid,
      line > 0 ? fmt::format("{}:{}: {}", source, line, problem) : fmt::format("{}: {}", source, problem));
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
  if (text.empty() ||
      !((text[0] >= '0' && text[0] <= '9') || (text[0] == '.' && text.size() > 1 && text[1] >= '0' && text[1] <= '9')))
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
  } else if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
             text == "FALSE") {
    value.kind = Value::Kind::boolean;
    value.boolean = text[0] == 't' || text[0] == 'T';
  } else if (read_integer(text, value.integer)) {
    value.kind = Value::Kind::integer;
    value.number = double(value.integer);
  } else if (read_number(text, value.number)) {
    value.kind = Value::Kind::number;
  }
}

bool is_known_tag(const std::string& tag) {
  constexpr std::string_view prefix = "tag:yaml.org,2002:";
  constexpr std::string_view known[] = {"str", "int", "float", "bool", "null", "seq", "map"};
  if (tag.empty() || tag == "?" || tag == "!") return true;  // none, plain, quoted
  return tag.compare(0, prefix.size(), prefix) == 0 &&
         std::find(std::begin(known), std::end(known), tag.substr(prefix.size())) != std::end(known);
}

/// Builds the tree from the parser's events, so that depth, size and aliases are bounded while the text is read.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& source) : source_(source) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Value value;
    value.line = mark.line + 1;
    add(std::move(value), anchor);
  }

  void OnScalar(
      const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    check_tag(mark, tag);
    Value value;
    value.line = mark.line + 1;
    read_scalar(text, tag == "!" || tag == "tag:yaml.org,2002:str", value);
    add(std::move(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(source_, mark.line + 1, "an alias stands inside the value it refers to");
    Value value = found->second;
    value.line = mark.line + 1;
    add(std::move(value), 0);
  }

  void OnSequenceStart(
      const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Value::Kind::list, mark, tag, anchor);
  }
  void OnMapStart(
      const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Value::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    merge();
    close();
  }

 private:
  /// A list or a map that is being read.
  struct Open {
    Value value;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;  ///< of a map, read and waiting for its value
    int key_line = 0;
    std::set<std::string> keys;
    std::vector<Value> merged;  ///< values of its merge key
  };

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!is_known_tag(tag))
      fail(source_, mark.line + 1,
          fmt::format("the tag {} means nothing here; write the value without it", quoted(tag)));
  }

  void open(Value::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (int(open_.size()) >= maximum_depth)
      fail(source_, mark.line + 1,
          fmt::format("nested deeper than {} levels, which no configuration is", maximum_depth));
    open_.emplace_back();
    open_.back().value.kind = kind;
    open_.back().value.line = mark.line + 1;
    open_.back().anchor = anchor;
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    weight_ -= weight(closed.value) - item_weight;  // its content was counted when it was added
    add(std::move(closed.value), closed.anchor);
  }

  void add(Value value, YAML::anchor_t anchor) {
    weight_ += weight(value);
    if (weight_ > maximum_weight) fail(source_, value.line, "holds more values than any configuration does");
    if (anchor) anchors_[anchor] = value;
    if (open_.empty()) return void(root_ = std::move(value));
    Open& parent = open_.back();
    if (parent.value.is(Value::Kind::list)) parent.value.items.push_back(std::move(value));
    else if (!parent.key) read_key(parent, value);
    else read_field(parent, std::move(value));
  }

  void read_key(Open& map, const Value& key) {
    if (key.is(Value::Kind::null) || key.is(Value::Kind::list) || key.is(Value::Kind::map))
      fail(source_, key.line, "a key must be a word");
    if (!map.keys.insert(key.scalar).second)
      fail(
          source_, key.line, fmt::format("the key {} stands here a second time; keep one of them", quoted(key.scalar)));
    map.key = key.scalar;
    map.key_line = key.line;
  }

  void read_field(Open& map, Value value) {
    value.line = map.key_line;  // a message about a value names the line of its key
    if (*map.key != "<<") map.value.fields.push_back({*map.key, std::move(value)});
    else if (value.is(Value::Kind::list)) map.merged = std::move(value.items);
    else map.merged.push_back(std::move(value));
    map.key.reset();
  }

  /// What a merge key brings in counts where the map does not have it itself.
  void merge() {
    Open& map = open_.back();
    for (auto& other : map.merged) {
      if (!other.is(Value::Kind::map))
        fail(source_, other.line, "a merge key (<<) takes a mapping or a list of mappings");
      for (auto& field : other.fields)
        if (map.keys.insert(field.key).second) map.value.fields.push_back(std::move(field));
    }
    map.merged.clear();
  }

  /// What a value costs to keep: itself, its text and its content.
  static std::int64_t weight(const Value& value) {
    std::int64_t sum = item_weight + std::int64_t(value.scalar.size());
    for (const auto& item : value.items) sum += weight(item);
    for (const auto& field : value.fields) sum += std::int64_t(field.key.size()) + weight(field.value);
    return sum;
  }

  static constexpr std::int64_t item_weight = 16;

  const std::string& source_;
  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::int64_t weight_ = 0;
};

}  // namespace

const Value* Value::find(const std::string& name) const noexcept {
  for (const auto& field : fields)
    if (field.key == name) return &field.value;
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
  if (text.size() > maximum_bytes)
    fail(source, 0, fmt::format("{} bytes are no configuration; at most {} are read", text.size(), maximum_bytes));
  if (text.find('\0') != std::string::npos) fail(source, 0, "holds a zero byte, so it is no text file");
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder(source);
    if (!parser.HandleNextDocument(builder)) return {};
    Value value = builder.take();
    Builder rest(source);
    if (parser.HandleNextDocument(rest))
      fail(source, 0,
          "goes on after the end of the configuration: a second YAML document, or a stray bracket or comma; take it out");
    return value;
  } catch (const YAML::Exception& error) {
    fail(source, error.mark.is_null() ? 0 : error.mark.line + 1, fmt::format("not YAML or JSON: {}", error.msg));
  }
}

}  // namespace radloom::config
