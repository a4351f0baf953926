#pragma once
// Files of figures. The parser is compiled here once, optimised: every test of a program reads its room's files before it starts.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace radloom::test {

using Json = nlohmann::ordered_json;

/// Throws what the parser throws, and so do the files.
Json parse_json(std::string_view text);
/// Throws std::runtime_error where there is no such file.
Json read_json(const std::filesystem::path& path);

}  // namespace radloom::test
