#include "io/digest.hpp"

#include "core/sha256.hpp"
#include "io/dicom_image.hpp"
#include "io/layout.hpp"
#include "io/stored_bytes.hpp"
#include "radloom/mask.hpp"

namespace radloom::io {

std::string sha256_of(const std::vector<std::filesystem::path>& paths) {
  Sha256 digest;
  // Read again rather than shared with the decoder: the page cache has it, and no copy of the file is kept for it.
  for (const auto& path : paths) {
    const StoredFile file(path);
    StoredBytes bytes(file, 0, file.size());
    while (bytes.left() > 0) {
      const auto ready = bytes.ready();
      digest.add(ready);
      bytes.seek(bytes.position() + ready.size());
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
