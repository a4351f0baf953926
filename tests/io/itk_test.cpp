// The same files through ITK: what radloom reads and writes, ITK reads and writes alike.
#include <cmath>
#include <limits>

#include "io/files.hpp"
#include "io/itk.hpp"
#include "support/data.hpp"
#include "support/wrapped.hpp"

namespace radloom::test {
namespace {

void expect_same(const std::filesystem::path& path) {
  SCOPED_TRACE(path.string());
  const Volume volume = read_volume(path).volume;
  const ItkVolume expected = read_with_itk(path);
  expect_same_grid(volume.geometry(), expected.geometry);
  EXPECT_EQ(type_name(volume.type()), type_name(expected.type));
  expect_same_voxels(volume, expected, path);
}

class ItkReferenceData : public testing::TestWithParam<const char*> {};

TEST_P(ItkReferenceData, IsReadAlike) {
  RADLOOM_NEEDS_DATA(GetParam());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_root() / GetParam())) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".nii.gz") && !name.ends_with(".nrrd")) continue;
    ++files;
    expect_same(entry.path());
  }
  EXPECT_GE(files, 4u) << "of " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Folders, ItkReferenceData, testing::Values("ibsi1", "ibsi2", "pyradiomics"),
    [](const auto& parameter) { return std::string(parameter.param); });

/// The type's extremes, then numbers from all of its range. Of 64 bits, only what a double holds.
template <class T>
std::vector<T> values_of_type(std::size_t count) {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(count);
  std::vector<T> values(count);
  if constexpr (std::is_floating_point_v<T>) {
    for (T& value : values) value = wrapped<T>(double(random()) / 1e17 - 90);
    values[0] = Limits::quiet_NaN();
    values[1] = -Limits::infinity();
    values[2] = Limits::denorm_min();
  } else {
    for (T& value : values) value = sizeof(T) == 8 ? T(T(random()) >> 11) : T(random());
    values[0] = sizeof(T) == 8 ? T(std::int64_t(1) << 53) : Limits::max();
    values[1] = sizeof(T) == 8 && Limits::is_signed ? T(-(std::int64_t(1) << 53)) : Limits::min();
  }
  return values;
}

template <class T>
class WrittenByItk : public testing::Test {
 protected:
  Folder folder;
};

using ItkTypes = testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
    std::int64_t, std::uint64_t, float, double>;

struct TypeName {
  template <class T>
  static std::string GetName(int) {
    const std::string kind = std::is_floating_point_v<T> ? "float" : std::is_signed_v<T> ? "int" : "uint";
    return kind + std::to_string(8 * sizeof(T));
  }
};

TYPED_TEST_SUITE(WrittenByItk, ItkTypes, TypeName);

TYPED_TEST(WrittenByItk, IsReadAlike) {
  const auto values = values_of_type<TypeParam>(std::size_t(oblique().voxels()));
  for (const Geometry& grid : {oblique(), mirrored()})
    for (const bool compressed : {false, true})
      for (const char* name : {"v.nii", "v.nii.gz", "v.nrrd", "v.nhdr", "v.mha", "v.mhd"}) {
        SCOPED_TRACE(compressed ? "compressed" : "not compressed");
        const auto path = this->folder.path() / name;
        write_with_itk(path, grid, values, compressed);
        expect_same(path);
        // What both read could still be wrong alike.
        const Volume volume = read_volume(path).volume;
        volume.visit([&](auto read) {
          for (std::size_t i = 0; i < read.size(); ++i) {
            const double value = double(read[i]), stored = double(values[i]);
            // Those of NIfTI ITK writes as they are, and reads as 0.
            if (std::isnan(stored)) EXPECT_TRUE(std::isnan(value)) << name << " voxel " << i;
            else EXPECT_EQ(value, stored) << name << " voxel " << i;
          }
        });
        EXPECT_EQ(describe_mismatch(grid, volume.geometry(), 1e-4), "") << name;
      }
}

template <class T>
class WrittenByRadloom : public testing::Test {
 protected:
  Folder folder;
};

using Types =
    testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, float, double>;

TYPED_TEST_SUITE(WrittenByRadloom, Types, TypeName);

TYPED_TEST(WrittenByRadloom, IsReadByItk) {
  const auto values = values_of_type<TypeParam>(std::size_t(oblique().voxels()));
  for (const Geometry& grid : {oblique(), mirrored()})
    for (const char* name : {"v.nii", "v.nii.gz", "v.nrrd", "v.mha"}) {
      SCOPED_TRACE(name);
      const auto path = this->folder.path() / name;
      const Volume volume = Volume::from(grid, values);
      write_volume(path, volume);
      const ItkVolume read = read_with_itk(path);
      EXPECT_EQ(type_name(read.type), type_name(volume.type()));
      expect_same_voxels(volume, read, path);
      EXPECT_EQ(read.geometry.size, grid.size);
      // NIfTI keeps floats. A spacing in NRRD is the length of a vector, so its last bit may differ.
      const double tolerance = std::string(name).find("nii") != std::string::npos ? 1e-6 : 1e-15;
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(read.geometry.spacing_mm[i], grid.spacing_mm[i], tolerance * grid.spacing_mm[i]);
        EXPECT_NEAR(read.geometry.origin_mm[i], grid.origin_mm[i], tolerance * std::abs(grid.origin_mm[i]));
      }
      expect_close(read.geometry.direction, grid.direction, tolerance);
    }
}

// What makes the parts of a compressed stream: one value far and wide, values that repeat, noise.
TEST(CompressedByRadloom, IsReadByItk) {
  const Folder folder;
  Geometry grid;
  grid.size = {57, 61, 63};
  std::vector<double> values;
  std::mt19937 random(1);
  for (std::int64_t i = 0; i < grid.voxels(); ++i)
    values.push_back(i % 57 < 20 ? NAN : i % 57 < 40 ? double(random() % 100) / 27 : double(random()) / 3);
  const Volume volume = Volume::from(grid, values);
  for (const char* name : {"v.nii.gz", "v.nrrd"}) {
    write_volume(folder.path() / name, volume);
    expect_same_voxels(volume, read_with_itk(folder.path() / name), name);
  }
}

}  // namespace
}  // namespace radloom::test
