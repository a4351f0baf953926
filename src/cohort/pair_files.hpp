#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace radloom::cohort {

/// What a folder holds, by the names of its files.
struct PairedFiles {
  std::string manifest;                      ///< NDJSON: ID, Image and Mask, relative to the folder, by ID
  std::vector<std::filesystem::path> alone;  ///< volumes without a partner, in order
};

/// Pairs the volumes (NIfTI, NRRD, MetaImage) of a folder and of those below it, letters' case ignored:
///
/// - `<case>_<word>` or `<case>-<word>` is a mask where the word is mask, label, labels, seg, dseg, segmentation or roi. Its image lies in the same
///   folder and is called `<case>`, `<case>_image` or `<case>_img` (or with a hyphen).
/// - A file that is called by such a word alone belongs to the one that is called image or img, else to the only image of its folder.
/// - `labels<x>/<case>` and `masks<x>/<case>` (or with such a word) belong to `images<x>/<case>` or `images<x>/<case>_0000` beside that folder (nnU-Net, Medical Segmentation
///   Decathlon).
///
/// A case's ID is its folder, below this one, and `<case>`; where several masks share an image, their own names. Symbolic links to folders
/// and folders whose name begins with a dot are not entered. Throws Error(manifest_invalid) where nothing is paired, or a name is not UTF-8, and
/// Error(file_unreadable).
PairedFiles pair_files(const std::filesystem::path& folder);

}  // namespace radloom::cohort
