#include "cohort/file_names.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "io/text.hpp"

namespace radloom::cohort {
namespace {

constexpr std::size_t longest = 180;  // file systems take 255 bytes; temporary names and extensions need some

bool is_safe(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// FNV-1a, 64 bits.
std::uint64_t digest(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string FileNames::name_for(std::string_view case_id) {
  std::string name;
  for (const char c : case_id) {
    if (is_safe(c) && !(c == '.' && name.empty())) name += c;
    else name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  // '~' is never in an encoded name, so neither suffix can meet another case.
  if (name.size() > longest) name = fmt::format("{}~{:016x}", name.substr(0, longest - 17), digest(case_id));
  std::string unique = name;
  for (int n = 2; !taken_.insert(io::lower(unique)).second; ++n) unique = fmt::format("{}~{}", name, n);
  return unique;
}

}  // namespace radloom::cohort
