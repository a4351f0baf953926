#include <fmt/format.h>
#include <tbb/parallel_invoke.h>

#include "io/stored_volume.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom {

Suv suv_named(std::string_view name) {
  if (name == "none") return Suv::none;
  if (name == "bw") return Suv::body_weight;
  if (name == "bsa") return Suv::body_surface_area;
  if (name == "lbm") return Suv::lean_body_mass;
  throw Error(ErrorCode::usage, fmt::format("no SUV is called '{}'; these are: bw, bsa, lbm", name));
}

VolumeHeader read_header(const std::filesystem::path& path, const ReadOptions& options) {
  return io::StoredVolume(path, options).header();
}

ReadVolume read_volume(const std::filesystem::path& path, const ReadOptions& options) {
  const io::StoredVolume stored(path, options);
  ReadVolume result;
  result.frame_of_reference = stored.frame_of_reference();
  // The digest is made beside the decoding where a thread is idle, else after it. (Of what is invoked, the calling thread runs the last first.)
  if (!options.digest) result.volume = stored.read();
  else tbb::parallel_invoke([&] { result.sha256 = stored.sha256(); }, [&] { result.volume = stored.read(); });
  return result;
}

}  // namespace radloom
