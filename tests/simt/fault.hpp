#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#if defined(__has_builtin)
#if __has_builtin(__builtin_source_location)
#define RADLOOM_SIMT_SOURCE_LOCATION
#include <source_location>
#endif
#endif

/// Between these, functions are not watched by AddressSanitizer and UBSan: what the emulator does at every access and every switch is tested
/// by itself, and would cost more than the bodies and the host code that it runs, which are watched.
#ifdef __clang__
#define RADLOOM_SIMT_UNWATCHED \
  _Pragma("clang attribute push(__attribute__((no_sanitize(\"address\", \"undefined\"))), apply_to = function)")
#define RADLOOM_SIMT_WATCHED _Pragma("clang attribute pop")
#else
#define RADLOOM_SIMT_UNWATCHED
#define RADLOOM_SIMT_WATCHED
#endif

namespace radloom::simt {

/// What a body or the host did that a device would not forgive. The message says what, where and by whom.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

#ifdef RADLOOM_SIMT_SOURCE_LOCATION
/// The place of a call in the source.
using Site = std::source_location;
#else
/// The place of a call in the source, for compilers whose library has no std::source_location (clang 14 with libstdc++ 12).
class Site {
 public:
  static constexpr Site current(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
      unsigned line = __builtin_LINE(), unsigned column = __builtin_COLUMN()) {
    Site s;
    s.file_ = file, s.function_ = function, s.line_ = line, s.column_ = column;
    return s;
  }
  constexpr const char* file_name() const { return file_; }
  constexpr const char* function_name() const { return function_; }
  constexpr unsigned line() const { return line_; }
  constexpr unsigned column() const { return column_; }

 private:
  const char *file_ = "", *function_ = "";
  unsigned line_ = 0, column_ = 0;
};
#endif

inline std::string text(const Site& at) {
  return std::string(at.file_name()) + ":" + std::to_string(at.line()) + ":" + std::to_string(at.column());
}

/// splitmix64: small, seeded by any number, the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed)
      : state_(mix(seed + step)) {}  // mixed: else the next seed were this one, a step ahead
  std::uint64_t operator()() { return mix(state_ += step); }
  /// 0 .. n - 1, n > 0. Uneven by less than n / 2^32, which a schedule does not feel.
  std::uint32_t below(std::uint32_t n) { return std::uint32_t(((*this)() >> 32) * n >> 32); }

 private:
  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15u;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace radloom::simt
