#include "core/sha256.hpp"

#include <fmt/format.h>

// The functions of the one digest, which OpenSSL 3 has for programs of before: those of any digest set up all of the library first, which takes
// a millisecond of every process.
#define OPENSSL_API_COMPAT 0x10101000L
#include <openssl/sha.h>

#include <array>

#include "radloom/error.hpp"

namespace radloom {
namespace {

void check(int result) {
  if (result != 1) throw Error(ErrorCode::internal, "OpenSSL cannot compute SHA-256");
}

}  // namespace

Sha256::Sha256() : context_(std::make_unique<SHA256_CTX>()) { check(SHA256_Init(context_.get())); }

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) { check(SHA256_Update(context_.get(), bytes.data(), bytes.size())); }

std::string Sha256::hex() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  check(SHA256_Final(digest.data(), context_.get()));
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256(std::string_view text) {
  Sha256 digest;
  digest.add(text);
  return digest.hex();
}

}  // namespace radloom
