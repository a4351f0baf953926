#pragma once
/// The methods section of a run, as a paper needs it.
#include <filesystem>
#include <string>
#include <vector>

#include "cohort/run_file.hpp"
#include "radloom/config.hpp"

namespace radloom::cohort {

/// Says in sentences what a configuration computes: software, convention, interpolation, re-segmentation, discretisation, image types,
/// families with their numbers of features, aggregations, and what to cite: the items of the IBSI reporting guideline (in its reference
/// manual) that the program knows. What lies outside it (patients, scanners, reconstruction, how regions were drawn) is listed as left
/// to the author. `runs` are the shards of a run of this configuration, or none: then nothing is said of cases and devices.
///
/// Paragraphs of plain text, each one line, with blank lines between; ends with a line end.
std::string methods_text(const Config& config, const std::vector<RunFile>& runs);

/// The same of the run a folder holds. Throws Error(file_missing | file_unreadable), Error(usage) where its run files differ.
std::string methods_text(const std::filesystem::path& folder);

}  // namespace radloom::cohort
