#pragma once
// A configuration file as a plain tree: what YAML and JSON share, with the place of every value for messages.
#include <cstdint>
#include <string>
#include <vector>

namespace radloom::config {

struct Value {
  struct Field;
  enum class Kind { null, boolean, integer, number, text, list, map };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;          ///< of integers too
  std::string scalar;         ///< as written
  std::vector<Value> items;   ///< of a list
  std::vector<Field> fields;  ///< of a map, in the order of the file; keys are unique
  int line = 0;               ///< 1-based; 0 where there is none

  bool is(Kind k) const noexcept { return kind == k; }
  /// The field of this name, or null.
  const Value* find(const std::string& name) const noexcept;
  /// What a message shows: "'sitkLinear'", "a list", "nothing". One line, shortened where long.
  std::string shown() const;
};

struct Value::Field {
  std::string key;
  Value value;
};

/// Reads YAML 1.2 (JSON included) as PyRadiomics does: `yes` and `on` are words, keys must not repeat, merge keys (<<) are
/// followed. Throws Error(config_invalid) with source and line for what is no YAML, for several documents, and for files that
/// are larger, deeper or (through aliases) longer than any configuration.
Value parse_value(const std::string& text, const std::string& source);

/// Text of the user's as a message may show it: in quotes, control characters replaced, shortened.
std::string quoted(const std::string& text);

}  // namespace radloom::config
