#include "io/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "io/stored_file.hpp"
#include "radloom/error.hpp"

namespace radloom::io {

std::string sha256_of(const std::vector<std::filesystem::path>& paths) {
  const auto check = [](int result) {
    if (result != 1) throw Error(ErrorCode::internal, "OpenSSL cannot compute SHA-256");
  };
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  check(context ? 1 : 0);
  check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  // Read again rather than shared with the decoder: the page cache has it, and no copy of the file is kept for it.
  std::vector<std::byte> block(std::size_t(1) << 18);
  for (const auto& path : paths) {
    const StoredFile file(path);
    for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
      const auto count = std::size_t(std::min<std::uint64_t>(block.size(), file.size() - at));
      file.read(at, block.data(), count);
      check(EVP_DigestUpdate(context.get(), block.data(), count));
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  check(EVP_DigestFinal_ex(context.get(), digest.data(), &length));
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace radloom::io
