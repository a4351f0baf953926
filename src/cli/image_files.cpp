#include "cli/image_files.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "cli/options.hpp"
#include "cohort/make_folder.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom::cli {

std::string volume_extension(const std::string& type, const std::string& image) {
  if (!type.empty()) return "." + type;
  for (const char* known : {".nii.gz", ".nii", ".mha"})
    if (image.ends_with(known)) return known;
  return image.ends_with(".mhd") ? ".mha" : ".nrrd";
}

CLI::Validator volume_type() { return one_of({"nrrd", "nii.gz", "nii", "mha"}); }

void need_folder(const std::filesystem::path& folder, const char* what) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error))
    throw Error(ErrorCode::output_unwritable,
        fmt::format("{}: a file where --out needs a folder; the {} go into it", folder.string(), what));
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(ErrorCode::output_unwritable,
        fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
}

void add_save_options(CLI::App& command, SaveOptions& options) {
  command
      .add_option("--save-images", options.folder,
          "Folder to write what was measured on too: of every region the image (resampled, ...), its masks and its\n"
          "derived images, cut to its box")
      ->type_name("DIR");
  command
      .add_option("--save-type", options.type,
          "nrrd, nii.gz, nii or mha: of the files of --save-images; by default that of the image")
      ->type_name("NAME")
      ->check(volume_type());
}

std::function<void(const MeasuredVolume&)> saved_images(const SaveOptions& options, const std::string& image,
    std::function<std::string(const std::string& case_id)> file_name) {
  if (options.folder.empty()) {
    if (!options.type.empty())
      throw Error(ErrorCode::usage, "--save-type says how images are saved: give a folder with --save-images");
    return nullptr;
  }
  const std::filesystem::path folder = options.folder;
  cohort::make_folder(folder, "--save-images");
  return [folder, extension = volume_extension(options.type, image), name_of = std::move(file_name)](
             const MeasuredVolume& m) {
    write_volume(folder / fmt::format("{}_label-{}_{}{}", name_of(m.case_id), m.label, m.name, extension), m.volume);
  };
}

}  // namespace radloom::cli
