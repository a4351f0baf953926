#pragma once
// Volumes that commands write beside their results.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "radloom/engine.hpp"

namespace radloom::cli {

/// The extension that volumes are written with: that of `type` (nrrd, nii.gz, nii, mha), else that of the image where it is one of
/// these (.mha for .mhd), else .nrrd.
std::string volume_extension(const std::string& type, const std::string& image);

/// A validator of `type`.
CLI::Validator volume_type();

/// Makes the folder that `what` go into. Throws Error(output_unwritable).
void need_folder(const std::filesystem::path& folder, const char* what);

struct SaveOptions {
  std::string folder, type;
};

/// --save-images and --save-type.
void add_save_options(CLI::App& command, SaveOptions& options);

/// Writes what regions are measured on into the options' folder, which is made, as <case>_label-<label>_<name><extension>; nothing where
/// no folder is given. `file_name` says what a case is called there. Throws Error(output_unwritable | usage), when called and later.
std::function<void(const MeasuredVolume&)> saved_images(const SaveOptions& options, const std::string& image,
    std::function<std::string(const std::string& case_id)> file_name);

}  // namespace radloom::cli
