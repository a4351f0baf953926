#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/image_files.hpp"
#include "cli/options.hpp"
#include "cli/signals.hpp"
#include "cohort/manifest.hpp"
#include "radloom/filter.hpp"
#include "radloom/io.hpp"

namespace radloom::cli {
namespace {

namespace fs = std::filesystem;

struct FilterOptions {
  ConfigOptions config;
  EngineOptions engine;
  std::string image, out = ".", extension;
};

int filter(const FilterOptions& options, Session& session) {
  const Config config = load(options.config, session);
  const StopOnSignal stop(session.log);
  Volume image;
  try {
    image = read_volume(options.image, {.suv = suv_named(config.settings.suv)}).volume;
  } catch (const Error& error) {
    const std::string message = error.what();
    session.log->error(
        "{}", message.find(options.image) == std::string::npos ? options.image + ": " + message : message);
    return exit_none_computed;
  }
  const fs::path folder = options.out;
  const std::string stem = cohort::volume_stem(options.image),
                    extension = volume_extension(options.extension, options.image);
  std::size_t written = 0, refused = 0;
  derive_images(
      config, options.engine, image,
      [&](const DerivedVolume& derived) {
        if (!derived.warning.empty()) session.log->warn("{}: {}: {}", options.image, derived.name, derived.warning);
        if (!derived.problem.empty()) {
          session.log->error("{}: {}: {}", options.image, derived.name, derived.problem);
          ++refused;
          return;
        }
        if (written == 0) need_folder(folder, "images");
        const fs::path path = folder / fmt::format("{}_{}{}", stem, derived.name, extension);
        write_volume(path, derived.volume);
        session.log->info("{}", path.string());
        ++written;
      },
      stop.token());
  return refused == 0 ? exit_ok : written > 0 ? exit_some_failed : exit_none_computed;
}

}  // namespace

void add_filter(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("filter", "Derived images (wavelet, LoG, ...), written as volumes");
  auto options = std::make_shared<FilterOptions>();
  add_image(*command, options->image);
  command->add_option("-o,--out", options->out, "Folder to write to; the one you are in by default")->type_name("DIR");
  command->add_option("--type", options->extension, "nrrd, nii.gz, nii or mha: of the files; that of IMAGE by default")
      ->type_name("NAME")
      ->check(volume_type());
  add_config_options(*command, options->config, false);
  add_device_options(*command, options->engine);
  add_later_option(*command, "--memory-limit", true);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom filter ct.nrrd --convention pyradiomics --set image_types=[Wavelet] -o derived",
           "PyRadiomics' eight sub-bands, as derived/ct_wavelet-LLH.nrrd and so on"},
          {"radloom filter t1.nii.gz -c Params.yaml -o derived", "what a PyRadiomics parameter file measures on"},
          {"radloom filter ct.nii.gz --set image_types=[LoG] --set log_sigma_mm=[1.5,3] --type mha",
              "the standard's Laplacian of Gaussian at two widths"}},
      "  0  all images written    1  wrong usage or configuration\n"
      "  2  some images cannot be had of this volume    3  none can, or it cannot be read\n"
      "  4  the device cannot be had    5  interrupted; what was written is whole\n",
      "radloom schema config lists the settings of every image type; README.md",
      "Every image lies on the grid of IMAGE, in the type its filter computes in. The whole image is filtered, after it is\n"
      "normalised where the configuration asks for that; nothing is resampled.\n");
  command->callback(
      [&session, options] { session.action = [&session, options] { return filter(*options, session); }; });
}

}  // namespace radloom::cli
