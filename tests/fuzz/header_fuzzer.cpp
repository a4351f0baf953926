// libFuzzer: any bytes, under any extension, are a volume or an Error. The first byte chooses the extension.
// clang++ -fsanitize=fuzzer,address; seeds: small volumes with one byte put before them.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/scratch.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace {

/// The folder, with what a detached header may find there.
const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    std::ofstream(radloom::fuzz::folder() / "d.raw") << "0123456789 123 45 67 89 0";
    return radloom::fuzz::folder();
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<const char*, 10> names{
      "f.nii", "f.nii.gz", "f.hdr", "f.img", "f.nrrd", "f.nhdr", "f.mha", "f.mhd", "f.hdr.gz", "f.txt"};
  if (size == 0) return 0;
  const std::filesystem::path path = folder() / names[data[0] % names.size()];
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data) + 1, std::streamsize(size - 1));
  try {
    const radloom::VolumeHeader header = radloom::read_header(path);
    radloom::check_geometry(header.geometry, "a header that was let through");
    const radloom::ReadVolume read =
        radloom::read_volume(path, {.channel = header.components > 1 ? header.components - 1 : -1});
    if (read.volume.geometry().voxels() != header.geometry.voxels() || read.volume.type() != header.type) std::abort();
    radloom::fuzz::touch(read.volume);
  } catch (const radloom::Error& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
