#include <fmt/format.h>

#include <future>
#include <new>
#include <stdexcept>

#include "io/digest.hpp"
#include "io/layout.hpp"
#include "io/voxels.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom {
namespace {

/// Runs `work`; memory that runs out on the way becomes an error that names the file.
template <class F>
auto with_memory(const std::filesystem::path& path, F&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  throw Error(ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to read it", path.string()));
}

}  // namespace

VolumeHeader read_header(const std::filesystem::path& path) {
  return with_memory(path, [&] {
    const io::Layout layout = io::parse_header(path);
    return VolumeHeader{layout.geometry, io::given_type(layout), layout.components};
  });
}

ReadVolume read_volume(const std::filesystem::path& path, const ReadOptions& options) {
  return with_memory(path, [&] {
    const io::Layout layout = io::parse_header(path);
    if (layout.components > 1 && options.channel < 0)
      throw Error(ErrorCode::vector_image,
          fmt::format("{}: has {} components in a voxel; name the one to take (Label_channel), "
                      "or split it",
              path.string(), layout.components));
    if (options.channel >= layout.components)
      throw Error(ErrorCode::usage,
          fmt::format("{}: has {} components in a voxel, so there is no channel {} (they count from 0)", path.string(),
              layout.components, options.channel));
    std::future<std::string> digest;  // beside the decoding; put off to the end where no thread can be had
    if (options.digest)
      digest =
          std::async(std::launch::async | std::launch::deferred, [&layout] { return io::sha256_of(layout.files); });
    ReadVolume result{io::read_voxels(layout, std::max(options.channel, 0)), {}};
    if (options.digest) result.sha256 = digest.get();
    return result;
  });
}

}  // namespace radloom
