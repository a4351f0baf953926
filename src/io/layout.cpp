#include "io/layout.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "io/stored_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::io {

void Layout::add_parts(Part like, const std::vector<std::string>& names, const std::filesystem::path& header) {
  for (const std::string& name : names) {
    like.path = header.parent_path() / name;
    parts.push_back(like);
    files.push_back(like.path);
  }
}

ScalarType given_type(const Layout& layout) noexcept {
  if (layout.rescaled() || layout.type >= Stored::int64) return ScalarType::float64;
  return ScalarType(layout.type);
}

std::optional<Format> format_named(const std::filesystem::path& path) {
  const std::string name = lower(path.filename().string());
  const auto is = [&](std::initializer_list<const char*> extensions) {
    for (const char* extension : extensions)
      if (name.ends_with(extension)) return true;
    return false;
  };
  if (is({".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz"})) return Format::nifti;
  if (is({".nrrd", ".nhdr"})) return Format::nrrd;
  if (is({".mha", ".mhd"})) return Format::meta_image;
  return std::nullopt;
}

Layout parse_header(const std::filesystem::path& path) {
  { const StoredFile exists(path); }  // a wrong path is told before a wrong extension
  if (const auto format = format_named(path)) switch (*format) {
      case Format::nifti: return parse_nifti(path);
      case Format::nrrd: return parse_nrrd(path);
      case Format::meta_image: return parse_meta_image(path);
    }
  throw Error(ErrorCode::file_unreadable,
      fmt::format("{}: its extension names no format that is read; these are: .nii, .nii.gz, .hdr with .img, .nrrd, "
                  ".nhdr, .mha, .mhd; and DICOM, a file or a folder",
          path.string()));
}

std::vector<std::string> expand_pattern(std::string_view pattern, std::int64_t first, std::int64_t last,
    std::int64_t step, const std::filesystem::path& header) {
  constexpr std::int64_t limit = 100000;
  const auto refuse = [&] {
    throw Error(ErrorCode::file_unreadable,
        fmt::format("{}: the pattern of its data files, \"{}\", cannot be expanded; name the "
                    "files one by one",
            header.string(), shown(pattern)));
  };
  const std::size_t percent = pattern.find('%');
  if (percent == std::string_view::npos) refuse();
  std::size_t end = percent + 1;
  const bool zeros = end < pattern.size() && pattern[end] == '0';
  std::size_t width = 0;
  while (end < pattern.size() && pattern[end] >= '0' && pattern[end] <= '9' && width < 100)
    width = 10 * width + std::size_t(pattern[end++] - '0');
  if (end >= pattern.size() || pattern[end] != 'd' || width > 20 || pattern.find('%', end) != std::string_view::npos)
    refuse();
  if (step == 0 || std::abs(first) > limit * 1000 || std::abs(last) > limit * 1000 || std::abs(step) > limit * 1000 ||
      (last - first) / step < 0 || (last - first) / step >= limit)
    refuse();
  std::vector<std::string> names;
  for (std::int64_t i = 0; i <= (last - first) / step; ++i) {
    const std::int64_t number = first + i * step;
    names.push_back(fmt::format("{}{}{}", pattern.substr(0, percent),
        zeros ? fmt::format("{:0{}}", number, width) : fmt::format("{:{}}", number, width), pattern.substr(end + 1)));
  }
  return names;
}

}  // namespace radloom::io
