#pragma once
// The little grammar that text headers share. Independent of the locale.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radloom::io {

std::string_view trim(std::string_view text) noexcept;
std::string lower(std::string_view text);
/// The words between blanks.
std::vector<std::string_view> words(std::string_view text);
/// The whole text as a number, else nothing. NaN and infinity are numbers here.
std::optional<std::int64_t> to_int(std::string_view text) noexcept;
std::optional<double> to_double(std::string_view text) noexcept;
/// At most 60 characters, unprintable ones replaced: file content that goes into a message.
std::string shown(std::string_view text);

}  // namespace radloom::io
