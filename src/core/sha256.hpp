#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct SHA256state_st;  // OpenSSL's SHA256_CTX

namespace radloom {

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
  std::unique_ptr<SHA256state_st> context_;
};

/// Of a text, in hexadecimal.
std::string sha256(std::string_view text);

}  // namespace radloom
