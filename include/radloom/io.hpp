#pragma once
/// Volumes from and to files: NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd); from DICOM.
#include <filesystem>
#include <string>
#include <string_view>

#include "radloom/volume.hpp"

namespace radloom {

/// What a header says, read without touching the voxels.
struct VolumeHeader {
  Geometry geometry;
  ScalarType type = ScalarType::uint8;  ///< as the values will be given: a rescaled NIfTI gives float64
  int components = 1;                   ///< values in a voxel
};

/// What the values of a PET series become: as they are stored (Bq/ml), or standardised uptake values by body weight (g/ml), body
/// surface area (cm2/ml; Du Bois 1916) or lean body mass (g/ml; Janmahasatian 2005).
enum class Suv { none, body_weight, body_surface_area, lean_body_mass };

/// "none", "bw", "bsa" or "lbm", as the setting suv has it. Throws Error(usage).
Suv suv_named(std::string_view name);

struct ReadOptions {
  /// Component of a vector image to take; -1 refuses vector images with Error(vector_image).
  int channel = -1;
  /// Compute `ReadVolume::sha256`.
  bool digest = false;
  /// Other than none asks for a DICOM series of PET: Units BQML, corrected for attenuation and decay (to START or ADMIN); or GML,
  /// for body weight. Error(file_unreadable) names the field that is missing or does not fit.
  Suv suv = Suv::none;
};

struct ReadVolume {
  Volume volume;
  /// Of the stored bytes of the file (of a detached header: header, then data files in order; of a DICOM series: its files in the
  /// order of their SOPInstanceUIDs).
  std::string sha256;
  std::string frame_of_reference;  ///< of DICOM: the FrameOfReferenceUID
};

/// Throws Error(file_missing | not_a_file | file_unreadable | file_truncated | file_corrupt | unsupported_dimension |
/// geometry_invalid). The geometry is that of SimpleITK 2.5 in every format; what it would repair in silence (a spacing of
/// zero or below) is an error here.
/// `options.suv` is checked too.
VolumeHeader read_header(const std::filesystem::path& path, const ReadOptions& options = {});

/// Reads a volume whole. Every compressed stream is decoded to its end and its checksum compared, so that a damaged or
/// truncated file is an error and never zeros; zero bytes may follow a stream, others may not. NaN stays NaN. A 2D image
/// becomes a volume of one slice; a 4D image of one time point is a volume. A NIfTI slope and intercept are applied in
/// double precision unless they change nothing; a slope of 0 means none. 64-bit integers become float64 when every value is
/// exact there, else Error(file_unreadable).
///
/// A DICOM series is named by its folder (whose other files are passed over, and which must hold one series), by its folder
/// and its SeriesInstanceUID ("scans/1.2.840.1"), or, one slice or an enhanced multi-frame image, by its file. Slices are
/// sorted along their normal and rescaled each by its own slope and intercept, into GDCM's choice of type. Slices that are
/// missing, double, tilted, unequally far apart or of different grids are Error(geometry_invalid | geometry_mismatch).
/// Throws what read_header throws, and Error(vector_image | memory_exhausted), Error(usage) for a channel that is not there.
ReadVolume read_volume(const std::filesystem::path& path, const ReadOptions& options = {});

/// Writes a volume whole or not at all: a temporary file beside `path`, then a rename. The extension chooses the format:
/// .nii and .mha plain, .nii.gz and .nrrd compressed. NIfTI keeps geometry as floats, in qform and sform both.
/// Throws Error(output_unwritable | usage).
void write_volume(const std::filesystem::path& path, const Volume& volume);

/// The mask on the image's grid, by nearest neighbour (PyRadiomics' correctMask), in the mask's type. Voxels outside the
/// mask's grid are 0; a centre midway between two voxels takes the upper one, as in ITK. Throws Error(geometry_invalid).
Volume resample_mask(const Volume& mask, const Geometry& image);

}  // namespace radloom
