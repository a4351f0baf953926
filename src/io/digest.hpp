#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace radloom::io {

/// SHA-256, in hexadecimal, of the stored bytes of the files, one after the other. Throws as StoredFile does.
std::string sha256_of(const std::vector<std::filesystem::path>& paths);

}  // namespace radloom::io
