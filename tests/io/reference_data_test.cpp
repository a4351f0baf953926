// Figures of SimpleITK 2.5.7 and of sha256sum over the voxels it decodes, x fastest, little endian.
#include <openssl/evp.h>

#include <limits>
#include <ostream>

#include "io/files.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

std::string sha256(const void* bytes, std::size_t count) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(bytes, count, digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string text;
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct Expected {
  const char* file;
  ScalarType type;
  std::array<std::int64_t, 3> size;
  double lowest, highest, sum;
  const char* voxels;  ///< their SHA-256
};

void PrintTo(const Expected& expected, std::ostream* stream) { *stream << expected.file; }

constexpr Expected files[] = {
    {"ibsi1/ct_phantom/image.nii.gz", ScalarType::float32, {204, 201, 60}, -1000, 3065, -655581056,
        "f2811a4eacb078b693557227c3b2538f9f3b122f5c91a3f1869c05128d0eec97"},
    {"ibsi1/ct_phantom/mask.nii.gz", ScalarType::uint8, {204, 201, 60}, 0, 1, 125256,
        "8248cea55660c2597253c0e98787b7319dcf5e8bbe1ce20b3a5ba3dbc21ae0fc"},
    {"ibsi1/digital_phantom/image.nii.gz", ScalarType::int16, {5, 4, 4}, 1, 9, 173,
        "c5b197467e36bad20ca0bdc3b2c1983af145d39c4b85dd8fb8d555d641476aca"},
    {"pyradiomics/brain1_image.nrrd", ScalarType::int16, {256, 256, 25}, 0, 3057, 631859459,
        "cb06e37c791479070b5adbc2c5d69614acd43d39996405e98b55ec7ede0ecfad"},
    {"pyradiomics/brain1_label.nrrd", ScalarType::int32, {256, 256, 25}, 0, 1, 4137,
        "0520768c9cf204666f79d5d9f02d4cc3aa19c048433db6323cc19c2eb08cf02f"},
    {"pyradiomics/brain2_image.nrrd", ScalarType::int16, {256, 256, 23}, 0, 1523, 356034155,
        "1c889bd7ccf363118572ab9985f29a9483bf15a8b50f0a45205e9bdcaf32406c"},
    {"pyradiomics/breast1_image.nrrd", ScalarType::int16, {45, 120, 21}, 6, 248, 7187342,
        "20a637f5b022536d7851961863d57c76a7511553cfb63b9b29aab1330ff87289"},
    {"pyradiomics/lung1_image.nrrd", ScalarType::int16, {512, 512, 48}, -1024, 3071, -7271851376,
        "9b5234017e4d9cef577aaa3aa33b8e0104e446bb5fde3b02e45cc8e91974f022"},
    {"pyradiomics/lung2_image.nrrd", ScalarType::int16, {512, 512, 61}, -1024, 1671, -6928616381,
        "e74833b1502267fb12f2211a17a592e9f53367661de1dc7b90cf1806b72616ab"},
    {"pyradiomics/lung2_label.nrrd", ScalarType::int16, {512, 512, 61}, 0, 1, 24644,
        "faa38f2b7afae7bc5f23437077d6f950cbcd9dd6ecf31964026a72137374bb29"},
};

class ReferenceData : public testing::TestWithParam<Expected> {};

TEST_P(ReferenceData, DecodesToTheSameVoxels) {
  const Expected& expected = GetParam();
  RADLOOM_NEEDS_DATA(expected.file);
  const auto path = data_root() / expected.file;
  const ReadVolume read = read_volume(path, {.digest = true});
  EXPECT_EQ(read.volume.type(), expected.type);
  EXPECT_EQ(read_header(path).type, expected.type);
  EXPECT_EQ(read.volume.geometry().size, expected.size);
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest, sum = 0;
  read.volume.visit([&](auto values) {
    for (const auto v : values) {
      lowest = std::min(lowest, double(v));
      highest = std::max(highest, double(v));
      sum += double(v);
    }
  });
  EXPECT_EQ(lowest, expected.lowest);
  EXPECT_EQ(highest, expected.highest);
  EXPECT_EQ(sum, expected.sum);
  const auto count = std::size_t(read.volume.geometry().voxels()) * bytes_of(expected.type);
  EXPECT_EQ(sha256(read.volume.data(), count), expected.voxels);
  const std::string stored = contents(path);
  EXPECT_EQ(read.sha256, sha256(stored.data(), stored.size()));
}

INSTANTIATE_TEST_SUITE_P(Files, ReferenceData, testing::ValuesIn(files), [](const auto& parameter) {
  std::string name = parameter.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '.' || c == '_'; }, 'x');
  return name;
});

TEST(ReferenceGeometry, EqualsSimpleItk) {
  RADLOOM_NEEDS_DATA("pyradiomics/brain1_image.nrrd");
  const Geometry brain = read_header(data_root() / "pyradiomics/brain1_image.nrrd").geometry;
  expect_close(brain.spacing_mm, {0.7812499999999999, 0.7812499999999999, 6.499999999999998}, 1e-15);
  expect_close(brain.origin_mm, {-99.60937499999999, 99.60937499999999, -77.99999999999996}, 1e-13);
  expect_close(brain.direction, {1, 0, 0, 0, -1, 0, 0, 0, 1}, 1e-15);
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
  const Geometry phantom = read_header(data_root() / "ibsi1/ct_phantom/image.nii.gz").geometry;
  expect_close(phantom.spacing_mm, {0.9769999980926514, 0.9769999980926514, 3}, 1e-15);
  expect_close(phantom.origin_mm, {-174.39450073242188, -79.62550354003906, -100.4000015258789}, 1e-12);
}

}  // namespace
}  // namespace radloom::test
