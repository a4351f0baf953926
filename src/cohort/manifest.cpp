#include "cohort/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "cohort/csv.hpp"
#include "cohort/file_names.hpp"
#include "cohort/pair_files.hpp"
#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What a row says, before it is checked: name and value of each column.
struct RawRow {
  std::size_t line = 0;
  std::vector<std::pair<std::string, std::string>> cells;
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) { manifest_.path = path; }

  Manifest read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    check_encoding(text);
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto raw = first != std::string_view::npos && text[first] == '{' ? rows_of_ndjson(text) : rows_of_csv(text);
    if (raw.empty()) fail(0, "it lists no case");
    for (const auto& row : raw) add(row);
    name_the_unnamed();
    check_names();
    return std::move(manifest_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& problem) const {
    throw Error(
        ErrorCode::manifest_invalid, line ? fmt::format("{}: line {}: {}", manifest_.path.string(), line, problem)
                                          : fmt::format("{}: {}", manifest_.path.string(), problem));
  }

  /// Records are JSON, which is UTF-8; Latin-1 from an old spreadsheet is better refused here than mangled there.
  void check_encoding(std::string_view text) const {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) fail(0, "it is UTF-16; save it as UTF-8");
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] == '\n') ++line;
      if (text[at] == 0) fail(line, "it holds a zero byte, so it is no text file");
      const std::size_t length = utf8_character(text, at);
      if (length == 0) fail(line, "it is not UTF-8; save it as UTF-8");
      at += length;
    }
  }

  std::vector<RawRow> rows_of_csv(std::string_view text) {
    const auto table = parse_csv(text, manifest_.path.string());
    if (table.empty()) fail(0, "it is empty; it needs a header with Image and Mask");
    std::vector<std::string> header;
    for (const auto& name : table[0].fields) header.emplace_back(trim(name));
    check_header(header, table[0].line);
    std::vector<RawRow> rows;
    for (std::size_t i = 1; i < table.size(); ++i) {
      const auto& fields = table[i].fields;
      if (fields.size() != header.size())
        fail(table[i].line, fmt::format("{} fields where the header has {}; quote values that hold commas",
                                fields.size(), header.size()));
      RawRow row{table[i].line, {}};
      for (std::size_t k = 0; k < header.size(); ++k) row.cells.emplace_back(header[k], fields[k]);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  void check_header(const std::vector<std::string>& header, std::size_t line) {
    std::unordered_set<std::string> seen;
    for (const auto& name : header) {
      if (name.empty()) fail(line, "a column of the header has no name");
      if (!seen.insert(io::lower(name)).second) fail(line, fmt::format("the column '{}' occurs twice", name));
      carry(name);
    }
    for (const char* needed : {"image", "mask"}) {
      if (seen.count(needed)) continue;
      const char* other = header.size() > 1                           ? nullptr
                          : header[0].find(';') != std::string::npos  ? "semicolons"
                          : header[0].find('\t') != std::string::npos ? "tabs"
                                                                      : nullptr;
      if (other) fail(line, fmt::format("the columns are separated by {}; separate them by commas", other));
      fail(line,
          fmt::format("the header has no column {}; it needs Image and Mask", needed[0] == 'i' ? "Image" : "Mask"));
    }
  }

  static bool is_own(const std::string& name) {
    const std::string key = io::lower(name);
    return key == "image" || key == "mask" || key == "id" || key == "label" || key == "label_channel";
  }

  void carry(const std::string& name) {
    if (!is_own(name) && carried_.insert(name).second) manifest_.carried.push_back(name);
  }

  std::vector<RawRow> rows_of_ndjson(std::string_view text) {
    std::vector<RawRow> rows;
    std::size_t line = 0;
    while (!text.empty()) {
      ++line;
      const auto end = std::min(text.find('\n'), text.size());
      std::string_view one = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      const auto object = nlohmann::ordered_json::parse(one.begin(), one.end(), nullptr, false);
      if (!object.is_object()) fail(line, "not a JSON object on one line");
      RawRow row{line, {}};
      std::unordered_set<std::string> seen;
      for (const auto& [key, value] : object.items()) {
        if (!seen.insert(io::lower(key)).second) fail(line, fmt::format("the key '{}' occurs twice", key));
        carry(key);
        row.cells.emplace_back(key, value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump());
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  void add(const RawRow& raw) {
    std::map<std::string, std::string> own, carried;
    for (const auto& [name, value] : raw.cells) {
      if (is_own(name)) own[io::lower(name)] = trim(value);
      else carried[name] = value;
    }
    ManifestRow row;
    row.line = raw.line;
    row.input.image = resolve(own["image"], "Image", raw.line);
    row.input.mask = resolve(own["mask"], "Mask", raw.line);
    row.input.case_id = own["id"];
    if (!own["label"].empty()) row.input.label = label_of(own["label"], raw.line);
    if (!own["label_channel"].empty()) row.input.label_channel = channel_of(own["label_channel"], raw.line);
    for (const auto& name : manifest_.carried) row.input.carried.emplace_back(name, carried[name]);
    manifest_.rows.push_back(std::move(row));
  }

  std::filesystem::path resolve(const std::string& value, const char* column, std::size_t line) const {
    if (value.empty()) fail(line, fmt::format("{} is empty", column));
    return (manifest_.path.parent_path() / value).lexically_normal();
  }

  /// Spreadsheets turn a column of whole numbers with a gap into 1.0, 2.0.
  static std::string without_decimals(const std::string& text) {
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
  }

  LabelSelection label_of(const std::string& text, std::size_t line) const {
    try {
      return LabelSelection::parse(without_decimals(text));
    } catch (const Error& error) {
      fail(line, error.what());
    }
  }

  int channel_of(const std::string& text, std::size_t line) const {
    const std::string digits = without_decimals(text);
    int channel = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), channel);
    if (error != std::errc{} || end != digits.data() + digits.size() || channel < 0)
      fail(line, fmt::format("Label_channel '{}' is no channel; channels are whole numbers from 0 on", text));
    return channel;
  }

  void name_the_unnamed() {
    std::unordered_map<std::string, int> uses;
    for (const auto& row : manifest_.rows)
      ++uses[row.input.case_id.empty() ? volume_stem(row.input.image) : row.input.case_id];
    for (std::size_t i = 0; i < manifest_.rows.size(); ++i) {
      auto& input = manifest_.rows[i].input;
      if (!input.case_id.empty()) continue;
      const std::string stem = volume_stem(input.image);
      input.case_id = uses[stem] > 1 ? fmt::format("{}-{}", stem, i + 1) : stem;
    }
  }

  void check_names() {
    std::unordered_map<std::string, std::size_t> lines;
    FileNames names;
    for (auto& row : manifest_.rows) {
      const auto [other, is_new] = lines.emplace(row.input.case_id, row.line);
      if (!is_new)
        fail(row.line,
            fmt::format(
                "ID '{}' is that of line {} too; give every row its own, for example with the mask's name in it",
                row.input.case_id, other->second));
      row.file_name = names.name_for(row.input.case_id);
    }
  }

  Manifest manifest_;
  std::unordered_set<std::string> carried_;
};

}  // namespace

Manifest parse_manifest(std::string_view text, const std::filesystem::path& path) {
  Manifest manifest = Reader(path).read(text);
  manifest.sha256 = sha256(text);
  return manifest;
}

Manifest read_manifest(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw Error(ErrorCode::file_missing, fmt::format("{}: no such file", path.string()));
  if (std::filesystem::is_directory(path, ignored)) {
    PairedFiles paired = pair_files(path);
    Manifest manifest = parse_manifest(paired.manifest, path / "");
    manifest.alone = std::move(paired.alone);
    return manifest;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad())
    throw Error(ErrorCode::file_unreadable, fmt::format("{}: cannot be read; check its permissions", path.string()));
  return parse_manifest(text, path);
}

std::string volume_stem(const std::filesystem::path& path) {
  const std::string name = path.filename().string(), key = io::lower(name);
  for (const char* extension : {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm"}) {
    const std::string_view ending(extension);
    if (key.size() > ending.size() && key.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name.empty() ? path.parent_path().filename().string() : name;
}

}  // namespace radloom::cohort
