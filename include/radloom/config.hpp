#pragma once
/// What to compute: the settings of a run, checked once and before any data is touched.
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radloom/catalogue.hpp"
#include "radloom/error.hpp"

namespace radloom {

enum class Interpolator {
  nearest,
  linear,
  bspline,
  gaussian,
  label_gaussian,
  hamming_sinc,
  cosine_sinc,
  welch_sinc,
  lanczos_sinc,
  blackman_sinc
};
/// How directions are merged: `per_direction` averages the feature over directions, the others merge weighted matrices.
enum class WeightingNorm { per_direction, infinity, euclidean, manhattan, no_weighting };
enum class ResegmentMode { absolute, relative, sigma };
/// How much a direction counts where the standard's matrices are merged (IBSI 3.6, 3.7): 1, 1 / |m| or exp(-|m|^2), m being its step
/// in voxels.
enum class DistanceWeighting { none, inverse, gaussian };
/// What the intensity-volume histogram is made of: the intensities as they are, bins of one width, or a number of bins.
enum class IvhDiscretisation { none, fixed_bin_size, fixed_bin_number };

/// What lies beyond the border of an image, of the filters of the standard: 0; the voxel at the border; the image once more; the
/// image's mirror, with the voxel at the border twice.
enum class FilterBoundary { zero, nearest, periodic, mirror };
/// How the responses to a filter's rotations become one.
enum class FilterPooling { max, min, mean };

/// A width in mm, as it was written: PyRadiomics' names tell 1 from 1.0.
struct Sigma {
  double mm = 1;
  bool whole = false;  ///< written without a point
  friend bool operator==(const Sigma&, const Sigma&) = default;
};

/// One region: the mask's voxels that hold any of these labels.
struct LabelSelection {
  bool every_label = false;             ///< each label of the mask as a region of its own
  std::vector<std::int64_t> labels{1};  ///< one label, or the members of a union; all > 0
  /// Instead of them, what chooses among the names of a NamedMask: a name; a pattern, where * stands for any characters and ?
  /// for one, each match a region of its own; or a union of names, patterns and numbers, "GTV*+CTV+3". Empty: by number.
  std::string names;

  /// Reads "1", "1+2", "all", or what has a character that is in no number as names. Throws Error(config_invalid).
  static LabelSelection parse(const std::string& text);
  std::string text() const;
};

/// The settings, named after PyRadiomics' where it has one (its name in the comment where ours differs).
struct Settings {
  // the mask and its checks
  LabelSelection label;
  int label_channel = 0;
  double geometry_tolerance = 1e-6;  ///< geometryTolerance
  bool correct_mask = false;         ///< correctMask
  int minimum_roi_dimensions =
      2;  ///< minimumROIDimensions, 1..3; configurations of the ibsi convention start from 0: no minimum
  std::optional<std::int64_t> minimum_roi_size;  ///< minimumROISize: the region must be larger than this
  bool additional_info =
      true;  ///< additionalInfo: diagnostics_*; configurations of the ibsi convention start from false
  // intensities of the whole image
  std::string suv = "none";  ///< of PET in DICOM: none, bw, bsa, lbm
  bool round_input = false;  ///< ibsi: image and mask are rounded to the nearest integer as soon as they are read
  bool normalize = false;
  double normalize_scale = 1;             ///< normalizeScale
  std::optional<double> remove_outliers;  ///< removeOutliers, in standard deviations
  // resampling
  std::optional<std::array<double, 3>> resampled_spacing_mm;         ///< resampledPixelSpacing x, y, z; 0 keeps an axis
  std::optional<Interpolator> interpolator = Interpolator::bspline;  ///< none: no resampling whatever the spacing
  // the ibsi convention interpolates on the standard's grid, centre on centre, and the mask beside the image
  std::optional<double> antialias;  ///< before down-sampling: Gaussian of this standard deviation, in new voxels
  Interpolator mask_interpolator = Interpolator::linear;
  double mask_threshold = 0.5;     ///< partial volume from which on an interpolated voxel is inside
  bool round_intensities = false;  ///< round interpolated intensities to the nearest integer
  int pad_distance = 5;            ///< padDistance, voxels
  bool pre_crop = false;           ///< preCrop
  // re-segmentation
  std::vector<double> resegment_range;  ///< resegmentRange: none, [lower] or [lower, upper]
  ResegmentMode resegment_mode = ResegmentMode::absolute;
  bool resegment_shape = false;              ///< resegmentShape
  std::optional<double> resegment_outliers;  ///< ibsi, after the range: keep mean +- this many standard deviations
  // discretisation
  double bin_width = 25;         ///< binWidth, intensity units
  std::optional<int> bin_count;  ///< binCount
  // directions
  bool force_2d = false;          ///< force2D
  int force_2d_dimension = 0;     ///< force2Ddimension: 0 = z, 1 = y, 2 = x, as numpy orders axes
  std::vector<int> distances{1};  ///< Chebyshev distances of neighbours, voxels
  WeightingNorm weighting_norm = WeightingNorm::per_direction;  ///< weightingNorm
  // families
  bool symmetrical_glcm = true;  ///< symmetricalGLCM
  int gldm_a = 0;                ///< gldm_a: largest difference of gray levels that still depends
  double voxel_array_shift = 0;  ///< voxelArrayShift
  // the standard's own; the pyradiomics convention looks at none of these
  /// How matrices are aggregated, in the words columns end with: 2d_avg 2d_mrg 25d_avg 25d_mrg 3d_avg 3d_mrg. Families without
  /// directions have one of each approach named, 2d 25d 3d. Empty: 3D both ways, 2.5D with force_2d.
  std::vector<std::string> aggregations;
  DistanceWeighting distance_weighting = DistanceWeighting::none;
  WeightingNorm distance_norm = WeightingNorm::euclidean;  ///< of |m|: infinity, euclidean or manhattan
  IvhDiscretisation ivh_discretisation = IvhDiscretisation::none;
  double ivh_bin_width = 1;  ///< fixed_bin_size, intensity units
  int ivh_bin_count = 1000;  ///< fixed_bin_number
  /// [lower, upper]: the intensities that are fractions 0 and 1, and where bins of fixed size start. Empty: the range of an absolute
  /// re-segmentation that has both ends, else the region's own minimum and maximum. Fixed bin numbers have their own 1 and ivh_bin_count.
  std::vector<double> ivh_range;
  // image types
  std::string wavelet = "coif1";         ///< wavelet: a discrete wavelet of PyWavelets
  int wavelet_start_level = 0;           ///< start_level: decompositions before the first that is reported
  int wavelet_levels = 1;                ///< level: how many are reported
  std::vector<Sigma> log_sigma_mm;       ///< sigma: one image of the image type LoG each
  bool gradient_use_spacing = true;      ///< gradientUseSpacing: per mm
  double lbp2d_radius = 1;               ///< lbp2DRadius, voxels
  int lbp2d_samples = 8;                 ///< lbp2DSamples
  std::string lbp2d_method = "uniform";  ///< lbp2DMethod: default, ror, uniform or var
  int lbp3d_levels = 2;                  ///< lbp3DLevels: degrees of spherical harmonics, from 0
  double lbp3d_icosphere_radius = 1;     ///< lbp3DIcosphereRadius, voxels
  int lbp3d_icosphere_subdivision = 1;   ///< lbp3DIcosphereSubdivision
  // the filters of the standard; of LoG and Wavelet in the ibsi convention
  FilterBoundary filter_boundary = FilterBoundary::mirror;
  bool filter_rotation_invariant =
      false;  ///< pool the responses to the right-angle rotations; Gabor: of the orthogonal planes
  FilterPooling filter_pooling = FilterPooling::mean;
  int mean_support = 5;                      ///< voxels along each axis, odd
  double log_cutoff_sigmas = 4;              ///< where the kernel ends
  std::string laws_kernels = "L5E5E5";       ///< a letter and 3 or 5 for each axis, x first
  std::optional<int> laws_energy_delta = 7;  ///< Chebyshev radius of the energy, voxels; none: the response itself
  double gabor_sigma_mm = 5, gabor_lambda_mm = 2, gabor_gamma = 1.5;  ///< width, wavelength, ellipticity
  double gabor_theta_deg = 0;                                         ///< orientation, where there is one
  std::optional<double> gabor_theta_step_deg;  ///< orientations 0, step, 2 step ... below 360, pooled
  std::string riesz_filter = "Simoncelli";     ///< what is transformed: Simoncelli or LoG
  std::vector<int> riesz_order{1, 0, 0};       ///< along x, y, z
  // voxel-based maps; nothing else looks at these
  int kernel_radius = 1;                 ///< kernelRadius, voxels: a neighbourhood is a cube of 2 * radius + 1
  bool masked_kernel = true;             ///< maskedKernel: neighbours outside the region do not count
  std::optional<double> init_value = 0;  ///< initValue: what a map holds outside the region; none: NaN
  std::optional<int> voxel_batch;        ///< voxelBatch: accepted; memory is bounded without it
  // ours
  std::int64_t maximum_gray_levels = 10000;  ///< more than this is an error that proposes a bin width
};

/// An image type and the settings its features are measured with: those of the run, with what it has of its own.
struct ImageTypeRequest {
  std::string name = "Original";
  Settings settings;
};

/// A family and the features asked of it; none means all that are on by default.
struct FamilyRequest {
  Family family = Family::firstorder;
  std::vector<std::string> features;
};

/// A configuration, whole and checked.
struct Config {
  Convention convention = Convention::ibsi;
  Settings settings;
  std::vector<ImageTypeRequest> image_types;
  std::vector<FamilyRequest> families;
  std::string source;                 ///< where it came from: a path, "preset ibsi", "defaults"
  std::string effective_json;         ///< every setting in force, as canonical JSON
  std::string digest;                 ///< "sha256:" and the digest of effective_json
  std::vector<std::string> warnings;  ///< what was accepted and has no effect, one line each
};

/// What a command line says of a configuration, in the order in which it counts: preset or file, convention, overrides.
struct ConfigRequest {
  std::optional<std::filesystem::path> file;  ///< radloom's own or a PyRadiomics parameter file, told apart by its keys
  std::optional<std::string> preset;
  std::optional<Convention> convention;
  std::vector<std::pair<std::string, std::string>> overrides;  ///< KEY=VALUE of --set, a later one wins
  std::optional<std::string> label;
};

/// Reads, checks and completes a configuration. Throws Error(config_invalid) that names the key, the value and what would
/// be accepted, Error(config_unsupported) for what is known and not built yet, Error(file_missing).
Config load_config(const ConfigRequest& request);

/// The same from text (YAML or JSON). `source` names it in messages.
Config parse_config(const std::string& text, const std::string& source, const ConfigRequest& request = {});

struct Preset {
  std::string name;
  std::string description;
  bool available = true;  ///< false for those whose settings are not built yet; using one is an error that says so
};
/// The configurations built in, in the order in which they are listed.
const std::vector<Preset>& presets();

/// The JSON Schema (draft 7) of a configuration.
std::string config_schema();

}  // namespace radloom
