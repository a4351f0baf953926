#include "io/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "io/dicom_image.hpp"
#include "io/layout.hpp"
#include "io/stored_file.hpp"
#include "radloom/error.hpp"
#include "radloom/mask.hpp"

namespace radloom::io {

namespace {

void check(int result) {
  if (result != 1) throw Error(ErrorCode::internal, "OpenSSL cannot compute SHA-256");
}
EVP_MD_CTX* openssl(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(context_ ? 1 : 0);
  check(EVP_DigestInit_ex(openssl(context_), EVP_sha256(), nullptr));
}

Sha256::~Sha256() { EVP_MD_CTX_free(openssl(context_)); }

void Sha256::add(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(openssl(context_), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  check(EVP_DigestFinal_ex(openssl(context_), digest.data(), &length));
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_of(const std::vector<std::filesystem::path>& paths) {
  Sha256 digest;
  // Read again rather than shared with the decoder: the page cache has it, and no copy of the file is kept for it.
  std::vector<std::byte> block(std::size_t(1) << 18);
  for (const auto& path : paths) {
    const StoredFile file(path);
    for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
      const auto count = std::size_t(std::min<std::uint64_t>(block.size(), file.size() - at));
      file.read(at, block.data(), count);
      digest.add(std::span(block.data(), count));
    }
  }
  return digest.hex();
}

std::string sha256_of_mask(const std::filesystem::path& path) {
  const auto named = NamedMask::open(path);
  return named ? named->sha256() : sha256_of_image(path);
}

std::string sha256_of_image(const std::filesystem::path& path) {
  return sha256_of(means_dicom(path) ? open_series(path).files() : parse_header(path).files);
}

}  // namespace radloom::io
