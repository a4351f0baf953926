#pragma once
// THE table of settings: one row each, which drives parsing of both kinds of files, --set, the effective configuration, the
// JSON Schema and every message.
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/value.hpp"
#include "radloom/config.hpp"

namespace radloom::config {

/// Whose rules hold: PyRadiomics' parameter files are read as PyRadiomics reads them; radloom's own files and --set also take
/// radloom's spellings, and refuse what PyRadiomics accepts to no effect.
enum class Dialect { radloom, pyradiomics };

/// Where a setting is kept. Its type says what values it takes, std::optional that null is one of them.
using Member = std::variant<bool Settings::*, int Settings::*, double Settings::*, std::int64_t Settings::*,
    std::optional<double> Settings::*, std::optional<int> Settings::*, std::optional<std::int64_t> Settings::*,
    std::vector<int> Settings::*, std::vector<double> Settings::*, std::optional<std::array<double, 3>> Settings::*,
    LabelSelection Settings::*, Interpolator Settings::*, std::optional<Interpolator> Settings::*,
    WeightingNorm Settings::*, ResegmentMode Settings::*, DistanceWeighting Settings::*, IvhDiscretisation Settings::*,
    std::vector<std::string> Settings::*, std::string Settings::*, std::vector<Sigma> Settings::*,
    FilterBoundary Settings::*, FilterPooling Settings::*>;

/// What a number may be.
struct Limits {
  std::optional<double> minimum;
  bool exclusive = false;
  std::optional<double> maximum;
  bool whole = false;  ///< an integer, though kept as a double
};

/// Where PyRadiomics lets an image type have its own value.
enum class PerImageType {
  honoured,     ///< it counts
  without_use,  ///< accepted, and of no effect
  refused,      ///< it counts there in a way that is not built: another region for one image type
};

struct SettingRow {
  std::string_view name;         ///< "bin_width"
  std::string_view pyradiomics;  ///< "binWidth"; empty for radloom's own
  Member member;
  Limits limits;
  PerImageType per_image_type;
  std::string_view doc;
  std::optional<double> pyradiomics_minimum = {};  ///< where PyRadiomics asks for more than radloom
  bool null_is_default = false;  ///< PyRadiomics takes null and does not look at it unless another setting makes it
  std::span<const std::string_view> words = {};  ///< of a text: what it may be
  bool ibsi_only = false;                        ///< has no meaning in the pyradiomics convention
  bool (*takes)(std::string_view) = nullptr;     ///< instead of words: whether a text may be it
  std::string_view in_words = {};  ///< what a text may be, where the words would be many or there are none
  /// Of voxel-based maps alone: it stands below voxelSetting in a PyRadiomics file, and in the effective configuration where it is not
  /// the default.
  bool of_maps = false;
};

/// The rows, in the order in which they are listed and written.
std::span<const SettingRow> settings_table();

/// The row a key means in a dialect, or null.
const SettingRow* find_setting(std::string_view key, Dialect dialect);
/// The row a key below PyRadiomics' voxelSetting means, or null.
const SettingRow* find_voxel_setting(std::string_view key);
/// The keys a dialect takes, for messages.
std::vector<std::string> setting_keys(Dialect dialect);

/// Reads a value into the setting. Returns what is wrong with it, to be prefixed with the place and the key, or nothing.
std::string read_setting(const SettingRow& row, const Value& value, Dialect dialect, Settings& settings);
/// What a dialect accepts, in words: "a number > 0".
std::string accepted(const SettingRow& row, Dialect dialect);
/// The value in force, as radloom's own files write it.
nlohmann::ordered_json setting_json(const SettingRow& row, const Settings& settings);
/// The JSON Schema of the value.
nlohmann::ordered_json setting_schema(const SettingRow& row, Dialect dialect);

/// The settings before anything is said. In the ibsi convention no region is too small: what has no value becomes null with a
/// reason, so the minimum of dimensions is 0; and diagnostics are left out, which need all of the image.
Settings default_settings(Convention convention);

}  // namespace radloom::config
