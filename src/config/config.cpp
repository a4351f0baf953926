#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "catalogue/image_types.hpp"
#include "catalogue/lookup.hpp"
#include "config/nearest.hpp"
#include "config/presets.hpp"
#include "config/settings_table.hpp"
#include "config/value.hpp"
#include "config/vocabulary.hpp"
#include "core/sha256.hpp"
#include "radloom/config.hpp"

namespace radloom {
namespace config {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Value::Kind;

/// Reads one file into one Config. Every message starts with the source, the line where there is one, and the path of the key.
class Reader {
 public:
  Reader(std::string source, Dialect dialect) : source_(std::move(source)), dialect_(dialect) {}

  Config config;
  /// Settings an image type has of its own, applied over the global ones once those are final.
  struct Override {
    std::size_t image_type;
    const SettingRow* row;
    Value value;
    std::string path;
    Dialect dialect;
  };
  std::vector<Override> overrides;
  bool families_given = false;

  [[noreturn]] void fail(
      int line, const std::string& path, const std::string& problem, ErrorCode code = ErrorCode::config_invalid) const {
    const std::string place = line > 0 ? fmt::format("{}:{}", source_, line) : source_;
    throw Error(
        code, path.empty() ? fmt::format("{}: {}", place, problem) : fmt::format("{}: {}: {}", place, path, problem));
  }

  const Value& need_map(const Value& value, const std::string& path) const {
    if (!value.is(Kind::map)) fail(value.line, path, fmt::format("takes a mapping, not {}", value.shown()));
    return value;
  }

  /// The row of a key below `path`.
  const SettingRow& row_of(const std::string& key, int line, const std::string& path) const {
    const SettingRow* row = find_setting(key, dialect_);
    if (!row)
      fail(line, path, fmt::format("unknown setting {}{}", quoted(key), did_you_mean(key, setting_keys(dialect_))));
    return *row;
  }

  void apply(const SettingRow& row, const std::string& key, const Value& value, const std::string& path,
      Settings& settings) const {
    const std::string problem = read_setting(row, value, dialect_, settings);
    if (!problem.empty()) fail(value.line, path.empty() ? key : path + "." + key, problem);
  }

  void read_settings(const Value& map, const std::string& path) {
    std::vector<std::pair<const SettingRow*, std::string>> seen;
    for (const auto& [key, value] : need_map(map, path).fields) {
      const SettingRow& row = row_of(key, value.line, path);
      for (const auto& [other, name] : seen)
        if (other == &row)
          fail(value.line, path, fmt::format("{} and {} are the same setting; keep one of them", name, key));
      seen.emplace_back(&row, key);
      apply(row, key, value, path, config.settings);
    }
  }

  void add_image_type(const std::string& name, int line, const std::string& path) {
    std::vector<std::string> types;
    for (const auto& row : image_types())
      if (dialect_ == Dialect::radloom || row.in_pyradiomics) types.emplace_back(row.name);
    if (std::find(types.begin(), types.end(), name) == types.end())
      fail(line, path,
          fmt::format("unknown image type {}{}; there are {}", quoted(name), did_you_mean(name, types),
              fmt::join(types, ", ")));
    for (const auto& other : config.image_types)
      if (other.name == name) fail(line, path, fmt::format("the image type {} is named twice", name));
    config.image_types.push_back({name, {}});
  }

  void read_image_types(const Value& value, const std::string& path) {
    if (value.is(Kind::list) && dialect_ == Dialect::radloom) {
      for (const auto& item : value.items) {
        if (!item.is(Kind::text))
          fail(item.line, path, fmt::format("takes names of image types, not {}", item.shown()));
        add_image_type(item.scalar, item.line, path);
      }
      if (value.items.empty()) fail(value.line, path, "names no image type; leave it out for Original");
      return;
    }
    for (const auto& [name, own] : need_map(value, path).fields) {
      add_image_type(name, own.line, path);
      const std::string below = path + "." + name;
      if (own.is(Kind::null) && dialect_ == Dialect::radloom) continue;
      if (own.is(Kind::null))
        fail(own.line, below, "takes a mapping, not null; write {} where there is nothing to set");
      for (const auto& [key, setting] : need_map(own, below).fields) read_override(key, setting, below);
    }
  }

  void read_override(const std::string& key, const Value& value, const std::string& path) {
    const SettingRow& row = row_of(key, value.line, path);
    Settings scratch = config.settings;
    apply(row, key, value, path, scratch);
    if (row.per_image_type == PerImageType::refused)
      fail(value.line, path, fmt::format("{} cannot differ between image types; set it once for all", key),
          ErrorCode::config_unsupported);
    if (row.per_image_type == PerImageType::without_use) {
      if (dialect_ == Dialect::radloom)
        fail(value.line, path,
            fmt::format(
                "{} acts before image types are derived, so it cannot differ between them; set it below settings",
                key));
      config.warnings.push_back(
          fmt::format("{}: {}.{} has no effect, here as in PyRadiomics: it acts before image types are derived",
              source_, path, key));
      return;
    }
    overrides.push_back({config.image_types.size() - 1, &row, value, path + "." + key, dialect_});
  }

  void read_families(const Value& value, const std::string& path) {
    families_given = true;
    config.families.clear();
    if (value.is(Kind::list) && dialect_ == Dialect::radloom) {
      for (const auto& item : value.items) {
        if (!item.is(Kind::text)) fail(item.line, path, fmt::format("takes names of families, not {}", item.shown()));
        add_family(item.scalar, Value{}, item.line, path);
      }
    } else {
      for (const auto& [name, wanted] : need_map(value, path).fields) add_family(name, wanted, wanted.line, path);
    }
    if (!value.items.empty() || !value.fields.empty()) return;
    if (dialect_ == Dialect::radloom) fail(value.line, path, "names no family; leave it out for all of them");
    families_given = false;  // PyRadiomics takes an empty mapping for all
  }

  void add_family(const std::string& name, const Value& wanted, int line, const std::string& path) {
    auto families = find_family(name);
    // Of ih, which is a part of one of PyRadiomics' and a family of its own, the pyradiomics convention has the part.
    const bool theirs = config.convention == Convention::pyradiomics;
    const auto has_class = [](const FamilyName& f) { return is_pyradiomics_class(f.family); };
    if (theirs && std::any_of(families.begin(), families.end(), has_class))
      std::erase_if(families, std::not_fn(has_class));
    if (families.empty() || (dialect_ == Dialect::pyradiomics && !families[0].ibsi_family.empty())) {
      const auto names = family_keys(dialect_);
      fail(line, path,
          fmt::format(
              "unknown family {}{}; there are {}", quoted(name), did_you_mean(name, names), fmt::join(names, ", ")));
    }
    const std::string below = path + "." + name;
    if (!wanted.is(Kind::null) && !wanted.is(Kind::list))
      fail(wanted.line, below,
          fmt::format("takes a list of features, or nothing for all of them, not {}", wanted.shown()));
    std::vector<std::vector<std::string>> chosen(families.size());
    for (const auto& item : wanted.items) add_feature(families, item, below, chosen);
    for (std::size_t i = 0; i < families.size(); ++i) {
      const auto& [family, ibsi_family] = families[i];
      if (!wanted.items.empty() && chosen[i].empty()) continue;  // retired features, or those of the other family
      // One of the standard's families may be a part of one of PyRadiomics'; then its features are named.
      const auto rows = features(family);
      const auto belongs = [&, part = std::string_view(ibsi_family)](const auto& row) {
        return part.empty() || (row.ibsi_family == part && !(theirs && row.pyradiomics.empty()));
      };
      if (wanted.items.empty() && !std::all_of(rows.begin(), rows.end(), belongs))
        for (const auto& row : rows)
          if (belongs(row)) chosen[i].emplace_back(own_name(row));
      merge_family(family, std::move(chosen[i]), families.size() > 1, line, path);
    }
  }

  void add_feature(const std::vector<FamilyName>& families, const Value& item, const std::string& path,
      std::vector<std::vector<std::string>>& chosen) {
    // "10" or "true" cannot be a feature's name, but the standard has names that start with a digit, so only words are looked up.
    for (std::size_t i = 0; i < families.size(); ++i) {
      const auto& family = families[i];
      const FeatureDefinition* row = item.is(Kind::text) ? find_feature(family.family, item.scalar) : nullptr;
      const bool spelled = row && (dialect_ == Dialect::radloom || row->pyradiomics == item.scalar);
      if (!spelled || (!family.ibsi_family.empty() && row->ibsi_family != family.ibsi_family)) continue;
      if (std::find(chosen[i].begin(), chosen[i].end(), own_name(*row)) == chosen[i].end())
        chosen[i].emplace_back(own_name(*row));
      return;
    }
    for (const auto& retired : retired_features())
      if (retired.family == families[0].family && item.is(Kind::text) && item.scalar == retired.pyradiomics) {
        if (dialect_ == Dialect::radloom)
          fail(item.line, path,
              fmt::format("{} was retired by PyRadiomics, since {}; leave it out", item.scalar, retired.instead));
        config.warnings.push_back(fmt::format("{}: {}.{} makes no column, here as in PyRadiomics, which retired it: {}",
            source_, path, item.scalar, retired.instead));
        return;
      }
    std::vector<std::string> names;
    for (const auto& family : families)
      for (const auto& other : features(family.family)) {
        if (!family.ibsi_family.empty() && other.ibsi_family != family.ibsi_family) continue;
        if (!other.pyradiomics.empty()) names.emplace_back(other.pyradiomics);
        if (dialect_ == Dialect::radloom && !other.ibsi_feature.empty()) names.emplace_back(other.ibsi_feature);
      }
    const std::string shown = item.is(Kind::list) || item.is(Kind::map) ? item.shown() : quoted(item.scalar);
    fail(item.line, path,
        fmt::format("unknown feature {}{}; radloom catalog lists them", shown, did_you_mean(item.scalar, names)));
  }

  /// stat and ih are both parts of firstorder: a second one adds to it. `part`: ih, whose share of firstorder may be there already.
  void merge_family(Family family, std::vector<std::string> chosen, bool part, int line, const std::string& path) {
    for (auto& request : config.families) {
      if (request.family != family) continue;
      if (part && request.features.empty() && !chosen.empty()) return;
      if (request.features.empty() || chosen.empty())
        fail(line, path, fmt::format("the family {} is named twice", family_name(family)));
      for (auto& name : chosen)
        if (std::find(request.features.begin(), request.features.end(), name) == request.features.end())
          request.features.push_back(std::move(name));
      return;
    }
    config.families.push_back({family, std::move(chosen)});
  }

  void read_pyradiomics(const Value& root) {
    for (const auto& [key, value] : root.fields) {
      if (key == "setting") read_settings(value, key);
      else if (key == "imageType") read_image_types(value, key);
      else if (key == "featureClass") read_families(value, key);
      else if (key == "voxelSetting") read_voxel_settings(value);
      else fail_unknown_part(key, value.line, pyradiomics_parts());
    }
  }

  void read_voxel_settings(const Value& value) {
    const auto& known = voxel_settings();
    for (const auto& [key, setting] : need_map(value, "voxelSetting").fields) {
      const SettingRow* row = find_voxel_setting(key);
      if (!row)
        fail(setting.line, "voxelSetting", fmt::format("unknown setting {}{}", quoted(key), did_you_mean(key, known)));
      apply(*row, key, setting, "voxelSetting", config.settings);
    }
  }

  void read_radloom(const Value& root) {
    for (const auto& [key, value] : root.fields) {
      if (key == "settings") {
        if (!value.is(Kind::null)) read_settings(value, key);
      } else if (key == "image_types") {
        if (!value.is(Kind::null)) read_image_types(value, key);
      } else if (key == "families") {
        if (!value.is(Kind::null)) read_families(value, key);
      } else if (key == "schema") {
        if (!value.is(Kind::text) || value.scalar != schema_name)
          fail(value.line, key, fmt::format("takes {}, not {}", schema_name, value.shown()));
      } else if (key != "convention") {
        if (find_setting(key, Dialect::radloom))
          fail(value.line, "", fmt::format("{} is a setting; put it below settings", quoted(key)));
        fail_unknown_part(key, value.line, radloom_parts());
      }
    }
  }

  [[noreturn]] void fail_unknown_part(const std::string& key, int line, const std::vector<std::string>& known) const {
    fail(line, "",
        fmt::format("unknown key {}{}; there are {}", quoted(key), did_you_mean(key, known), fmt::join(known, ", ")));
  }

  const std::string& source() const { return source_; }

 private:
  std::string source_;
  Dialect dialect_;
};

/// Which kind of file this is, by its keys. An empty mapping is radloom's own: all defaults.
Dialect dialect_of(const Value& root, const std::string& source) {
  const auto holds_any = [&](const std::vector<std::string>& parts) {
    return std::find_if(root.fields.begin(), root.fields.end(),
        [&](const auto& field) { return std::find(parts.begin(), parts.end(), field.key) != parts.end(); });
  };
  const auto theirs = holds_any(pyradiomics_parts()), ours = holds_any(radloom_parts());
  if (theirs != root.fields.end() && ours != root.fields.end())
    throw Error(ErrorCode::config_invalid,
        fmt::format(
            "{}:{}: '{}' belongs to a PyRadiomics parameter file and '{}' to a radloom configuration; write one of the two",
            source, std::max(theirs->value.line, ours->value.line), theirs->key, ours->key));
  if (theirs == root.fields.end() && ours == root.fields.end() && !root.fields.empty()) {
    std::vector<std::string> parts = radloom_parts();
    for (const auto& part : pyradiomics_parts()) parts.push_back(part);
    const auto& [key, value] = root.fields.front();
    if (find_setting(key, Dialect::radloom))
      throw Error(ErrorCode::config_invalid,
          fmt::format("{}:{}: {} is a setting; put it below 'settings'", source, value.line, quoted(key)));
    throw Error(ErrorCode::config_invalid,
        fmt::format("{}:{}: unknown key {}{}; a radloom configuration has {}, a PyRadiomics parameter file {}", source,
            value.line, quoted(key), did_you_mean(key, parts), fmt::join(radloom_parts(), ", "),
            fmt::join(pyradiomics_parts(), ", ")));
  }
  return theirs != root.fields.end() ? Dialect::pyradiomics : Dialect::radloom;
}

Convention convention_of(const Value& root, Dialect dialect, const std::string& source, const ConfigRequest& request) {
  Convention convention = dialect == Dialect::pyradiomics ? Convention::pyradiomics : Convention::ibsi;
  if (const Value* named = dialect == Dialect::radloom ? root.find("convention") : nullptr) {
    if (named->is(Kind::text) && named->scalar == convention_name(Convention::pyradiomics))
      convention = Convention::pyradiomics;
    else if (!named->is(Kind::text) || named->scalar != convention_name(Convention::ibsi))
      throw Error(ErrorCode::config_invalid,
          fmt::format("{}:{}: convention: takes ibsi or pyradiomics, not {}", source, named->line, named->shown()));
  }
  return request.convention.value_or(convention);
}

/// The value of --set KEY=VALUE, whose messages name no line.
Value parse_set(const std::string& key, const std::string& text) {
  Value value = parse_value(text, "--set " + quoted(key));
  value.line = 0;
  for (auto& item : value.items) item.line = 0;
  for (auto& field : value.fields) field.value.line = 0;
  return value;
}

void apply_command_line(Reader& reader, const ConfigRequest& request) {
  Config& config = reader.config;
  Reader line("--set", Dialect::radloom);
  line.config.convention = config.convention;
  for (const auto& [key, text] : request.overrides) {
    const Value value = parse_set(key, text);
    if (key == "families") {
      line.read_families(value, key);
      config.families = line.config.families;
      continue;
    }
    if (key == "image_types") {
      line.config.image_types.clear();
      line.overrides.clear();
      line.read_image_types(value, key);
      config.image_types = line.config.image_types;
      reader.overrides = line.overrides;
      continue;
    }
    line.apply(line.row_of(key, 0, ""), key, value, "", config.settings);
  }
  if (request.label) config.settings.label = LabelSelection::parse(*request.label);
}

/// What only several settings together make wrong about an image type.
void check_filter(const Config& config, const ImageTypeRequest& image_type, std::vector<std::string>& warnings) {
  const auto& own = image_type.settings;
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorCode::config_invalid, fmt::format("{}: {}: {}", config.source, image_type.name, problem));
  };
  const auto& name = image_type.name;
  const bool ibsi = config.convention == Convention::ibsi;
  if (name == "Wavelet" || name == "Simoncelli") {
    // Each level of the standard's transforms doubles the filter's length.
    const int deepest = ibsi || name == "Simoncelli" ? 8 : 30;
    if (own.wavelet_start_level > deepest || own.wavelet_levels > deepest - own.wavelet_start_level)
      refuse(
          fmt::format("wavelet_start_level (start_level) and wavelet_levels (level) make {} levels, more than the {} "
                      "that can be decomposed",
              std::int64_t(own.wavelet_start_level) + own.wavelet_levels, deepest));
  }
  if ((name == "LoG" || (name == "Riesz" && own.riesz_filter == "LoG")) && own.log_sigma_mm.empty()) {
    if (ibsi) refuse("has no width; set log_sigma_mm to a list of widths in mm");
    warnings.push_back(
        fmt::format("{}: LoG makes no image, here as in PyRadiomics, unless sigma lists widths in mm", config.source));
  }
  if (name == "Laws" && own.laws_kernels.size() != (own.force_2d ? 4U : 6U))
    refuse(fmt::format("laws_kernels '{}' names {} kernels, and there are {} axes to filter along", own.laws_kernels,
        own.laws_kernels.size() / 2, own.force_2d ? "two" : "three"));
  if (name == "Mean" && own.mean_support % 2 == 0)
    refuse(fmt::format("mean_support is odd, so that a voxel lies in the middle, not {}", own.mean_support));
  if (name == "Riesz") {
    const auto& order = own.riesz_order;
    if (order.size() != 3 || order[0] + order[1] + order[2] == 0)
      refuse("riesz_order takes three orders, along x, y and z, that are not all 0");
    if (own.force_2d && order[std::size_t(2 - own.force_2d_dimension)] != 0)
      refuse("riesz_order is 0 across the slices of force_2d");
  }
}

/// What only several settings together can make wrong.
void check_together(const Config& config, bool families_named, std::vector<std::string>& warnings) {
  const Settings& settings = config.settings;
  if (config.convention == Convention::ibsi) {
    for (const auto& image_type : config.image_types)
      if (image_type.settings.weighting_norm != WeightingNorm::per_direction)
        throw Error(ErrorCode::config_invalid,
            fmt::format(
                "{}: weighting_norm has no meaning in the ibsi convention, which reports averaged and merged directions side by side; "
                "leave it out or use --convention pyradiomics",
                config.source));
  } else {
    const Settings untouched = default_settings(config.convention);
    for (const auto& row : settings_table())
      if (row.ibsi_only && setting_json(row, settings) != setting_json(row, untouched))
        throw Error(ErrorCode::config_invalid,
            fmt::format("{}: {} has no meaning in the pyradiomics convention; leave it out or use --convention ibsi",
                config.source, row.name));
  }
  for (const auto& image_type : config.image_types) check_filter(config, image_type, warnings);
  if (config.convention == Convention::ibsi)
    for (const auto& [name, set] : {std::pair{"pre_crop", settings.pre_crop},
             std::pair{"pad_distance", settings.pad_distance != Settings().pad_distance}})
      if (set)
        warnings.push_back(fmt::format(
            "{}: {} has no effect in the ibsi convention, whose values do not depend on how the image is cropped",
            config.source, name));
  if (settings.remove_outliers && !settings.normalize)
    warnings.push_back(fmt::format("{}: remove_outliers has no effect unless normalize is true", config.source));
  const auto wants_slices = std::find_if(config.families.begin(), config.families.end(),
      [](const auto& request) { return request.family == Family::shape2d; });
  if (families_named && wants_slices != config.families.end() && !settings.force_2d)
    warnings.push_back(fmt::format("{}: shape2D makes no columns unless force_2d is true", config.source));
  if (columns(config).empty())
    throw Error(ErrorCode::config_invalid, fmt::format("{}: no feature is asked for that the {} convention offers",
                                               config.source, convention_name(config.convention)));
}

/// The configuration as a file of radloom's own: every setting of the table, then what each image type has of its own.
std::string effective(const Config& config) {
  Json root{{"schema", schema_name}, {"convention", convention_name(config.convention)}};
  Json& types = root["image_types"] = Json::object();
  for (const auto& image_type : config.image_types) {
    Json& own = types[image_type.name] = Json::object();
    for (const auto& row : settings_table()) {
      Json value = setting_json(row, image_type.settings);
      if (value != setting_json(row, config.settings)) own[std::string(row.name)] = std::move(value);
    }
  }
  Json& families = root["families"] = Json::object();
  for (const auto& request : config.families) families[std::string(family_name(request.family))] = request.features;
  Json& settings = root["settings"] = Json::object();
  const Settings untouched;
  for (const auto& row : settings_table()) {
    Json value = setting_json(row, config.settings);
    if (!row.of_maps || value != setting_json(row, untouched)) settings[std::string(row.name)] = std::move(value);
  }
  return root.dump();
}

Config read(const std::string& text, const std::string& source, const ConfigRequest& request) {
  const Value root = parse_value(text, source);
  if (root.is(Kind::null)) throw Error(ErrorCode::config_invalid, fmt::format("{}: holds no configuration", source));
  if (!root.is(Kind::map))
    throw Error(
        ErrorCode::config_invalid, fmt::format("{}: a configuration is a mapping, not {}", source, root.shown()));

  const Dialect dialect = dialect_of(root, source);
  Reader reader(source, dialect);
  reader.config.convention = convention_of(root, dialect, source, request);
  reader.config.settings = default_settings(reader.config.convention);
  reader.config.source = source;
  if (dialect == Dialect::pyradiomics) reader.read_pyradiomics(root);
  else reader.read_radloom(root);

  Config& config = reader.config;
  if (config.image_types.empty()) config.image_types.push_back({});
  if (!reader.families_given) config.families = default_families(config.convention);
  apply_command_line(reader, request);
  for (auto& image_type : config.image_types) image_type.settings = config.settings;
  for (const auto& own : reader.overrides) {
    // A value of a file has been read in its dialect already; one of --set is radloom's, which takes both spellings.
    const std::string problem =
        read_setting(*own.row, own.value, own.dialect, config.image_types[own.image_type].settings);
    if (!problem.empty()) reader.fail(own.value.line, own.path, problem);
    for (const auto& [key, value] : request.overrides)
      if (find_setting(key, Dialect::radloom) == own.row)
        config.warnings.push_back(
            fmt::format("{}: {} stays as the file has it; --set {} changes the setting of the other image types",
                source, own.path, key));
  }
  check_together(config, reader.families_given, config.warnings);
  config.effective_json = effective(config);
  config.digest = "sha256:" + sha256(config.effective_json);
  return std::move(config);
}

std::string read_text(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found)
    throw Error(ErrorCode::file_missing, fmt::format("{}: no such configuration file", path.string()));
  if (std::filesystem::is_directory(status))
    throw Error(ErrorCode::not_a_file, fmt::format("{}: is a directory, not a configuration file", path.string()));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(ErrorCode::file_unreadable, fmt::format("{}: cannot be opened; check its permissions", path.string()));
  // One byte more than parse_value takes, so that it says what is too large and nothing larger is ever held.
  std::string text((1 << 20) + 1, '\0');
  file.read(text.data(), std::streamsize(text.size()));
  if (file.bad()) throw Error(ErrorCode::file_unreadable, fmt::format("{}: reading failed", path.string()));
  text.resize(std::size_t(file.gcount()));
  return text;
}

}  // namespace
}  // namespace config

Config parse_config(const std::string& text, const std::string& source, const ConfigRequest& request) {
  return config::read(text, source, request);
}

Config load_config(const ConfigRequest& request) {
  if (request.file && request.preset)
    throw Error(ErrorCode::config_invalid, "a configuration file and a preset were both named; name one of them");
  if (request.file) return config::read(config::read_text(*request.file), request.file->string(), request);
  const bool defaults = !request.preset;
  const std::string name =
      request.preset.value_or(std::string(convention_name(request.convention.value_or(Convention::ibsi))));
  return config::read(config::preset_text(name), defaults ? "defaults" : "preset " + name, request);
}

}  // namespace radloom
