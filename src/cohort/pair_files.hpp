#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cohort/pairing.hpp"

namespace radloom::cohort {

/// What a folder holds.
struct PairedFiles {
  std::string manifest;         ///< NDJSON: ID, Image and Mask, relative to the folder, by ID
  std::vector<Unpaired> alone;  ///< volumes, series, structure sets and segmentations without a partner, in order
};

/// Pairs what lies in a folder and in those below it. Volumes (NIfTI, NRRD, MetaImage) by their names, letters' case ignored:
///
/// - `<case>_<word>` or `<case>-<word>` is a mask where the word is mask, label, labels, seg, dseg, segmentation or roi. Its image lies in the same
///   folder and is called `<case>`, `<case>_image` or `<case>_img` (or with a hyphen).
/// - A file that is called by such a word alone belongs to the one that is called image or img, else to the only image of its folder.
/// - `labels<x>/<case>` and `masks<x>/<case>` (or with such a word) belong to `images<x>/<case>` or `images<x>/<case>_0000` beside that folder (nnU-Net, Medical Segmentation
///   Decathlon).
/// - What is left, and called `sub-...` as BIDS has it, belongs to the image in its data set (raw, or in any derivatives; where the masks' holds no images, in the only
///   one that does) whose entities are the same, those apart that derivatives add (space, res, den, label, desc, seg, atlas, hemi, mode). Image and mask have the same space
///   and res; no space, `orig` and `space-T1w` of a T1w are that of the image as acquired. Where the mask's .json names volumes as SpatialReference or Sources, the image is one of them; where as
///   RawSources, it has the suffix of one. Of several counts the one in the mask's own folder, else the one that is no derivative, else the one in a folder called as the
///   mask's (anat). Where several are left, none is taken. Probability maps (probseg) are no images.
///
/// DICOM by what the headers say: a structure set or segmentation belongs to the series that it refers to (Referenced Series Sequence, RT Referenced
/// Series Sequence), and where it refers to none to the only one in its frame of reference. Where it refers to several that lie here, none is taken. Files count that are called .dcm,
/// .ima, .dicom, have no extension or a number for one, and have the mark of DICOM. A series is named by its folder, followed by its UID where others lie there too.
///
/// A case's ID is its mask's folder, below this one, and `<case>` (of DICOM, the mask's name where its folder holds others); where several masks share an image, their own names. Symbolic links to folders
/// are not entered, nor folders and files whose name begins with a dot; a link whose file is not here keeps what it belongs to from others. Throws Error(manifest_invalid) where nothing is paired, or a name is not UTF-8, and
/// Error(file_unreadable).
PairedFiles pair_files(const std::filesystem::path& folder);

}  // namespace radloom::cohort
