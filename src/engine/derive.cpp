#include <fmt/format.h>

#include "backend/backend.hpp"
#include "engine/source.hpp"
#include "filters/registry.hpp"
#include "radloom/filter.hpp"

namespace radloom {
namespace {

void check_config(const Config& config) {
  const Settings& s = config.settings;
  if (s.resampled_spacing_mm && s.interpolator)
    throw Error(ErrorCode::config_unsupported,
        fmt::format("{}: images are derived on the grid of the image, not on that of resampled_spacing_mm "
                    "(resampledPixelSpacing); set interpolator to null, or resample the image first",
            config.source));
  if (s.pre_crop && config.convention == Convention::pyradiomics)
    throw Error(ErrorCode::config_unsupported,
        fmt::format("{}: pre_crop (preCrop) crops to a region, and there is none here; leave it out", config.source));
  for (const auto& type : config.image_types)
    if (type.name != "Original") return;
  throw Error(ErrorCode::config_invalid,
      fmt::format("{}: asks for no image type beside Original, so there is nothing to derive; name some, such as "
                  "--set image_types=[Wavelet]",
          config.source));
}

}  // namespace

std::string derive_images(const Config& config, const EngineOptions& options, const Volume& image,
    const std::function<void(DerivedVolume)>& done, std::stop_token stop) {
  check_config(config);
  const Geometry& grid = image.geometry();
  check_geometry(grid, "the image");
  std::shared_ptr<const backend::Backend> backend = options.backend;
  if (!backend) backend = backend::take_device(options.device, options.threads).backend;
  backend->run([&] {
    const Box all{{}, grid.size};
    const auto derive = [&](const backend::Derivation& d) { return backend->derive({&d, 1}, stop)[0]; };
    auto source = backend->upload(image);
    if (config.settings.normalize) source = normalised(source, all, config.settings, *backend, stop);
    for (const auto& type : config.image_types) {
      if (type.name == "Original") continue;
      const auto& filter = filters::filter_of(type.name);
      for (const auto& wanted : images_of(type, config.convention)) {
        if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
        const filters::Request request{type.settings, config.convention, {&wanted, 1}};
        DerivedVolume out{wanted.name, {}, {}, {}};
        const filters::Grid whole = filters::grid_of(grid);
        if (filter.unsuited) out.problem = filter.unsuited(request, wanted, whole);
        if (filter.remark) out.warning = filter.remark(request, wanted, whole);
        if (out.problem.empty()) {
          backend::Derivation d{backend::Derivation::Kind::filter, source, all};
          d.image_type = type.name;
          d.images = {&wanted, 1};
          d.settings = &type.settings;
          d.convention = config.convention;
          d.whole = grid.size;
          out.volume = backend->download(derive(d));
        }
        done(std::move(out));
      }
    }
  });
  return backend->name();
}

}  // namespace radloom
