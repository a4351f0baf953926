#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace radloom::io {

/// SHA-256, in hexadecimal, of the stored bytes of the files, one after the other. Throws as StoredFile does.
std::string sha256_of(const std::vector<std::filesystem::path>& paths);
/// The same of everything that belongs to an image, as records state it: what read_volume gives.
std::string sha256_of_image(const std::filesystem::path& path);
/// Of a mask, which may be a NamedMask.
std::string sha256_of_mask(const std::filesystem::path& path);

}  // namespace radloom::io
