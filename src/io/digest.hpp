#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radloom::io {

/// SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// In hexadecimal; nothing can be added afterwards.
  std::string hex();

 private:
  void* context_;  ///< OpenSSL's
};

/// SHA-256, in hexadecimal, of the stored bytes of the files, one after the other. Throws as StoredFile does.
std::string sha256_of(const std::vector<std::filesystem::path>& paths);
/// The same of everything that belongs to an image, as records state it: what read_volume gives.
std::string sha256_of_image(const std::filesystem::path& path);
/// Of a mask, which may be a NamedMask.
std::string sha256_of_mask(const std::filesystem::path& path);

}  // namespace radloom::io
