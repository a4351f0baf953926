#include <fmt/format.h>

#include <future>
#include <new>
#include <stdexcept>

#include "io/dicom_image.hpp"
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

/// The digest of files, computed beside the decoding; put off to the end where no thread can be had.
std::future<std::string> digest_beside(const std::vector<std::filesystem::path>& files) {
  return std::async(std::launch::async | std::launch::deferred, [&files] { return io::sha256_of(files); });
}

ReadVolume read_dicom(const std::filesystem::path& path, const ReadOptions& options) {
  if (options.channel > 0)
    throw Error(ErrorCode::usage, fmt::format("{}: is DICOM, whose pixels have one value, so there is no channel {}",
                                      path.string(), options.channel));
  const io::DicomSeries series = io::open_series(path);
  const std::vector<std::filesystem::path> files = series.files();
  std::future<std::string> digest;
  if (options.digest) digest = digest_beside(files);
  ReadVolume result{io::read_series(series), {}, series.frame_of_reference()};
  if (options.digest) result.sha256 = digest.get();
  return result;
}

}  // namespace

VolumeHeader read_header(const std::filesystem::path& path) {
  return with_memory(path, [&] {
    if (io::means_dicom(path)) {
      const io::DicomSeries series = io::open_series(path);
      return VolumeHeader{series.geometry, series.type, 1};
    }
    const io::Layout layout = io::parse_header(path);
    return VolumeHeader{layout.geometry, io::given_type(layout), layout.components};
  });
}

ReadVolume read_volume(const std::filesystem::path& path, const ReadOptions& options) {
  return with_memory(path, [&] {
    if (io::means_dicom(path)) return read_dicom(path, options);
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
    std::future<std::string> digest;
    if (options.digest) digest = digest_beside(layout.files);
    ReadVolume result{io::read_voxels(layout, std::max(options.channel, 0)), {}, {}};
    if (options.digest) result.sha256 = digest.get();
    return result;
  });
}

}  // namespace radloom
