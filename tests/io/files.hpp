#pragma once
// Files written by hand, byte by byte, so that the readers answer to the formats' definitions and not to our writers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom::test {

/// A folder of its own that goes when the test ends.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("radloom-io-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
    return path_ / name;
  }
  std::size_t files() const {
    return std::size_t(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The bytes of a number, in the order asked for.
template <class T>
std::string bytes_of_number(T value, bool big = false) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  if (big != (std::endian::native == std::endian::big)) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

template <class T>
std::string bytes_of_numbers(const std::vector<T>& values, bool big = false) {
  std::string bytes;
  for (const T value : values) bytes += bytes_of_number(value, big);
  return bytes;
}

/// -50, -43, -36, ...: what most files of these tests hold.
inline std::vector<std::int16_t> ramp(std::size_t count = 24) {
  std::vector<std::int16_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::int16_t(7 * int(i) - 50);
  return values;
}

/// A grid of 24 voxels that no format holds by default, and its mirror image.
inline Geometry oblique() {
  Geometry grid;
  grid.size = {4, 3, 2};
  grid.spacing_mm = {0.78125, 1.1, 3.3};
  grid.origin_mm = {-123.456, 45.6789, 10.125};
  grid.direction = {0.36, 0.48, -0.8, -0.8, 0.6, 0, 0.48, 0.64, 0.6};
  return grid;
}

inline Geometry mirrored() {
  Geometry grid = oblique();
  for (const std::size_t i : {2u, 5u, 8u}) grid.direction[i] = -grid.direction[i];
  return grid;
}

/// 600 numbers below 11 without a short period: what the streams of real compressors in these tests hold.
inline std::vector<std::int16_t> curve() {
  std::vector<std::int16_t> values(600);
  int x = 1;
  for (std::int16_t& value : values) {
    x = (5 * x + 3) % 251;
    value = std::int16_t(x * x % 11);
  }
  return values;
}

/// CRC-32 bit by bit, as RFC 1952 defines it.
inline std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= std::uint8_t(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320U : 0);
  }
  return ~crc;
}

/// One gzip member of stored blocks (RFC 1951, 3.2.4), written without any compressor.
inline std::string gzip_stored(const std::string& bytes) {
  std::string result("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  std::size_t at = 0;
  do {
    const std::size_t count = std::min<std::size_t>(bytes.size() - at, 65535);
    result += char(at + count == bytes.size());
    result += bytes_of_number(std::uint16_t(count)) + bytes_of_number(std::uint16_t(~count));
    result += bytes.substr(at, count);
    at += count;
  } while (at < bytes.size());
  return result + bytes_of_number(crc32(bytes)) + bytes_of_number(std::uint32_t(bytes.size()));
}

inline std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes += char(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// A NIfTI-1 header (nifti1.h); every field that matters can be set.
struct NiftiHeader {
  bool big = false;
  std::vector<std::int16_t> dim{3, 4, 3, 2, 1, 1, 1, 1};
  std::int16_t datatype = 4, bitpix = 16;
  std::vector<float> pixdim{1, 0.5F, 0.75F, 2, 1, 1, 1, 1};
  float vox_offset = 352, slope = 0, intercept = 0;
  std::uint8_t units = 2;
  std::int16_t qform = 0, sform = 0;
  std::vector<float> quaternion{0, 0, 0}, offset{0, 0, 0}, rows = std::vector<float>(12);
  std::string magic = std::string("n+1\0", 4);
  std::int32_t size = 348;

  std::string bytes() const {
    std::string h = bytes_of_number(size, big) + std::string(36, '\0');
    h += bytes_of_numbers(dim, big) + std::string(14, '\0');
    h += bytes_of_number(datatype, big) + bytes_of_number(bitpix, big) + std::string(2, '\0');
    h += bytes_of_numbers(pixdim, big) + bytes_of_number(vox_offset, big) + bytes_of_number(slope, big) +
         bytes_of_number(intercept, big) + std::string(3, '\0') + char(units) + std::string(24 + 80 + 24, '\0');
    h += bytes_of_number(qform, big) + bytes_of_number(sform, big) + bytes_of_numbers(quaternion, big) +
         bytes_of_numbers(offset, big) + bytes_of_numbers(rows, big) + std::string(16, '\0') + magic;
    return h + std::string(4, '\0');
  }
};

/// Checks that `work` throws this code with all of these words in one line that names the file.
inline void expect_error(ErrorCode code, const std::vector<std::string>& said, const std::function<void()>& work) {
  try {
    work();
    ADD_FAILURE() << "nothing was thrown; expected " << code_name(code);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(code_name(error.code()), code_name(code)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& words : said)
      EXPECT_NE(message.find(words), std::string::npos) << "\"" << words << "\" is not in: " << message;
  }
}

inline void expect_read_error(ErrorCode code, const std::vector<std::string>& said, const std::filesystem::path& path) {
  std::vector<std::string> all = said;
  all.push_back(path.filename().string());
  expect_error(code, all, [&] { read_volume(path); });
}

template <std::size_t N>
void expect_close(const std::array<double, N>& values, const std::array<double, N>& expected, double tolerance) {
  for (std::size_t i = 0; i < N; ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << "at " << i;
}

template <class T>
std::vector<T> values_of(const Volume& volume) {
  const auto span = volume.as<T>();
  return {span.begin(), span.end()};
}

}  // namespace radloom::test
