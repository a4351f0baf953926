#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/image_files.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cohort/manifest.hpp"
#include "radloom/io.hpp"
#include "radloom/map.hpp"

namespace radloom::cli {
namespace {

namespace fs = std::filesystem;

struct MapOptions {
  ConfigOptions config;
  EngineOptions engine;
  std::string image, mask, out = ".", extension = "nrrd";
};

/// Whether an error is one of the case: it ends the command with the status of a case that could not be computed.
bool is_of_the_case(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::config_invalid:
    case ErrorCode::config_unsupported:
    case ErrorCode::output_unwritable:
    case ErrorCode::device_unavailable:
    case ErrorCode::interrupted: return false;
    default: return true;
  }
}

/// Writes volumes, as many at a time as the caller has threads: compressing takes as long as measuring.
class Writer {
 public:
  void put(fs::path path, Volume volume) {
    waiting_.emplace_back(std::move(path), std::move(volume));
    if (int(waiting_.size()) >= tbb::this_task_arena::max_concurrency()) write();
  }
  /// What still waits.
  void write() {
    const auto volumes = std::exchange(waiting_, {});
    tbb::parallel_for(
        std::size_t(0), volumes.size(), [&](std::size_t i) { write_volume(volumes[i].first, volumes[i].second); });
  }

 private:
  std::vector<std::pair<fs::path, Volume>> waiting_;
};

int map(const MapOptions& options, Session& session) {
  const Config config = load(options.config, session);
  const StopOnSignal stop(session.log);
  Progress progress(session);
  const auto tell = [&](const std::string& message) {
    progress.clear();
    session.log->error("{}", placed(message, options.image, options.mask));
  };
  const fs::path folder = options.out;
  const std::string stem = cohort::volume_stem(options.image);
  // Where one region is meant, its name says nothing more.
  const bool several = config.settings.label.every_label || !config.settings.label.names.empty();
  std::size_t written = 0, refused = 0;
  std::string device;
  Writer writer;
  try {
    CaseInput input;
    input.image = options.image;
    input.mask = options.mask;
    const auto receive = [&](const FeatureMap& made) {
      if (!made.problem.empty()) {
        const std::string of_image = made.name.empty() ? "" : made.name + ": ";
        tell(fmt::format("label {}: {}{}", made.label, of_image, made.problem));
        ++refused;
        return;
      }
      if (written == 0) need_folder(folder, "maps");
      const std::string label = several ? fmt::format("label-{}_", made.label) : "";
      const fs::path path = folder / fmt::format("{}_{}{}.{}", stem, label, made.name, options.extension);
      writer.put(path, made.volume);
      session.log->debug("{}", path.string());
      ++written;
    };
    device = map_features(
        config, options.engine, input, {receive, [&](const MapProgress& p) { progress.show(p); }}, stop.token());
    writer.write();
  } catch (const Error& error) {
    progress.clear();
    writer.write();
    if (!is_of_the_case(error.code())) throw;
    tell(error.what());
    return exit_none_computed;
  }
  progress.clear();
  if (written > 0)
    session.log->info(
        "{} {} written to {}; measured on {}", written, written == 1 ? "map" : "maps", folder.string(), device);
  return refused == 0 ? exit_ok : written > 0 ? exit_some_failed : exit_none_computed;
}

}  // namespace

void add_map(CLI::App& program, Session& session) {
  CLI::App* command = program.add_subcommand("map", "Voxel-based feature maps, written as volumes");
  auto options = std::make_shared<MapOptions>();
  add_image(*command, options->image);
  add_mask(*command, options->mask);
  command->add_option("-o,--out", options->out, "Folder to write to; the one you are in by default")->type_name("DIR");
  command->add_option("--type", options->extension, "nrrd (default), nii.gz, nii or mha: of the files")
      ->type_name("NAME")
      ->check(volume_type());
  add_config_options(*command, options->config, true);
  add_device_options(*command, options->engine);
  add_message_options(*command, session);
  teach(*command,
      {{"radloom map ct.nrrd mask.nrrd --preset pyradiomics -o maps",
           "PyRadiomics' maps of every family, as maps/ct_original_glcm_Contrast.nrrd and so on"},
          {"radloom map t1.nii.gz seg.nii.gz -c exampleVoxel.yaml --type nii.gz -o maps",
              "what a PyRadiomics parameter file with a voxelSetting asks for"},
          {"radloom map ct.nii.gz mask.nii.gz --set families=[glcm] --set kernel_radius=2 --set masked_kernel=false",
              "the standard's co-occurrence features of 5 x 5 x 5 voxels, those beyond the region too"}},
      "  0  all maps written    1  wrong usage or configuration\n"
      "  2  some regions or images have no maps    3  none has, or the case cannot be read\n"
      "  4  the device cannot be had    5  interrupted; what was written is whole\n",
      "radloom schema config lists the settings (kernel_radius, masked_kernel, init_value); README.md",
      "A map holds one feature of the neighbourhood of every voxel of the region, and init_value elsewhere. It lies on the\n"
      "grid of IMAGE, or on the one that resampled_spacing_mm makes, cropped to the region and kernel_radius voxels around\n"
      "it, as PyRadiomics crops it, in double precision. Gray levels are made once, of the whole region. Families:\n"
      "firstorder (stat), glcm, glrlm, glszm, gldm (ngldm) and ngtdm; what describes a region as a whole, such as its\n"
      "shape, has no maps and is left out.\n");
  command->callback([&session, options] { session.action = [&session, options] { return map(*options, session); }; });
}

}  // namespace radloom::cli
