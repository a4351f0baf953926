#pragma once
#include <filesystem>

namespace radloom::cohort {

/// Makes a folder and those above it, and proves that a file can be made in it; `option` is where it was named. Throws
/// Error(output_unwritable).
void make_folder(const std::filesystem::path& folder, const char* option = "--out");

}  // namespace radloom::cohort
