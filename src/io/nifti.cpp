// NIfTI-1: one file (.nii, .nii.gz) or a pair (.hdr and .img). https://nifti.nimh.nih.gov/nifti-1
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "io/inflate.hpp"
#include "io/layout.hpp"
#include "io/stored_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"

namespace radloom::io {
namespace {

constexpr std::size_t header_bytes = 348;

/// Fields of the header by their offset, in the file's byte order.
class Fields {
 public:
  Fields(std::vector<std::byte> bytes, bool swap) : bytes_(std::move(bytes)), swap_(swap) {}
  std::int16_t int16(std::size_t offset) const { return get<std::int16_t>(offset); }
  float float32(std::size_t offset) const { return get<float>(offset); }
  std::uint8_t uint8(std::size_t offset) const { return std::uint8_t(bytes_[offset]); }

 private:
  template <class T>
  T get(std::size_t offset) const {
    std::array<std::byte, sizeof(T)> raw;
    std::copy_n(bytes_.begin() + std::ptrdiff_t(offset), sizeof(T), raw.begin());
    if (swap_) std::reverse(raw.begin(), raw.end());
    return std::bit_cast<T>(raw);
  }
  std::vector<std::byte> bytes_;
  bool swap_;
};

std::int32_t int32_at(const std::vector<std::byte>& bytes, std::size_t offset, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t(bytes[offset + (big_endian ? 3 - i : i)]) << (8 * i);
  return std::int32_t(value);
}

using Affine = std::array<std::array<float, 4>, 3>;

/// Method 2 of the standard. Rounded to float where nifti1_io does, so that the numbers equal those of every ITK program.
Affine affine_of_quaternion(const Fields& f, const std::array<double, 3>& spacing) {
  double b = double(f.float32(256)), c = double(f.float32(260)), d = double(f.float32(264));
  double a = 1.0 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    a = 1.0 / std::sqrt(b * b + c * c + d * d);
    b *= a;
    c *= a;
    d *= a;
    a = 0;
  } else {
    a = std::sqrt(a);
  }
  const double x = spacing[0] > 0 ? spacing[0] : 1, y = spacing[1] > 0 ? spacing[1] : 1;
  double z = spacing[2] > 0 ? spacing[2] : 1;
  if (f.float32(76) < 0) z = -z;  // qfac
  return {{{float((a * a + b * b - c * c - d * d) * x), float(2 * (b * c - a * d) * y), float(2 * (b * d + a * c) * z),
               f.float32(268)},
      {float(2 * (b * c + a * d) * x), float((a * a + c * c - b * b - d * d) * y), float(2 * (c * d - a * b) * z),
          f.float32(272)},
      {float(2 * (b * d - a * c) * x), float(2 * (c * d + a * b) * y), float((a * a + d * d - c * c - b * b) * z),
          f.float32(276)}}};
}

/// Method 3 of the standard.
Affine affine_of_rows(const Fields& f) {
  Affine m{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 4; ++column) m[row][column] = f.float32(280 + 16 * row + 4 * column);
  return m;
}

double column_length(const Affine& m, std::size_t column) {
  return std::sqrt(double(m[0][column]) * double(m[0][column]) + double(m[1][column]) * double(m[1][column]) +
                   double(m[2][column]) * double(m[2][column]));
}

/// Whether the axes are orthogonal to 1e-4, which is all that a spacing and a direction can say.
bool orthogonal(const Affine& m) {
  std::array<std::array<double, 3>, 3> unit{};
  for (std::size_t column = 0; column < 3; ++column) {
    const double length = column_length(m, column);
    if (!(length > 0) || !std::isfinite(length)) return false;
    for (std::size_t row = 0; row < 3; ++row) unit[row][column] = double(m[row][column]) / length;
  }
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const double product = unit[i][0] * unit[j][0] + unit[i][1] * unit[j][1] + unit[i][2] * unit[j][2];
      if (!(std::abs(product - (i == j ? 1 : 0)) <= 1e-4)) return false;
    }
  return true;
}

/// The largest difference of the two matrices' axes, each of unit length.
double largest_turn(const Affine& a, const Affine& b) {
  double largest = 0;
  for (std::size_t column = 0; column < 3; ++column)
    for (std::size_t row = 0; row < 3; ++row)
      largest = std::max(largest, std::abs(double(a[row][column]) / column_length(a, column) -
                                           double(b[row][column]) / column_length(b, column)));
  return largest;
}

bool close(const Affine& a, const Affine& b, double tolerance, double tolerance_of_offset) {
  double offsets = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column)
      if (!(std::abs(double(a[row][column]) - double(b[row][column])) <= tolerance)) return false;
    offsets += std::abs(double(a[row][3]) - double(b[row][3]));
  }
  return offsets <= tolerance_of_offset;
}

/// Which of the two transforms counts, as ITK 5.4 (SimpleITK 2.5) decides: the sform where it is orthogonal and either the
/// only one, or in scanner coordinates, or the qform at a higher precision (README.md); else the qform; else nothing.
std::optional<Affine> choose_affine(
    const Fields& f, int qform_code, int sform_code, const std::array<double, 3>& spacing) {
  const Affine qform = affine_of_quaternion(f, spacing), sform = affine_of_rows(f);
  bool take_sform = qform_code != 0 && sform_code != 0 && close(sform, qform, 1e-5, 1e-7);
  if (sform_code != 0 && orthogonal(sform)) {
    take_sform = qform_code == 0 || sform_code == 1;
    if (!take_sform) {
      take_sform = largest_turn(sform, qform) <= 1e-4;
      for (std::size_t i = 0; i < 3; ++i)
        take_sform = take_sform && std::abs(double(sform[i][3]) - double(qform[i][3])) <= 1e-4 &&
                     std::abs(column_length(sform, i) - column_length(qform, i)) <= 1e-4;
    }
  }
  if (take_sform) return sform;
  if (qform_code != 0) return qform;
  return std::nullopt;
}

void place(Geometry& grid, const Fields& f, const std::string& name) {
  const int qform_code = std::max<int>(f.int16(252), 0),
            sform_code = std::max<int>(f.int16(254), 0);  // below 0: absent
  if (qform_code == 0 && sform_code == 0) return;         // neither form: as ITK, identity at the origin
  const std::optional<Affine> affine = choose_affine(f, qform_code, sform_code, grid.spacing_mm);
  if (!affine)
    throw Error(ErrorCode::geometry_invalid,
        fmt::format("{}: the sform's axes are not orthogonal and there is no qform; resample the volume onto "
                    "orthogonal axes or write a qform",
            name));
  for (std::size_t row = 0; row < 3; ++row) {
    const double sign = row < 2 ? -1 : 1;  // RAS -> LPS
    grid.origin_mm[row] = sign * double((*affine)[row][3]) + 0.0;
    for (std::size_t column = 0; column < 3; ++column)
      grid.direction[3 * row + column] = sign * double((*affine)[row][column]) + 0.0;
  }
  for (std::size_t column = 0; column < 3; ++column) {
    double* axis = grid.direction.data() + column;
    const double length = std::sqrt(axis[0] * axis[0] + axis[3] * axis[3] + axis[6] * axis[6]);
    if (length > 0)
      for (std::size_t row = 0; row < 3; ++row) axis[3 * row] /= length;
  }
}

/// The type and, for colours, the number of components.
void set_type(Layout& layout, int code, const std::string& name) {
  switch (code) {
    case 2: layout.type = Stored::uint8; return;
    case 4: layout.type = Stored::int16; return;
    case 8: layout.type = Stored::int32; return;
    case 16: layout.type = Stored::float32; return;
    case 64: layout.type = Stored::float64; return;
    case 256: layout.type = Stored::int8; return;
    case 512: layout.type = Stored::uint16; return;
    case 768: layout.type = Stored::uint32; return;
    case 1024: layout.type = Stored::int64; return;
    case 1280: layout.type = Stored::uint64; return;
    case 128:
      layout.type = Stored::uint8;
      layout.components = 3;
      return;
    case 2304:
      layout.type = Stored::uint8;
      layout.components = 4;
      return;
    default:
      throw Error(ErrorCode::file_unreadable,
          fmt::format("{}: the NIfTI data type {} (binary, complex or 128-bit) is not read; convert the volume to "
                      "integers or floating point",
              name, code));
  }
}

bool is_gzip(const std::vector<std::byte>& bytes) {
  return !bytes.empty() && bytes[0] == std::byte{0x1f} && (bytes.size() < 2 || bytes[1] == std::byte{0x8b});
}

/// The header's bytes, decompressed where the file is.
std::vector<std::byte> header_of(const StoredFile& file, bool& compressed) {
  const std::string name = file.path().string();
  if (file.size() == 0)
    throw Error(ErrorCode::file_unreadable, fmt::format("{}: the file is empty; copy it again", name));
  std::vector<std::byte> bytes = file.head(header_bytes);
  compressed = is_gzip(bytes);
  if (compressed) {
    bytes.resize(header_bytes);
    bytes.resize(Inflater(StoredBytes(file, 0, file.size()), name).read(bytes.data(), bytes.size()));
  }
  return bytes;
}

/// The other file of a pair: ".hdr" for ".img", in the same case.
std::filesystem::path sibling(const std::filesystem::path& path, const std::string& from, const std::string& to) {
  std::string text = path.string();
  const auto at = lower(text).rfind(from);
  if (at == std::string::npos) return path;
  const bool upper = text[at + 1] < 'a';
  for (std::size_t i = 0; i < to.size(); ++i) text[at + i] = upper && to[i] != '.' ? char(to[i] - 'a' + 'A') : to[i];
  return text;
}

/// The data file of a pair: beside the header, possibly compressed.
std::filesystem::path data_file_of(const std::filesystem::path& header) {
  const std::filesystem::path plain = sibling(header, ".hdr", ".img");
  std::filesystem::path packed = plain;
  if (packed.extension() != ".gz") packed += ".gz";
  std::error_code ignored;
  return std::filesystem::exists(plain, ignored) || !std::filesystem::exists(packed, ignored) ? plain : packed;
}

}  // namespace

Layout parse_nifti(const std::filesystem::path& given) {
  std::filesystem::path path = given;
  if (lower(path.filename().string()).find(".img") != std::string::npos) {
    path = sibling(path, ".img", ".hdr");
    std::error_code ignored;
    if (path.extension() == ".gz" && !std::filesystem::exists(path, ignored)) path.replace_extension();
  }
  const StoredFile file(path);
  const std::string name = path.string();
  bool compressed = false;
  const std::vector<std::byte> bytes = header_of(file, compressed);
  const auto refuse = [&](ErrorCode code, const std::string& why) { throw Error(code, name + ": " + why); };

  const bool starts = bytes.size() >= 4;
  const bool little = starts && int32_at(bytes, 0, false) == 348, big = starts && int32_at(bytes, 0, true) == 348;
  if (starts && (int32_at(bytes, 0, false) == 540 || int32_at(bytes, 0, true) == 540))
    refuse(ErrorCode::file_unreadable, "is NIfTI-2, which is not read; convert it to NIfTI-1 or NRRD");
  if (!little && !big) refuse(ErrorCode::file_unreadable, "is no NIfTI file, whatever its name; check what wrote it");
  if (bytes.size() < header_bytes)
    refuse(ErrorCode::file_truncated,
        fmt::format("ends after {} of the 348 bytes of a NIfTI header; copy it again", bytes.size()));
  const std::string_view magic(reinterpret_cast<const char*>(bytes.data()) + 344, 3);
  const bool single = magic == "n+1";
  if (!single && magic != "ni1")
    refuse(ErrorCode::file_unreadable,
        "is Analyze 7.5 or damaged: it has no NIfTI magic, so its orientation is unknown; convert it to NIfTI");

  Layout layout;
  layout.big_endian = big;
  const Fields f(bytes, big == (std::endian::native == std::endian::little));
  const int dimensions = f.int16(40);
  if (dimensions < 1 || dimensions > 7)
    refuse(ErrorCode::file_unreadable, fmt::format("the header claims {} dimensions; it is damaged", dimensions));
  if (dimensions == 1)
    refuse(ErrorCode::unsupported_dimension, "has 1 dimension; a volume (3) or a slice (2) is needed");
  std::array<std::int64_t, 8> size{};
  for (std::size_t i = 1; i < 8; ++i) size[i] = i <= std::size_t(dimensions) ? f.int16(40 + 2 * i) : 1;
  for (std::size_t i = 4; i < 8; ++i) {
    if (size[i] <= 1 || i == 5) continue;
    refuse(ErrorCode::unsupported_dimension,
        fmt::format(
            "has {} dimensions with {} volumes along the {}th; split it into 3D volumes", dimensions, size[i], i));
  }
  set_type(layout, f.int16(70), name);
  for (std::size_t i = 0; i < 3; ++i) {
    layout.geometry.size[i] = size[i + 1];
    const double spacing = double(f.float32(80 + 4 * i));
    // An axis of one voxel often has no spacing at all; any will do.
    layout.geometry.spacing_mm[i] = size[i + 1] == 1 && (spacing == 0 || int(i) >= dimensions) ? 1 : spacing;
  }
  place(layout.geometry, f, name);
  const int unit = f.uint8(123) & 7;
  const double to_mm = unit == 1 ? 1000 : unit == 3 ? 0.001 : 1;
  for (std::size_t i = 0; i < 3; ++i) {
    if (int(i) < dimensions) layout.geometry.spacing_mm[i] *= to_mm;
    layout.geometry.origin_mm[i] *= to_mm;
  }
  check_geometry(layout.geometry, name);
  if (size[5] > 1) {
    if (layout.components > 1)
      refuse(ErrorCode::unsupported_dimension, "has several colour values in a voxel; split it");
    layout.components = int(size[5]);
    layout.component_run = layout.geometry.voxels();
  }

  const float offset = f.float32(108);
  if (!std::isfinite(offset) || offset < 0 || offset >= float(1 << 30) || offset != std::floor(offset))
    refuse(ErrorCode::file_unreadable,
        fmt::format("the header says that the voxels start at byte {}; it is damaged", offset));
  // Some writers leave the offset of a single file at zero; nothing can start before the header and its extension flag.
  const std::int64_t start = single ? std::max<std::int64_t>(std::int64_t(offset), 352) : std::int64_t(offset);
  layout.files = {path};
  Part part;
  part.path = path;
  if (!single) {
    part.path = data_file_of(path);
    const StoredFile data(part.path);
    compressed = is_gzip(data.head(2));
    layout.files.push_back(part.path);
  }
  layout.encoding = compressed ? Encoding::deflate : Encoding::raw;
  (compressed ? layout.skip_decoded : part.offset) = start;
  layout.parts = {part};

  const double slope = double(f.float32(112)), intercept = double(f.float32(116));
  const bool colour = f.int16(70) == 128 || f.int16(70) == 2304;
  if (!colour && std::isfinite(slope) && slope != 0) {
    layout.slope = slope;
    layout.intercept = std::isfinite(intercept) ? intercept : 0;
  }
  return layout;
}

}  // namespace radloom::io
