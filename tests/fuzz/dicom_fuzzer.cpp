// libFuzzer: any bytes are a DICOM image, structures, segments, or an Error. clang++ -fsanitize=fuzzer,address; seeds: small files as tests/io makes them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/scratch.hpp"
#include "io/dicom_links.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace {

template <class F>
void an_error_or(const F& what) {
  try {
    what();
  } catch (const radloom::Error& error) {
    if (error.code() == radloom::ErrorCode::internal || std::string(error.what()).find('\n') != std::string::npos)
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace radloom;
  static const std::filesystem::path path = fuzz::folder() / "f.dcm";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), std::streamsize(size));
  an_error_or([] { io::links_of(path); });
  an_error_or([] {
    const Volume volume = read_volume(path, {.suv = Suv::body_weight}).volume;
    check_geometry(volume.geometry(), "a series that was let through");
  });
  an_error_or([] { fuzz::touch(read_volume(path).volume); });
  an_error_or([] {
    const auto mask = NamedMask::open(path);
    if (!mask) return;
    Geometry grid;  // that of the seeds
    grid.size = {4, 3, 4};
    grid.spacing_mm = {0.5, 0.75, 2.5};
    grid.origin_mm = {-10.5, 20.25, -7};
    std::vector<std::int64_t> numbers;
    for (const MaskName& name : mask->names()) numbers.push_back(name.number);
    const DrawnMask drawn = mask->draw(grid, "", numbers);
    if (drawn.volume.geometry().voxels() != grid.voxels()) std::abort();
  });
  return 0;
}
