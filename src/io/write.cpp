#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "io/output_file.hpp"
#include "io/text.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom {
namespace {

constexpr bool native_big = std::endian::native == std::endian::big;

std::span<const std::byte> bytes_of_text(const std::string& text) { return std::as_bytes(std::span(text)); }

/// "a b c" with the digits that give the same doubles back.
std::string listed(std::initializer_list<double> values, const char* separator) {
  return fmt::format("{}", fmt::join(values, separator));
}

std::string nrrd_header(const Geometry& g, ScalarType type) {
  constexpr const char* names[] = {
      "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "float", "double"};
  std::string directions;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double s = g.spacing_mm[axis];
    directions +=
        " (" + listed({g.direction[axis] * s, g.direction[3 + axis] * s, g.direction[6 + axis] * s}, ",") + ")";
  }
  return fmt::format(
      "NRRD0004\ntype: {}\ndimension: 3\nspace: left-posterior-superior\nsizes: {} {} {}\nspace directions:{}\n"
      "kinds: domain domain domain\nendian: {}\nencoding: gzip\nspace origin: ({})\n\n",
      names[std::size_t(type)], g.size[0], g.size[1], g.size[2], directions, native_big ? "big" : "little",
      listed({g.origin_mm[0], g.origin_mm[1], g.origin_mm[2]}, ","));
}

std::string meta_header(const Geometry& g, ScalarType type) {
  constexpr const char* names[] = {
      "MET_CHAR", "MET_UCHAR", "MET_SHORT", "MET_USHORT", "MET_INT", "MET_UINT", "MET_FLOAT", "MET_DOUBLE"};
  const auto& d = g.direction;
  return fmt::format(
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = {}\nCompressedData = False\n"
      "TransformMatrix = {}\nOffset = {}\nCenterOfRotation = 0 0 0\nElementSpacing = {}\nDimSize = {} {} {}\n"
      "ElementType = {}\nElementDataFile = LOCAL\n",
      native_big ? "True" : "False", listed({d[0], d[3], d[6], d[1], d[4], d[7], d[2], d[5], d[8]}, " "),
      listed({g.origin_mm[0], g.origin_mm[1], g.origin_mm[2]}, " "),
      listed({g.spacing_mm[0], g.spacing_mm[1], g.spacing_mm[2]}, " "), g.size[0], g.size[1], g.size[2],
      names[std::size_t(type)]);
}

/// The unit quaternion of a rotation, by its largest component (the standard's method 2, nifti1.h).
std::array<double, 3> quaternion_of(const std::array<double, 9>& r) {
  const std::array<double, 4> squares{
      1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8], 1 - r[0] - r[4] + r[8]};
  const auto largest = std::size_t(std::max_element(squares.begin(), squares.end()) - squares.begin());
  const double q = 2 * std::sqrt(squares[largest]);  // four times the largest component
  std::array<double, 4> abcd{};
  if (largest == 0) abcd = {q / 4, (r[7] - r[5]) / q, (r[2] - r[6]) / q, (r[3] - r[1]) / q};
  if (largest == 1) abcd = {(r[7] - r[5]) / q, q / 4, (r[1] + r[3]) / q, (r[2] + r[6]) / q};
  if (largest == 2) abcd = {(r[2] - r[6]) / q, (r[1] + r[3]) / q, q / 4, (r[5] + r[7]) / q};
  if (largest == 3) abcd = {(r[3] - r[1]) / q, (r[2] + r[6]) / q, (r[5] + r[7]) / q, q / 4};
  const double sign = abcd[0] < 0 ? -1 : 1;
  return {sign * abcd[1], sign * abcd[2], sign * abcd[3]};
}

/// Header, and the four bytes that say that no extension follows. Both forms are set, in scanner coordinates.
std::vector<std::byte> nifti_header(const Geometry& g, ScalarType type, const std::filesystem::path& path) {
  for (const std::int64_t size : g.size)
    if (size > 32767)
      throw Error(ErrorCode::output_unwritable,
          fmt::format("{}: NIfTI-1 holds at most 32767 voxels along an axis, not {}; write .nrrd or .mha",
              path.string(), size));
  std::array<double, 9> rotation{};  // in RAS
  for (std::size_t i = 0; i < 9; ++i) rotation[i] = i < 6 ? -g.direction[i] : g.direction[i];
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const double product =
          rotation[i] * rotation[j] + rotation[3 + i] * rotation[3 + j] + rotation[6 + i] * rotation[6 + j];
      if (std::abs(product - (i == j ? 1 : 0)) > 5e-5)
        throw Error(ErrorCode::output_unwritable,
            fmt::format("{}: NIfTI cannot hold axes that are not orthogonal; write .nrrd or .mha", path.string()));
    }
  std::vector<std::byte> header(352);
  const auto put = [&](std::size_t offset, auto value) { std::memcpy(header.data() + offset, &value, sizeof value); };
  put(0, std::int32_t(348));
  put(38, 'r');
  put(40, std::int16_t(3));
  for (std::size_t i = 0; i < 7; ++i) put(42 + 2 * i, std::int16_t(i < 3 ? g.size[i] : 1));
  constexpr std::int16_t codes[] = {256, 2, 4, 512, 8, 768, 16, 64};
  put(70, codes[std::size_t(type)]);
  put(72, std::int16_t(8 * bytes_of(type)));
  for (std::size_t i = 0; i < 7; ++i) put(80 + 4 * i, float(i < 3 ? g.spacing_mm[i] : 1));
  put(108, 352.0F);
  put(112, 1.0F);
  put(123, std::uint8_t(2));  // millimetres
  put(252, std::int16_t(1));
  put(254, std::int16_t(1));
  const std::array<double, 9>& r = rotation;
  const double handedness =
      r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
  const double qfac = handedness < 0 ? -1 : 1;
  put(76, float(qfac));
  const auto quaternion = quaternion_of({r[0], r[1], qfac * r[2], r[3], r[4], qfac * r[5], r[6], r[7], qfac * r[8]});
  for (std::size_t row = 0; row < 3; ++row) {
    const float origin = float(row < 2 ? -g.origin_mm[row] : g.origin_mm[row]);
    put(256 + 4 * row, float(quaternion[row]));
    put(268 + 4 * row, origin);
    for (std::size_t axis = 0; axis < 3; ++axis)
      put(280 + 16 * row + 4 * axis, float(r[3 * row + axis] * g.spacing_mm[axis]));
    put(280 + 16 * row + 12, origin);
  }
  std::memcpy(header.data() + 344, "n+1", 4);
  return header;
}

}  // namespace

void write_volume(const std::filesystem::path& path, const Volume& volume) {
  const std::string name = io::lower(path.filename().string());
  const bool nifti_gz = name.ends_with(".nii.gz"), nifti = name.ends_with(".nii") || nifti_gz;
  const bool nrrd = name.ends_with(".nrrd"), meta = name.ends_with(".mha");
  if (!nifti && !nrrd && !meta)
    throw Error(ErrorCode::usage,
        fmt::format(
            "{}: its extension names no format that is written; these are: .nii, .nii.gz, .nrrd, .mha", path.string()));
  const Geometry& grid = volume.geometry();
  try {
    check_geometry(grid, path.string());
  } catch (const Error& error) {
    throw Error(ErrorCode::usage, error.what());
  }
  const std::span voxels(
      static_cast<const std::byte*>(volume.data()), std::size_t(grid.voxels()) * bytes_of(volume.type()));
  io::OutputFile file(path);
  if (nifti) {
    std::vector<std::byte> bytes = nifti_header(grid, volume.type(), path);
    if (nifti_gz) {
      file.write_compressed(bytes, voxels);
    } else {
      file.write(bytes);
      file.write(voxels);
    }
  } else if (nrrd) {
    file.write(bytes_of_text(nrrd_header(grid, volume.type())));
    file.write_compressed({}, voxels);
  } else {
    file.write(bytes_of_text(meta_header(grid, volume.type())));
    file.write(voxels);
  }
  file.commit();
}

}  // namespace radloom
