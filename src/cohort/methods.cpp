#include "cohort/methods.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "config/settings_table.hpp"
#include "radloom/engine.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

using Strings = std::vector<std::string>;

/// A setting in the word of its table.
std::string word(std::string_view key, const Settings& settings) {
  const auto* row = config::find_setting(key, config::Dialect::radloom);
  const auto json = config::setting_json(*row, settings);
  return json.is_string() ? json.get<std::string>() : json.dump();
}

/// "a", "a and b", "a, b and c"
std::string listed(const Strings& words, const char* last = "and") {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? fmt::format(" {} ", last) : ", ") + words[i];
  return text;
}

std::string counted(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string interpolation_name(Interpolator interpolator) {
  switch (interpolator) {
    case Interpolator::nearest: return "nearest-neighbour";
    case Interpolator::linear: return "linear";
    case Interpolator::bspline: return "cubic B-spline";
    default: break;
  }
  Settings settings;
  settings.interpolator = interpolator;
  std::string name = word("interpolator", settings);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string software(const Config& config, const std::vector<RunFile>& runs) {
  const std::string version = runs.empty() ? std::string(radloom::version()) : runs[0].version;
  const int numerics = runs.empty() ? numerics_version() : runs[0].numerics;
  std::string text = fmt::format("Radiomic features were computed with radloom {} (numerics {})", version, numerics);
  text +=
      config.convention == Convention::ibsi
          ? " in its ibsi convention, which follows the reference manual of the Image Biomarker Standardisation Initiative (IBSI) [1, 2]."
          : " in its pyradiomics convention, which has the names, definitions and values of PyRadiomics 3.0.1 [3].";
  if (!runs.empty()) {
    Strings devices;
    for (const auto& run : runs)
      if (std::find(devices.begin(), devices.end(), run.device) == devices.end()) devices.push_back(run.device);
    text += fmt::format(" It was computed on {}.", listed(devices));
  }
  return text + fmt::format(" The configuration has the digest {}.", config.digest);
}

std::string cohort(const std::vector<RunFile>& runs) {
  RunFile sum = runs[0];
  std::size_t unfinished = sum.state != "complete";
  for (std::size_t i = 1; i < runs.size(); ++i) {
    sum.cases += runs[i].cases;
    sum.ok += runs[i].ok;
    sum.partial += runs[i].partial;
    sum.failed += runs[i].failed;
    unfinished += runs[i].state != "complete";
  }
  std::string text = fmt::format("Of {} (manifest of SHA-256 {}), {} whole", counted(sum.cases, "case", "cases"),
      sum.manifest_sha256, sum.ok == 1 ? "1 was computed" : fmt::format("{} were computed", sum.ok));
  text += fmt::format(", {} in part and {} not at all.", sum.partial, sum.failed);
  if (runs.size() > 1) text += fmt::format(" The cohort was computed in {} parts.", runs.size());
  else if (!sum.inputs_sha256.empty())
    text += fmt::format(" The digest of all images and masks read is {}.", sum.inputs_sha256);
  const auto parts = std::size_t(runs[0].shard.count);
  if (runs.size() < parts)
    text += fmt::format(" NOT FINISHED: {} of {} {} here; these figures are not final.", runs.size(),
        counted(parts, "part", "parts"), runs.size() == 1 ? "is" : "are");
  if (unfinished)
    text += fmt::format(" NOT FINISHED: {} of {} stopped before {} end; these figures are not final.",
        counted(unfinished, "part", "parts"), runs.size(), unfinished == 1 ? "its" : "their");
  return text;
}

std::string regions(const Settings& s) {
  std::string text =
      !s.label.names.empty() ? fmt::format("The regions of interest were the structures named '{}'", s.label.text())
      : s.label.every_label  ? "Each label of a mask was a region of interest of its own."
      : s.label.labels.size() == 1 ? fmt::format("The region of interest was label {} of the mask", s.label.text())
                                   : fmt::format("The region of interest was the union of labels {} of the mask",
                                         fmt::join(s.label.labels, ", "));
  if (!s.label.every_label) text += ", unless the manifest names another.";
  text += s.correct_mask ? " A mask on another grid than its image was resampled to it by nearest neighbour."
                         : fmt::format(" Image and mask shared their grid (tolerance {}).", s.geometry_tolerance);
  Strings least;
  if (s.minimum_roi_dimensions > 1)
    least.push_back(fmt::format("extent in fewer than {} dimensions", s.minimum_roi_dimensions));
  if (s.minimum_roi_size) least.push_back(fmt::format("no more than {} voxels", *s.minimum_roi_size));
  if (!least.empty()) text += fmt::format(" Regions of {} were refused.", listed(least, "or"));
  return text;
}

/// The spacing, where images are resampled at all.
std::string resampling(const Config& config) {
  const Settings& s = config.settings;
  const bool ibsi = config.convention == Convention::ibsi;
  if (!s.interpolator || !s.resampled_spacing_mm)
    return "Images and masks were not interpolated: features were computed on the grid as stored.";
  Strings sizes;
  bool kept = false;
  for (const double spacing : *s.resampled_spacing_mm) {
    sizes.push_back(spacing > 0 ? fmt::format("{}", spacing) : "as stored");
    kept = kept || !(spacing > 0);
  }
  std::string text = fmt::format("Images were resampled to a voxel spacing of {} mm (x, y, z{}) by {} interpolation",
      fmt::join(sizes, " x "), kept ? "; an axis as stored is not interpolated" : "",
      interpolation_name(*s.interpolator));
  if (!ibsi) return text + ", on PyRadiomics' grid; masks by nearest neighbour.";
  text += ", on a grid whose centre is that of the image";
  if (s.antialias)
    text +=
        fmt::format(", after smoothing by a Gaussian of {} new voxels along axes that lose resolution", *s.antialias);
  text += s.round_intensities ? "; interpolated intensities were rounded to whole numbers." : ".";
  text += fmt::format(" Masks were resampled by {} interpolation", interpolation_name(s.mask_interpolator));
  if (s.mask_interpolator != Interpolator::nearest)
    text += fmt::format("; voxels with a partial volume of {} or more belong to the region", s.mask_threshold);
  return text + '.';
}

std::string intensities(const Config& config) {
  const Settings& s = config.settings;
  std::string text;
  if (s.suv != "none")
    text += fmt::format(
        "Intensities of PET are standardised uptake values by {}, decay corrected as the DICOM header states. ",
        s.suv == "bw"    ? "body weight"
        : s.suv == "bsa" ? "body surface area"
                         : "lean body mass (Janmahasatian)");
  if (s.round_input) text += "Intensities were rounded to whole numbers as they were read. ";
  if (s.normalize) {
    text += fmt::format("Each image was normalised to mean 0 and standard deviation {}", s.normalize_scale);
    if (s.remove_outliers) text += fmt::format(", clipped at {} standard deviations", *s.remove_outliers);
    text += ". ";
  }
  return text + resampling(config);
}

std::string resegmentation(const Settings& s) {
  Strings parts;
  if (!s.resegment_range.empty()) {
    const std::string range = s.resegment_range.size() == 1
                                  ? fmt::format("of at least {}", s.resegment_range[0])
                                  : fmt::format("in [{}, {}]", s.resegment_range[0], s.resegment_range[1]);
    const char* unit = s.resegment_mode == ResegmentMode::absolute ? ""
                       : s.resegment_mode == ResegmentMode::relative
                           ? " (as fractions of the region's maximum)"
                           : " (in standard deviations around the region's mean)";
    parts.push_back(fmt::format("intensities {}{}", range, unit));
  }
  if (s.resegment_outliers)
    parts.push_back(fmt::format("intensities within {} standard deviations of the mean", *s.resegment_outliers));
  if (parts.empty()) return "Regions were not re-segmented.";
  return fmt::format("Regions were re-segmented to {}; shape features were computed {} re-segmentation.",
      listed(parts, "and then"), s.resegment_shape ? "after" : "before");
}

std::string bins_of(const Settings& s, Convention convention) {
  if (s.bin_count) return fmt::format("a fixed number of {} bins (FBN)", *s.bin_count);
  const bool from_range =
      convention == Convention::ibsi && !s.resegment_range.empty() && s.resegment_mode == ResegmentMode::absolute;
  return fmt::format("bins of a fixed width of {} (FBS), {}", s.bin_width,
      convention == Convention::pyradiomics ? "whose edges are multiples of the width"
      : from_range ? "from the lower end of the re-segmentation range (derived images: from the region's minimum)"
                   : "from the region's minimum");
}

bool asks_for(const Config& config, Family family) {
  return std::any_of(config.families.begin(), config.families.end(), [&](const auto& f) { return f.family == family; });
}

std::string discretisation(const Config& config) {
  std::string text = fmt::format("Intensities were discretised into {}", bins_of(config.settings, config.convention));
  for (const auto& type : config.image_types)
    if (type.settings.bin_count != config.settings.bin_count || type.settings.bin_width != config.settings.bin_width)
      text += fmt::format("; those of {} into {}", type.name, bins_of(type.settings, config.convention));
  text += '.';
  const Settings& s = config.settings;
  if (config.convention == Convention::ibsi && asks_for(config, Family::ivh)) {
    text += " Intensity-volume histograms are of ";
    text += s.ivh_discretisation == IvhDiscretisation::none             ? "the intensities as they are."
            : s.ivh_discretisation == IvhDiscretisation::fixed_bin_size ? fmt::format("bins {} wide.", s.ivh_bin_width)
                                                                        : fmt::format("{} bins.", s.ivh_bin_count);
  }
  return text;
}

/// One image type with what makes it.
std::string image_type(const ImageTypeRequest& type, const Config& config) {
  const Settings& s = type.settings;
  const bool ibsi = config.convention == Convention::ibsi;
  const auto& name = type.name;
  const bool standard_filter = name == "Mean" || name == "Laws" || name == "Gabor" || name == "Simoncelli" ||
                               name == "Riesz" || (ibsi && (name == "LoG" || name == "Wavelet"));
  Strings widths;
  for (const auto& sigma : s.log_sigma_mm) widths.push_back(fmt::format("{}", sigma.mm));
  const std::string levels = s.wavelet_levels == 1 ? fmt::format("level {}", s.wavelet_start_level + 1)
                                                   : fmt::format("levels {} to {}", s.wavelet_start_level + 1,
                                                         s.wavelet_start_level + s.wavelet_levels);
  std::string text;
  if (name == "Original") return "the image itself";
  if (name == "Wavelet")
    text = fmt::format("{} wavelet sub-bands ({}, {})", ibsi ? "separable" : "stationary", s.wavelet, levels);
  else if (name == "LoG") {
    text = fmt::format("Laplacian of Gaussian (sigma {} mm", fmt::join(widths, ", "));
    text += ibsi ? fmt::format(", cut off at {} sigma)", s.log_cutoff_sigmas) : ")";
  } else if (name == "Gradient")
    text = fmt::format("gradient magnitude ({})", s.gradient_use_spacing ? "per mm" : "per voxel");
  else if (name == "LBP2D")
    text = fmt::format("local binary patterns in the slice (radius {}, {} samples, {})", s.lbp2d_radius,
        s.lbp2d_samples, s.lbp2d_method);
  else if (name == "LBP3D")
    text = fmt::format("local binary patterns in three dimensions ({} degrees, radius {}, {} subdivisions)",
        s.lbp3d_levels, s.lbp3d_icosphere_radius, s.lbp3d_icosphere_subdivision);
  else if (name == "Mean") text = fmt::format("mean filter ({} voxels)", s.mean_support);
  else if (name == "Laws")
    text = fmt::format("Laws kernels {}{}", s.laws_kernels,
        s.laws_energy_delta ? fmt::format(" (energy, Chebyshev distance {} voxels)", *s.laws_energy_delta) : "");
  else if (name == "Gabor")
    text = fmt::format("Gabor filter (sigma {} mm, wavelength {} mm, gamma {}, {})", s.gabor_sigma_mm,
        s.gabor_lambda_mm, s.gabor_gamma,
        s.gabor_theta_step_deg ? fmt::format("orientations every {} degrees, pooled", *s.gabor_theta_step_deg)
                               : fmt::format("orientation {} degrees", s.gabor_theta_deg));
  else if (name == "Simoncelli") text = fmt::format("Simoncelli wavelet ({})", levels);
  else if (name == "Riesz")
    text = fmt::format("Riesz transform of order ({}) of {}", fmt::join(s.riesz_order, ", "),
        s.riesz_filter == "LoG" ? fmt::format("Laplacian of Gaussian (sigma {} mm)", fmt::join(widths, ", "))
                                : fmt::format("Simoncelli wavelets ({})", levels));
  else if (name == "SquareRoot") text = "square root of the intensities";
  else if (name == "Square") text = "square of the intensities";
  else if (name == "Logarithm") text = "logarithm of the intensities";
  else if (name == "Exponential") text = "exponential of the intensities";
  else text = name;
  if (standard_filter) {
    Strings how{s.force_2d ? "in 2D" : "in 3D"};
    if (name != "Simoncelli" && name != "Riesz") how.push_back(fmt::format("boundary {}", word("filter_boundary", s)));
    if (s.filter_rotation_invariant)
      how.push_back(fmt::format("rotation invariant, {} pooling", word("filter_pooling", s)));
    text += fmt::format(" [{}]", fmt::join(how, ", "));
  }
  return text;
}

std::string image_types(const Config& config) {
  Strings types;
  for (const auto& type : config.image_types) types.push_back(image_type(type, config));
  std::string text = fmt::format("Features were computed of {}.", listed(types));
  if (types.size() > 1)
    text += config.convention == Convention::ibsi
                ? " Filters follow the IBSI's second chapter [2] where it has them, and act after interpolation."
                : " Derived images are PyRadiomics' and are made after resampling.";
  return text;
}

const char* long_name(std::string_view family) {
  constexpr std::pair<std::string_view, const char*> names[] = {{"morph", "morphology"}, {"loc_int", "local intensity"},
      {"stat", "intensity-based statistics"}, {"ih", "intensity histogram"}, {"ivh", "intensity-volume histogram"},
      {"glcm", "grey level co-occurrence matrix"}, {"glrlm", "grey level run length matrix"},
      {"glszm", "grey level size zone matrix"}, {"gldzm", "grey level distance zone matrix"},
      {"ngtdm", "neighbourhood grey tone difference matrix"}, {"ngldm", "neighbouring grey level dependence matrix"},
      {"firstorder", "first-order statistics"}, {"shape", "shape"}, {"shape2D", "shape in the slice"},
      {"gldm", "grey level dependence matrix"}};
  for (const auto& [name, text] : names)
    if (name == family) return text;
  return "";
}

/// "3d_avg" in words.
const char* aggregation_text(std::string_view suffix) {
  constexpr std::pair<std::string_view, const char*> words[] = {
      {"2d_avg", "by slice and direction, averaged (2D, BTW3)"},
      {"2d_mrg", "by slice, directions merged, slices averaged (2D, SUJT)"},
      {"25d_avg", "by direction, slices merged, directions averaged (2.5D, JJUI)"},
      {"25d_mrg", "all slices and directions merged (2.5D, ZW7Z)"},
      {"3d_avg", "by direction in three dimensions, averaged (3D, ITBB)"},
      {"3d_mrg", "directions in three dimensions merged (3D, IAZD)"}, {"2d", "by slice, averaged (2D, 8QNN)"},
      {"25d", "slices merged (2.5D, 62GR)"}, {"3d", "in three dimensions (3D, KOBO)"}};
  for (const auto& [name, text] : words)
    if (name == suffix) return text;
  return "";
}

std::string families(const Config& config) {
  const bool ibsi = config.convention == Convention::ibsi;
  const auto all = columns(config);
  Strings order, ways;
  std::map<std::string, std::size_t> counts;
  std::size_t standard = 0;
  for (const auto& column : all) {
    const std::string family(ibsi ? column.feature->ibsi_family : family_name(column.feature->family));
    if (!counts[family]++) order.push_back(family);
    standard += !column.feature->ibsi.empty();
    const std::string way = aggregation_text(column.aggregation.suffix);
    if (!way.empty() && std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(way);
  }
  Strings parts;
  for (const auto& family : order)
    parts.push_back(fmt::format("{} of {} ({})", counts[family], long_name(family), family));
  std::string text = fmt::format("{} a region: {}.", counted(all.size(), "feature", "features"), listed(parts));
  text += fmt::format(" {} of them carry an identifier of the IBSI (radloom catalog lists them).", standard);
  const Settings& s = config.settings;
  if (ibsi && !ways.empty()) text += fmt::format(" Texture matrices were aggregated {}.", listed(ways));
  Strings distances;
  for (const int d : s.distances) distances.push_back(fmt::format("{}", d));
  Strings texture{fmt::format("Chebyshev distance of neighbours {}", listed(distances))};
  if (s.force_2d)
    texture.push_back(fmt::format("neighbours within slices across {} only", s.force_2d_dimension == 0   ? "z"
                                                                             : s.force_2d_dimension == 1 ? "y"
                                                                                                         : "x"));
  texture.push_back(s.symmetrical_glcm ? "symmetric co-occurrence" : "asymmetric co-occurrence");
  texture.push_back(fmt::format("coarseness of dependence {}", s.gldm_a));
  if (ibsi && s.distance_weighting != DistanceWeighting::none)
    texture.push_back(
        fmt::format("{} distance weighting ({} norm)", word("distance_weighting", s), word("distance_norm", s)));
  if (!ibsi)
    texture.push_back(s.weighting_norm == WeightingNorm::per_direction
                          ? std::string("features of directions averaged")
                          : fmt::format("directions merged with weights of the norm {}", word("weighting_norm", s)));
  text += fmt::format(" Settings of texture: {}.", fmt::join(texture, "; "));
  if (!ibsi && s.voxel_array_shift != 0)
    text += fmt::format(" Energies were computed of intensities shifted by {}.", s.voxel_array_shift);
  return text;
}

std::string references(const Config& config) {
  std::string text =
      "[1] Zwanenburg A, Vallières M, et al. The Image Biomarker Standardization Initiative: standardized quantitative radiomics for "
      "high-throughput image-based phenotyping. Radiology 2020;295:328-338. doi:10.1148/radiol.2020191145\n"
      "[2] Whybra P, Zwanenburg A, et al. The Image Biomarker Standardization Initiative: standardized convolutional filters for "
      "reproducible radiomics and enhanced clinical insights. Radiology 2024;310:e231319. doi:10.1148/radiol.231319\n";
  if (config.convention == Convention::pyradiomics)
    text +=
        "[3] van Griethuysen JJM, et al. Computational radiomics system to decode the radiographic phenotype. Cancer Res "
        "2017;77:e104-e107. doi:10.1158/0008-5472.CAN-17-0339\n";
  return text;
}

}  // namespace

std::string methods_text(const Config& config, const std::vector<RunFile>& runs) {
  Strings paragraphs{software(config, runs)};
  if (!runs.empty()) paragraphs.push_back(cohort(runs));
  paragraphs.push_back(regions(config.settings));
  paragraphs.push_back(intensities(config));
  paragraphs.push_back(resegmentation(config.settings) + ' ' + discretisation(config));
  paragraphs.push_back(image_types(config));
  paragraphs.push_back(families(config));
  paragraphs.push_back(
      "For the author to add, as the IBSI's reporting guideline asks: patients and selection; scanners, protocols and "
      "reconstruction; conversion of intensities (such as SUV) before the images were stored; who or what drew the regions, and how well "
      "that agrees; what features were used for.");
  return fmt::format("{}\n\n{}", fmt::join(paragraphs, "\n\n"), references(config));
}

std::string methods_text(const std::filesystem::path& folder) {
  std::vector<RunFile> runs;
  for (const auto& path : run_files_in(folder)) {
    runs.push_back(read_run_file(path));
    if (runs.back().config_digest != runs[0].config_digest || runs.back().manifest_sha256 != runs[0].manifest_sha256 ||
        runs.back().version != runs[0].version || runs.back().shard.count != runs[0].shard.count)
      throw Error(ErrorCode::usage,
          fmt::format("{}: its run files are of different runs; delete what an earlier one left", folder.string()));
  }
  return methods_text(parse_config(runs[0].config_json, folder.string()), runs);
}

}  // namespace radloom::cohort
