#include "config/settings_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "catalogue/lookup.hpp"

namespace radloom::config {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Value::Kind;
constexpr auto honoured = PerImageType::honoured;
constexpr auto without_use = PerImageType::without_use;

constexpr Limits any_number{};
constexpr Limits whole_number{std::nullopt, false, std::nullopt, true};
constexpr Limits at_least(double minimum) { return {minimum, false, std::nullopt, false}; }
constexpr Limits above(double minimum) { return {minimum, true, std::nullopt, false}; }
constexpr Limits whole_between(double minimum, double maximum) { return {minimum, false, maximum, true}; }
constexpr Limits between(double minimum, double maximum) { return {minimum, false, maximum, false}; }
/// The minimum itself is left out.
constexpr Limits between_open(double minimum, double maximum) { return {minimum, true, maximum, false}; }

constexpr std::string_view lbp_methods[] = {"default", "ror", "uniform", "var"};
constexpr std::string_view distance_norms[] = {"infinity", "euclidean", "manhattan"};
/// Of a range: one end does not do.
constexpr std::string_view both_ends[] = {"[lower, upper]"};
/// The discrete wavelets PyWavelets 1.x names.
constexpr std::string_view wavelets[] = {"bior1.1", "bior1.3", "bior1.5", "bior2.2", "bior2.4", "bior2.6", "bior2.8",
    "bior3.1", "bior3.3", "bior3.5", "bior3.7", "bior3.9", "bior4.4", "bior5.5", "bior6.8", "coif1", "coif2", "coif3",
    "coif4", "coif5", "coif6", "coif7", "coif8", "coif9", "coif10", "coif11", "coif12", "coif13", "coif14", "coif15",
    "coif16", "coif17", "db1", "db2", "db3", "db4", "db5", "db6", "db7", "db8", "db9", "db10", "db11", "db12", "db13",
    "db14", "db15", "db16", "db17", "db18", "db19", "db20", "db21", "db22", "db23", "db24", "db25", "db26", "db27",
    "db28", "db29", "db30", "db31", "db32", "db33", "db34", "db35", "db36", "db37", "db38", "dmey", "haar", "rbio1.1",
    "rbio1.3", "rbio1.5", "rbio2.2", "rbio2.4", "rbio2.6", "rbio2.8", "rbio3.1", "rbio3.3", "rbio3.5", "rbio3.7",
    "rbio3.9", "rbio4.4", "rbio5.5", "rbio6.8", "sym2", "sym3", "sym4", "sym5", "sym6", "sym7", "sym8", "sym9", "sym10",
    "sym11", "sym12", "sym13", "sym14", "sym15", "sym16", "sym17", "sym18", "sym19", "sym20"};

/// What null may be written as, where it is not a number.
constexpr std::string_view not_a_number[] = {"nan"};
constexpr std::string_view riesz_filters[] = {"LoG", "Simoncelli"};

/// "L5E5" or "L5E5E5": a letter and a length for each axis.
bool are_laws_kernels(std::string_view text) {
  constexpr std::string_view kernels[] = {"L3", "E3", "S3", "L5", "E5", "S5", "W5", "R5"};
  if (text.size() != 4 && text.size() != 6) return false;
  for (std::size_t i = 0; i < text.size(); i += 2)
    if (std::find(std::begin(kernels), std::end(kernels), text.substr(i, 2)) == std::end(kernels)) return false;
  return true;
}

constexpr std::string_view suv_kinds[] = {"none", "bw", "bsa", "lbm"};

using S = Settings;

constexpr SettingRow table[] = {
    {"label", "label", &S::label, above(0), PerImageType::refused,
        "The region: one label of the mask, a union such as 1+2, or all for each label as a region of its own. Of a DICOM RTSTRUCT or SEG also a "
        "name, a pattern with * and ?, or a union of such."},
    {"label_channel", "label_channel", &S::label_channel, at_least(0), without_use,
        "The component of a mask that has several.", {}, true},
    {"geometry_tolerance", "geometryTolerance", &S::geometry_tolerance, above(0), without_use,
        "How far image and mask may differ in origin, spacing and direction, relative to the spacing.", {}, true},
    {"correct_mask", "correctMask", &S::correct_mask, {}, without_use,
        "Resample a mask whose grid differs onto the image's, by nearest neighbour."},
    {"minimum_roi_dimensions", "minimumROIDimensions", &S::minimum_roi_dimensions, between(0, 3), without_use,
        "Along how many axes the region must extend over more than one voxel. Default: 0 in the ibsi convention, 2 in the pyradiomics one.",
        1.0},
    {"minimum_roi_size", "minimumROISize", &S::minimum_roi_size, above(0), without_use,
        "The region must hold more voxels than this."},
    {"additional_info", "additionalInfo", &S::additional_info, {}, without_use,
        "Report diagnostics_*: image and masks at every step. Default: true in the pyradiomics convention, false in the ibsi one, which then "
        "processes no more of the image than the regions reach."},
    {"suv", "", &S::suv, {}, without_use,
        "Standardised uptake values of a DICOM series of PET: by body weight (bw, g/ml), body surface area (bsa, cm2/ml) or lean body mass "
        "(lbm, g/ml); none leaves the values as they are stored, which is all that other images can have.",
        {}, false, suv_kinds},
    {"round_input", "", &S::round_input, {}, without_use,
        "Round image and mask to the nearest integer as soon as they are read.", {}, false, {}, true},
    {"normalize", "normalize", &S::normalize, {}, without_use,
        "Centre the image on its mean and divide it by its standard deviation, before anything else."},
    {"normalize_scale", "normalizeScale", &S::normalize_scale, above(0), without_use,
        "Multiply the normalised intensities by this.", {}, true},
    {"remove_outliers", "removeOutliers", &S::remove_outliers, above(0), without_use,
        "Clip the normalised intensities at this many standard deviations."},
    {"resampled_spacing_mm", "resampledPixelSpacing", &S::resampled_spacing_mm, at_least(0), without_use,
        "The spacing to resample to along x, y and z, in mm; 0 keeps an axis as it is."},
    {"interpolator", "interpolator", &S::interpolator, {}, without_use,
        "How the image is interpolated when it is resampled; null resamples nothing. The pyradiomics convention resamples the mask by "
        "nearest neighbour, the ibsi one by mask_interpolator."},
    {"antialias", "", &S::antialias, above(0), without_use,
        "Smooth the image along the axes that lose resolution by a Gaussian of this standard deviation, in new voxels, before it is "
        "interpolated; null smoothes nothing.",
        {}, false, {}, true},
    {"mask_interpolator", "", &S::mask_interpolator, {}, without_use, "How the mask is interpolated.", {}, false, {},
        true},
    {"mask_threshold", "", &S::mask_threshold, between_open(0, 1), without_use,
        "The part of a voxel's volume, as interpolated, from which on it belongs to the region.", {}, false, {}, true},
    {"round_intensities", "", &S::round_intensities, {}, without_use,
        "Round interpolated intensities to the nearest integer, as the standard does for CT.", {}, false, {}, true},
    {"pad_distance", "padDistance", &S::pad_distance, at_least(0), without_use,
        "Voxels kept around the region when it is resampled or pre-cropped.", {}, true},
    {"pre_crop", "preCrop", &S::pre_crop, {}, without_use,
        "Crop to the region and pad_distance before image types are derived."},
    {"resegment_range", "resegmentRange", &S::resegment_range, any_number, without_use,
        "Keep the voxels of the region whose intensity is at least the first value and, where there are two, at most the second."},
    {"resegment_mode", "resegmentMode", &S::resegment_mode, {}, without_use,
        "What resegment_range means: intensities, fractions of the region's maximum, or standard deviations around its mean.",
        {}, true},
    {"resegment_shape", "resegmentShape", &S::resegment_shape, {}, without_use, "Measure shape after re-segmentation."},
    {"resegment_outliers", "", &S::resegment_outliers, above(0), without_use,
        "Keep the voxels within this many standard deviations of the mean of what resegment_range left; null keeps all.",
        {}, false, {}, true},
    {"bin_width", "binWidth", &S::bin_width, above(0), honoured, "Width of a gray level, in intensity units."},
    {"bin_count", "binCount", &S::bin_count, above(0), honoured,
        "Number of gray levels; instead of bin_width where it is given."},
    {"force_2d", "force2D", &S::force_2d, {}, honoured, "Count neighbours inside slices only."},
    {"force_2d_dimension", "force2Ddimension", &S::force_2d_dimension, between(0, 2), honoured,
        "The axis across the slices of force_2d: 0 is z, 1 is y, 2 is x.", {}, true},
    {"distances", "distances", &S::distances, above(0), honoured, "Chebyshev distances of neighbours, in voxels."},
    {"weighting_norm", "weightingNorm", &S::weighting_norm, {}, honoured,
        "How directions of GLCM and GLRLM merge: the mean of their features, or one matrix weighted by a norm of the direction."},
    {"symmetrical_glcm", "symmetricalGLCM", &S::symmetrical_glcm, {}, honoured, "Count every pair in both directions."},
    {"gldm_a", "gldm_a", &S::gldm_a, at_least(0), honoured, "Largest difference of gray levels that still depends."},
    {"voxel_array_shift", "voxelArrayShift", &S::voxel_array_shift, whole_number, honoured,
        "Added to the intensities in Energy, TotalEnergy and RootMeanSquared."},
    {"aggregations", "", &S::aggregations, {}, honoured,
        "How matrices are aggregated: by slice (2d), over slices (25d) or in three dimensions (3d), the features of directions averaged (avg) "
        "or their matrices merged (mrg). null: both ways in 3D, or in 2.5D with force_2d.",
        {}, false, aggregation_words(), true},
    {"distance_weighting", "", &S::distance_weighting, {}, honoured,
        "How much a direction counts where matrices are merged: 1, 1 / |m| or exp(-|m|^2), m being its step in voxels.",
        {}, false, {}, true},
    {"distance_norm", "", &S::distance_norm, {}, honoured, "The norm of distance_weighting.", {}, false, distance_norms,
        true},
    {"ivh_discretisation", "", &S::ivh_discretisation, {}, honoured,
        "What the intensity-volume histogram is made of: intensities as they are, bins of ivh_bin_width, or ivh_bin_count bins.",
        {}, false, {}, true},
    {"ivh_bin_width", "", &S::ivh_bin_width, above(0), honoured,
        "Width of the bins of the intensity-volume histogram, in intensity units.", {}, false, {}, true},
    {"ivh_bin_count", "", &S::ivh_bin_count, at_least(1), honoured, "Number of bins of the intensity-volume histogram.",
        {}, false, {}, true},
    {"ivh_range", "", &S::ivh_range, any_number, honoured,
        "The intensities that are fractions 0 and 1 of the intensity-volume histogram. null: resegment_range, where it has two ends, else "
        "the region's minimum and maximum.",
        {}, false, both_ends, true},
    {"wavelet", "wavelet", &S::wavelet, {}, honoured, "The wavelet of the image type Wavelet.", {}, true, wavelets,
        false, nullptr, "the name of a discrete wavelet of PyWavelets, such as coif1"},
    {"wavelet_start_level", "start_level", &S::wavelet_start_level, at_least(0), honoured,
        "Decompositions before the first one that the image types Wavelet and Simoncelli report.", {}, true},
    {"wavelet_levels", "level", &S::wavelet_levels, above(0), honoured,
        "Decompositions that the image types Wavelet and Simoncelli report.", {}, true},
    {"maximum_gray_levels", "", &S::maximum_gray_levels, at_least(1), without_use,
        "More gray levels than this are an error that proposes a bin width."},
    {"log_sigma_mm", "sigma", &S::log_sigma_mm, above(0), honoured,
        "Widths of the Laplacian of Gaussian, in mm: one image each."},
    {"gradient_use_spacing", "gradientUseSpacing", &S::gradient_use_spacing, {}, honoured,
        "Gradient per mm instead of per voxel."},
    {"lbp2d_radius", "lbp2DRadius", &S::lbp2d_radius, above(0), honoured,
        "Radius of the circle of the image type LBP2D, in voxels.", {}, true},
    {"lbp2d_samples", "lbp2DSamples", &S::lbp2d_samples, between(1, 63), honoured,
        "Samples on the circle of the image type LBP2D.", {}, true},
    {"lbp2d_method", "lbp2DMethod", &S::lbp2d_method, {}, honoured, "Kind of pattern of the image type LBP2D.", {},
        true, lbp_methods},
    {"lbp3d_levels", "lbp3DLevels", &S::lbp3d_levels, between(1, 10), honoured,
        "Degrees of spherical harmonics of the image type LBP3D, from 0: one image each.", {}, true},
    {"lbp3d_icosphere_radius", "lbp3DIcosphereRadius", &S::lbp3d_icosphere_radius, above(0), honoured,
        "Radius of the sphere of the image type LBP3D, in voxels.", {}, true},
    {"lbp3d_icosphere_subdivision", "lbp3DIcosphereSubdivision", &S::lbp3d_icosphere_subdivision, between(0, 4),
        honoured, "Subdivisions of the icosahedron of the image type LBP3D.", {}, true},
    {"filter_boundary", "", &S::filter_boundary, {}, honoured,
        "What lies beyond the border of the image, of the filters of the standard."},
    {"filter_rotation_invariant", "", &S::filter_rotation_invariant, {}, honoured,
        "Pool the responses to a filter's right-angle rotations; of Gabor: to the three orthogonal planes."},
    {"filter_pooling", "", &S::filter_pooling, {}, honoured, "How responses to several rotations become one."},
    {"mean_support", "", &S::mean_support, whole_between(1, 999), honoured,
        "Voxels along each axis of the image type Mean; odd."},
    {"log_cutoff_sigmas", "", &S::log_cutoff_sigmas, above(0), honoured,
        "Where the kernel of LoG ends in the ibsi convention, in units of its width."},
    {"laws_kernels", "", &S::laws_kernels, {}, honoured, "The kernels of the image type Laws along x, y and z.", {},
        false, {}, false, are_laws_kernels,
        "two or three of L3 E3 S3 L5 E5 S5 W5 R5, one for each axis, such as L5E5E5"},
    {"laws_energy_delta", "", &S::laws_energy_delta, between(0, 999), honoured,
        "Radius in voxels of the cube over which the image type Laws averages its absolute response; null reports the response itself."},
    {"gabor_sigma_mm", "", &S::gabor_sigma_mm, above(0), honoured, "Width of the image type Gabor, in mm."},
    {"gabor_lambda_mm", "", &S::gabor_lambda_mm, above(0), honoured, "Wavelength of the image type Gabor, in mm."},
    {"gabor_gamma", "", &S::gabor_gamma, above(0), honoured,
        "Ratio of the axes of the envelope of the image type Gabor."},
    {"gabor_theta_deg", "", &S::gabor_theta_deg, any_number, honoured,
        "Orientation of the image type Gabor in degrees, where gabor_theta_step_deg is null."},
    {"gabor_theta_step_deg", "", &S::gabor_theta_step_deg, {0.1, false, 360.0, false}, honoured,
        "Orientations 0, step, 2 step ... below 360 degrees of the image type Gabor, pooled."},
    {"riesz_filter", "", &S::riesz_filter, {}, honoured, "The filter that the image type Riesz transforms.", {}, false,
        riesz_filters},
    {"riesz_order", "", &S::riesz_order, between(0, 8), honoured,
        "Order of the Riesz transform along x, y and z; not all 0."},
    {"kernel_radius", "kernelRadius", &S::kernel_radius, whole_between(1, 20), PerImageType::refused,
        "Of maps: how many voxels the neighbourhood of a voxel reaches along each axis.", {}, false, {}, false, nullptr,
        {}, true},
    {"masked_kernel", "maskedKernel", &S::masked_kernel, {}, PerImageType::refused,
        "Of maps: neighbours outside the region do not count.", {}, false, {}, false, nullptr, {}, true},
    {"init_value", "initValue", &S::init_value, any_number, PerImageType::refused,
        "Of maps: what they hold outside the region; null or nan is not a number.", {}, false, not_a_number, false,
        nullptr, {}, true},
    {"voxel_batch", "voxelBatch", &S::voxel_batch, above(0), PerImageType::refused,
        "Of maps: accepted and of no effect, since memory is bounded without it.", {}, false, {}, false, nullptr, {},
        true},
};

/// A value that a setting does not take: the reason where `accepted` does not say it all.
struct Refused {
  std::string remark;
};

// ---- words ----

struct Word {
  std::string_view name;         ///< radloom's
  std::string_view pyradiomics;  ///< empty where PyRadiomics has null instead
};

/// In the order of the enum, which is SimpleITK's from 1 on.
constexpr Word interpolators[] = {{"nearest", "sitkNearestNeighbor"}, {"linear", "sitkLinear"},
    {"bspline", "sitkBSpline"}, {"gaussian", "sitkGaussian"}, {"label_gaussian", "sitkLabelGaussian"},
    {"hamming_sinc", "sitkHammingWindowedSinc"}, {"cosine_sinc", "sitkCosineWindowedSinc"},
    {"welch_sinc", "sitkWelchWindowedSinc"}, {"lanczos_sinc", "sitkLanczosWindowedSinc"},
    {"blackman_sinc", "sitkBlackmanWindowedSinc"}};
constexpr Word norms[] = {{"per_direction", ""}, {"infinity", "infinity"}, {"euclidean", "euclidean"},
    {"manhattan", "manhattan"}, {"no_weighting", "no_weighting"}};
constexpr Word boundaries[] = {{"zero", ""}, {"nearest", ""}, {"periodic", ""}, {"mirror", ""}};
constexpr Word poolings[] = {{"max", ""}, {"min", ""}, {"mean", ""}};
constexpr Word weightings[] = {{"none", ""}, {"inverse", ""}, {"gaussian", ""}};
constexpr Word ivh_discretisations[] = {{"none", ""}, {"fixed_bin_size", ""}, {"fixed_bin_number", ""}};
constexpr Word modes[] = {{"absolute", "absolute"}, {"relative", "relative"}, {"sigma", "sigma"}};

std::vector<std::string_view> names_of(std::span<const Word> words, Dialect dialect) {
  std::vector<std::string_view> names;
  for (const Word& word : words) {
    const auto name = dialect == Dialect::radloom ? word.name : word.pyradiomics;
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

/// The position of a word among the words of an enum; a radloom file may use PyRadiomics' spelling too.
int read_word(std::span<const Word> words, const Value& value, Dialect dialect) {
  if (value.is(Kind::text))
    for (std::size_t i = 0; i < words.size(); ++i)
      if ((!words[i].pyradiomics.empty() && value.scalar == words[i].pyradiomics) ||
          (dialect == Dialect::radloom && value.scalar == words[i].name))
        return int(i);
  throw Refused{};
}

// ---- numbers ----

Limits limits_of(const SettingRow& row, Dialect dialect) {
  Limits limits = row.limits;
  if (dialect == Dialect::pyradiomics && row.pyradiomics_minimum) limits.minimum = row.pyradiomics_minimum;
  return limits;
}

bool inside(double number, const Limits& limits) {
  if (limits.minimum && (limits.exclusive ? number <= *limits.minimum : number < *limits.minimum)) return false;
  return !limits.maximum || number <= *limits.maximum;
}

/// " > 0", " in 1..3" or nothing.
std::string in_words(const Limits& limits) {
  if (limits.minimum && limits.maximum && limits.exclusive)
    return fmt::format(" > {} and <= {}", *limits.minimum, *limits.maximum);
  if (limits.minimum && limits.maximum) return fmt::format(" in {}..{}", *limits.minimum, *limits.maximum);
  if (limits.minimum) return fmt::format(" {} {}", limits.exclusive ? ">" : ">=", *limits.minimum);
  return {};
}

double read_number(const Value& value, const Limits& limits) {
  const bool fits = value.is(Kind::integer) || (value.is(Kind::number) && !limits.whole && std::isfinite(value.number));
  if (!fits || !inside(value.number, limits)) throw Refused{};
  return value.number;
}

template <class Integer>
Integer read_integer(const Value& value, const Limits& limits) {
  if (!value.is(Kind::integer) || !inside(value.number, limits)) throw Refused{};
  if (value.integer < std::numeric_limits<Integer>::min() || value.integer > std::numeric_limits<Integer>::max())
    throw Refused{fmt::format("at most {} can be kept", std::numeric_limits<Integer>::max())};
  return Integer(value.integer);
}

template <class F>
auto read_list(const Value& value, std::size_t fewest, std::size_t most, F&& read_item) {
  if (!value.is(Kind::list) || value.items.size() < fewest || value.items.size() > most) throw Refused{};
  std::vector<decltype(read_item(value))> list;
  for (const auto& item : value.items) {
    try {
      list.push_back(read_item(item));
    } catch (const Refused&) {
      throw Refused{fmt::format("its item {} is wrong", item.shown())};
    }
  }
  return list;
}

// ---- one handler a type: what it reads, accepts, writes, and its schema ----

struct Context {
  const SettingRow& row;
  Dialect dialect;
  Limits limits;
};

Json number_schema(const Limits& limits, bool integer) {
  Json schema{{"type", integer || limits.whole ? "integer" : "number"}};
  if (limits.minimum) {
    // Draft 7 knows integers and numbers alike; whole limits are written whole.
    const Json minimum =
        *limits.minimum == std::floor(*limits.minimum) ? Json(std::int64_t(*limits.minimum)) : Json(*limits.minimum);
    schema[limits.exclusive ? "exclusiveMinimum" : "minimum"] = minimum;
  }
  if (limits.maximum) schema["maximum"] = std::int64_t(*limits.maximum);
  return schema;
}

Json with_null(Json schema) { return Json{{"anyOf", Json::array({std::move(schema), Json{{"type", "null"}}})}}; }

struct Handler {
  Context context;

  // Reading.
  void read(bool& to, const Value& value) const {
    // PyRadiomics' schema takes null for anything, and an absent truth is false.
    if (value.is(Kind::null) && context.dialect == Dialect::pyradiomics) return void(to = false);
    if (!value.is(Kind::boolean)) throw Refused{};
    to = value.boolean;
  }
  void read(int& to, const Value& value) const { to = read_integer<int>(value, context.limits); }
  void read(std::int64_t& to, const Value& value) const { to = read_integer<std::int64_t>(value, context.limits); }
  void read(double& to, const Value& value) const {
    to = context.limits.whole ? double(read_integer<std::int32_t>(value, context.limits))
                              : read_number(value, context.limits);
  }
  template <class T>
  void read(std::optional<T>& to, const Value& value) const {
    if (value.is(Kind::null) || is_not_a_number(value)) return void(to = std::nullopt);
    T read_value{};
    read(read_value, value);
    to = read_value;
  }
  bool is_not_a_number(const Value& value) const {
    return !context.row.words.empty() && ((value.is(Kind::text) && value.scalar == context.row.words.front()) ||
                                             (value.is(Kind::number) && std::isnan(value.number)));
  }
  void read(std::vector<int>& to, const Value& value) const {
    to = read_list(value, 1, 1000, [&](const Value& item) { return read_integer<int>(item, context.limits); });
  }
  void read(std::vector<double>& to, const Value& value) const {
    if (value.is(Kind::null)) return to.clear();
    to = read_list(value, fewest_ends(), 2, [&](const Value& item) { return read_number(item, context.limits); });
    std::sort(to.begin(), to.end());  // as PyRadiomics does
  }
  void read(std::vector<std::string>& to, const Value& value) const {
    if (value.is(Kind::null)) return to.clear();
    std::vector<std::string> chosen;
    for (auto& word : read_list(value, 1, context.row.words.size(), [&](const Value& item) {
           std::string one;
           read(one, item);
           return one;
         }))
      if (std::find(chosen.begin(), chosen.end(), word) == chosen.end()) chosen.push_back(std::move(word));
    to = std::move(chosen);
  }
  std::size_t fewest_ends() const { return context.row.words.empty() ? 1 : 2; }
  void read(std::array<double, 3>& to, const Value& value) const {
    const auto numbers = read_list(value, 3, 3, [&](const Value& item) { return read_number(item, context.limits); });
    std::copy(numbers.begin(), numbers.end(), to.begin());
  }
  void read(LabelSelection& to, const Value& value) const {
    if (value.is(Kind::integer)) {
      to = {};
      to.labels = {read_integer<std::int64_t>(value, context.limits)};
      return;
    }
    if (context.dialect == Dialect::pyradiomics || !value.is(Kind::text)) throw Refused{};
    try {
      to = LabelSelection::parse(value.scalar);
    } catch (const Error&) {
      throw Refused{};
    }
  }
  void read(Interpolator& to, const Value& value) const {
    const bool numbered =
        value.is(Kind::integer) && value.integer >= 1 && value.integer <= std::int64_t(std::size(interpolators));
    to = Interpolator(numbered ? int(value.integer) - 1 : read_word(interpolators, value, context.dialect));
  }
  void read(std::string& to, const Value& value) const {
    const auto& words = context.row.words;
    const auto& takes = context.row.takes;
    if (!value.is(Kind::text) ||
        (takes ? !takes(value.scalar) : std::find(words.begin(), words.end(), value.scalar) == words.end()))
      throw Refused{};
    to = value.scalar;
  }
  void read(std::vector<Sigma>& to, const Value& value) const {
    if (value.is(Kind::null)) return to.clear();
    to = read_list(value, 0, 1000, [&](const Value& item) {
      return Sigma{read_number(item, context.limits), item.is(Kind::integer)};
    });
  }
  void read(FilterBoundary& to, const Value& value) const {
    to = FilterBoundary(read_word(boundaries, value, context.dialect));
  }
  void read(FilterPooling& to, const Value& value) const {
    to = FilterPooling(read_word(poolings, value, context.dialect));
  }
  void read(WeightingNorm& to, const Value& value) const {
    if (!context.row.words.empty()) {
      std::string word;
      read(word, value);
    }
    to = value.is(Kind::null) ? WeightingNorm::per_direction : WeightingNorm(read_word(norms, value, context.dialect));
  }
  void read(ResegmentMode& to, const Value& value) const {
    to = ResegmentMode(read_word(modes, value, context.dialect));
  }
  void read(DistanceWeighting& to, const Value& value) const {
    to = DistanceWeighting(read_word(weightings, value, context.dialect));
  }
  void read(IvhDiscretisation& to, const Value& value) const {
    to = IvhDiscretisation(read_word(ivh_discretisations, value, context.dialect));
  }
  // In words.
  std::string accepts(const bool*) const { return "true or false"; }
  std::string accepts(const int*) const { return "an integer" + in_words(context.limits); }
  std::string accepts(const std::int64_t*) const { return "an integer" + in_words(context.limits); }
  std::string accepts(const double*) const {
    return (context.limits.whole ? "an integer" : "a number") + in_words(context.limits);
  }
  template <class T>
  std::string accepts(const std::optional<T>*) const {
    return accepts(static_cast<const T*>(nullptr)) + (context.row.words.empty() ? ", or null" : ", nan or null");
  }
  std::string accepts(const std::vector<int>*) const { return "a list of integers" + in_words(context.limits); }
  std::string accepts(const std::vector<double>*) const {
    return fewest_ends() == 2 ? "[lower, upper], or null" : "[lower] or [lower, upper], or null";
  }
  std::string accepts(const std::vector<std::string>*) const {
    return fmt::format("a list of {}, or null", fmt::join(context.row.words, ", "));
  }
  std::string accepts(const std::array<double, 3>*) const {
    return "a list of three numbers" + in_words(context.limits) + " (x, y, z)";
  }
  std::string accepts(const LabelSelection*) const {
    return context.dialect == Dialect::pyradiomics
               ? "an integer > 0"
               : "an integer > 0, a union such as 1+2, or all; of a mask with names also a name or a pattern";
  }
  std::string accepts(const Interpolator*) const { return one_of(interpolators) + ", a number in 1..10"; }
  std::string accepts(const std::string*) const { return named(); }
  std::string accepts(const WeightingNorm*) const {
    return context.row.words.empty() ? one_of(norms) + ", or null" : named();
  }
  std::string accepts(const ResegmentMode*) const { return one_of(modes); }
  std::string accepts(const DistanceWeighting*) const { return one_of(weightings); }
  std::string accepts(const IvhDiscretisation*) const { return one_of(ivh_discretisations); }
  std::string one_of(std::span<const Word> words) const {
    return fmt::format("one of {}", fmt::join(names_of(words, context.dialect), ", "));
  }
  std::string accepts(const std::vector<Sigma>*) const { return "a list of numbers" + in_words(context.limits); }
  std::string accepts(const FilterBoundary*) const { return one_of(boundaries); }
  std::string accepts(const FilterPooling*) const { return one_of(poolings); }
  std::string named() const {
    return context.row.in_words.empty() ? fmt::format("one of {}", fmt::join(context.row.words, ", "))
                                        : std::string(context.row.in_words);
  }

  // Written.
  Json write(bool value) const { return value; }
  Json write(int value) const { return value; }
  Json write(std::int64_t value) const { return value; }
  Json write(double value) const { return context.limits.whole ? Json(std::int64_t(value)) : Json(value); }
  template <class T>
  Json write(const std::optional<T>& value) const {
    return value ? write(*value) : Json(nullptr);
  }
  Json write(const std::vector<int>& value) const { return value; }
  Json write(const std::vector<double>& value) const { return value.empty() ? Json(nullptr) : Json(value); }
  Json write(const std::array<double, 3>& value) const { return value; }
  Json write(const LabelSelection& value) const {
    return !value.every_label && value.names.empty() && value.labels.size() == 1 ? Json(value.labels.front())
                                                                                 : Json(value.text());
  }
  Json write(const std::string& value) const { return value; }
  Json write(const std::vector<Sigma>& values) const {
    Json list = Json::array();
    for (const auto& sigma : values) list.push_back(sigma.whole ? Json(std::int64_t(sigma.mm)) : Json(sigma.mm));
    return list;
  }
  Json write(FilterBoundary value) const { return boundaries[int(value)].name; }
  Json write(FilterPooling value) const { return poolings[int(value)].name; }
  Json write(Interpolator value) const { return interpolators[int(value)].name; }
  Json write(WeightingNorm value) const { return norms[int(value)].name; }
  Json write(ResegmentMode value) const { return modes[int(value)].name; }
  Json write(DistanceWeighting value) const { return weightings[int(value)].name; }
  Json write(IvhDiscretisation value) const { return ivh_discretisations[int(value)].name; }
  Json write(const std::vector<std::string>& value) const { return value.empty() ? Json(nullptr) : Json(value); }

  // Schema.
  Json schema(const bool*) const {
    if (context.dialect == Dialect::pyradiomics) return Json{{"type", Json::array({"boolean", "null"})}};
    return Json{{"type", "boolean"}};
  }
  Json schema(const int*) const { return number_schema(context.limits, true); }
  Json schema(const std::int64_t*) const { return number_schema(context.limits, true); }
  Json schema(const double*) const { return number_schema(context.limits, false); }
  template <class T>
  Json schema(const std::optional<T>*) const {
    Json one = schema(static_cast<const T*>(nullptr));
    if (!context.row.words.empty())
      one = Json{{"anyOf", Json::array({std::move(one), Json{{"enum", context.row.words}}})}};
    return with_null(std::move(one));
  }
  Json schema(const std::vector<int>*) const {
    return Json{{"type", "array"}, {"items", number_schema(context.limits, true)}, {"minItems", 1}, {"maxItems", 1000}};
  }
  Json schema(const std::vector<double>*) const {
    return with_null(Json{{"type", "array"}, {"items", number_schema(context.limits, false)},
        {"minItems", fewest_ends()}, {"maxItems", 2}});
  }
  Json schema(const std::vector<std::string>*) const {
    return with_null(Json{{"type", "array"}, {"items", Json{{"enum", context.row.words}}}, {"minItems", 1},
        {"maxItems", context.row.words.size()}});
  }
  Json schema(const std::array<double, 3>*) const {
    return Json{{"type", "array"}, {"items", number_schema(context.limits, false)}, {"minItems", 3}, {"maxItems", 3}};
  }
  Json schema(const LabelSelection*) const {
    const Json one = number_schema(context.limits, true);
    if (context.dialect == Dialect::pyradiomics) return one;
    return Json{
        {"anyOf", Json::array({one,
                      Json{{"type", "string"},
                          {"pattern", "^(all|0*[1-9][0-9]*(\\+0*[1-9][0-9]*)*)$|^(?!(All|ALL)$).*[^0-9+., \\t-]"}}})}};
  }
  Json schema(const Interpolator*) const {
    return Json{{"anyOf",
        Json::array({enumeration(interpolators), Json{{"type", "integer"}, {"minimum", 1}, {"maximum", 10}}})}};
  }
  Json schema(const std::string*) const {
    if (context.row.takes) return Json{{"type", "string"}, {"pattern", "^([LES]3|[LESWR]5){2,3}$"}};
    return Json{{"enum", context.row.words}};
  }
  Json schema(const std::vector<Sigma>*) const {
    return with_null(Json{{"type", "array"}, {"items", number_schema(context.limits, false)}, {"maxItems", 1000}});
  }
  Json schema(const FilterBoundary*) const { return enumeration(boundaries); }
  Json schema(const FilterPooling*) const { return enumeration(poolings); }
  Json schema(const WeightingNorm*) const {
    return context.row.words.empty() ? with_null(enumeration(norms)) : Json{{"enum", context.row.words}};
  }
  Json schema(const ResegmentMode*) const { return enumeration(modes); }
  Json schema(const DistanceWeighting*) const { return enumeration(weightings); }
  Json schema(const IvhDiscretisation*) const { return enumeration(ivh_discretisations); }
  Json enumeration(std::span<const Word> words) const {
    auto names = names_of(words, Dialect::pyradiomics);
    if (context.dialect == Dialect::radloom)
      for (const auto name : names_of(words, Dialect::radloom))
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return Json{{"enum", names}};
  }
};

/// Calls f with a null pointer to the type a member has.
template <class F>
auto with_type(const Member& member, F&& f) {
  return std::visit(
      [&](const auto& m) {
        using T = std::decay_t<decltype(std::declval<Settings&>().*m)>;
        return f(static_cast<const T*>(nullptr));
      },
      member);
}

}  // namespace

std::span<const SettingRow> settings_table() { return table; }

const SettingRow* find_setting(std::string_view key, Dialect dialect) {
  if (key.empty()) return nullptr;
  for (const auto& row : table) {
    if (dialect == Dialect::pyradiomics && row.of_maps) continue;
    if (key == row.pyradiomics || (dialect == Dialect::radloom && key == row.name)) return &row;
  }
  return nullptr;
}

const SettingRow* find_voxel_setting(std::string_view key) {
  for (const auto& row : table)
    if (row.of_maps && key == row.pyradiomics) return &row;
  return nullptr;
}

std::vector<std::string> setting_keys(Dialect dialect) {
  std::vector<std::string> keys;
  for (const auto& row : table) {
    if (dialect == Dialect::pyradiomics && row.of_maps) continue;
    if (dialect == Dialect::radloom && !row.name.empty()) keys.emplace_back(row.name);
    if (!row.pyradiomics.empty() && row.pyradiomics != row.name) keys.emplace_back(row.pyradiomics);
    else if (dialect == Dialect::pyradiomics && !row.pyradiomics.empty()) keys.emplace_back(row.pyradiomics);
  }
  return keys;
}

std::string accepted(const SettingRow& row, Dialect dialect) {
  const Handler handler{{row, dialect, limits_of(row, dialect)}};
  return with_type(row.member, [&](const auto& type) { return handler.accepts(type); });
}

std::string read_setting(const SettingRow& row, const Value& value, Dialect dialect, Settings& settings) {
  if (value.is(Kind::null) && row.null_is_default && dialect == Dialect::pyradiomics) return {};
  const Handler handler{{row, dialect, limits_of(row, dialect)}};
  try {
    std::visit([&](const auto& member) { handler.read(settings.*member, value); }, row.member);
  } catch (const Refused& refused) {
    std::string problem = fmt::format("takes {}, not {}", accepted(row, dialect), value.shown());
    if (!refused.remark.empty()) problem += "; " + refused.remark;
    if (value.is(Kind::text) && (value.scalar == "None" || value.scalar == "none"))
      problem += "; YAML spells nothing null";
    return problem;
  }
  return {};
}

nlohmann::ordered_json setting_json(const SettingRow& row, const Settings& settings) {
  const Handler handler{{row, Dialect::radloom, row.limits}};
  return std::visit([&](const auto& member) -> Json { return handler.write(settings.*member); }, row.member);
}

nlohmann::ordered_json setting_schema(const SettingRow& row, Dialect dialect) {
  const Handler handler{{row, dialect, limits_of(row, dialect)}};
  Json schema = with_type(row.member, [&](const auto& type) { return handler.schema(type); });
  if (row.null_is_default && dialect == Dialect::pyradiomics) schema = with_null(std::move(schema));
  schema["description"] = row.doc;
  return schema;
}

Settings default_settings(Convention convention) {
  Settings settings;
  if (convention == Convention::ibsi) {
    settings.minimum_roi_dimensions = 0;
    settings.additional_info = false;
  }
  return settings;
}

}  // namespace radloom::config
