#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "io/files.hpp"

namespace radloom::test {
namespace {

class Write : public testing::Test {
 protected:
  Folder folder;
};

TEST_F(Write, RoundTripsGeometryAndVoxels) {
  for (const Geometry& grid :
      {oblique(), mirrored(), Geometry{{4, 3, 2}, {1, 1, 1}, {0, 0, 0}, {-1, 0, 0, 0, -1, 0, 0, 0, 1}}})
    for (const char* name : {"w.nii", "w.nii.gz", "w.nrrd", "w.mha"}) {
      const bool nifti = std::string(name).find("nii") != std::string::npos;
      write_volume(folder.path() / name, Volume::from(grid, ramp()));
      const Volume back = read_volume(folder.path() / name).volume;
      EXPECT_EQ(values_of<std::int16_t>(back), ramp()) << name;
      EXPECT_EQ(back.geometry().size, grid.size);
      // NIfTI keeps floats: 24 bits. A spacing in NRRD is the length of a vector, so its last bit may differ.
      const double tolerance = nifti ? 1e-6 : 1e-15;
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(back.geometry().spacing_mm[i], grid.spacing_mm[i], tolerance * grid.spacing_mm[i]) << name;
        EXPECT_NEAR(back.geometry().origin_mm[i], grid.origin_mm[i], tolerance * std::abs(grid.origin_mm[i])) << name;
      }
      expect_close(back.geometry().direction, grid.direction, tolerance);
    }
  EXPECT_EQ(folder.files(), 4u);
}

// Without the sform the same geometry comes out of the quaternion: both forms say the same.
TEST_F(Write, QuaternionAgreesWithTheRows) {
  std::vector<std::array<double, 9>> turns{oblique().direction, mirrored().direction, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  turns.push_back({-1, 0, 0, 0, 1, 0, 0, 0, -1});
  turns.push_back({1, 0, 0, 0, -1, 0, 0, 0, -1});
  turns.push_back({-1, 0, 0, 0, -1, 0, 0, 0, 1});
  turns.push_back({0, 0, 1, 1, 0, 0, 0, 1, 0});
  turns.push_back({0, 1, 0, 0, 0, -1, 1, 0, 0});
  for (const auto& direction : turns) {
    Geometry grid = oblique();
    grid.direction = direction;
    write_volume(folder.path() / "w.nii", Volume::from(grid, ramp()));
    std::string bytes = contents(folder.path() / "w.nii");
    bytes[254] = bytes[255] = 0;  // sform_code
    const Geometry back = read_header(folder.write("q.nii", bytes)).geometry;
    expect_close(back.direction, direction, 1e-6);
    expect_close(back.origin_mm, grid.origin_mm, 1e-4);
  }
}

TEST_F(Write, KeepsEveryType) {
  Geometry grid;
  grid.size = {3, 1, 1};
  const auto check = [&]<class T>(T) {
    const std::vector<T> values{std::numeric_limits<T>::lowest(), T(7), std::numeric_limits<T>::max()};
    for (const char* name : {"t.nii", "t.nii.gz", "t.nrrd", "t.mha"}) {
      write_volume(folder.path() / name, Volume::from(grid, values));
      EXPECT_EQ(values_of<T>(read_volume(folder.path() / name).volume), values) << name;
    }
  };
  check(std::int8_t{});
  check(std::uint8_t{});
  check(std::int16_t{});
  check(std::uint16_t{});
  check(std::int32_t{});
  check(std::uint32_t{});
  check(float{});
  check(double{});
}

TEST_F(Write, CompressesManyBlocks) {
  Geometry grid;
  grid.size = {128, 128, 100};
  std::vector<std::uint16_t> values(std::size_t(grid.voxels()));
  std::mt19937 random(1);
  for (auto& value : values) value = std::uint16_t(random() & 0x3ff);
  write_volume(folder.path() / "w.nii.gz", Volume::from(grid, values));
  EXPECT_LT(std::filesystem::file_size(folder.path() / "w.nii.gz"), values.size() * 2);
  EXPECT_EQ(values_of<std::uint16_t>(read_volume(folder.path() / "w.nii.gz").volume), values);
}

TEST_F(Write, WholeOrNotAtAll) {
  const Volume volume = Volume::from(oblique(), ramp());
  expect_error(ErrorCode::output_unwritable, {"gone/w.nii", "No such file", "folder"},
      [&] { write_volume(folder.path() / "gone" / "w.nii", volume); });
  std::filesystem::create_directories(folder.path() / "taken.nrrd" / "inside");
  expect_error(
      ErrorCode::output_unwritable, {"taken.nrrd"}, [&] { write_volume(folder.path() / "taken.nrrd", volume); });
  expect_error(ErrorCode::usage, {"w.jpg", ".nii.gz", ".mha"}, [&] { write_volume(folder.path() / "w.jpg", volume); });
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(Write, FullDiskLeavesWhatWasThere) {
  write_volume(folder.path() / "w.nii", Volume::from(oblique(), ramp()));
  const std::string before = contents(folder.path() / "w.nii");
  Geometry grid;
  grid.size = {100, 100, 100};
  const Volume large = Volume::from(grid, std::vector<double>(1000000, 1.5));
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{1 << 20, limit.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  expect_error(
      ErrorCode::output_unwritable, {"w.nii", "File too large"}, [&] { write_volume(folder.path() / "w.nii", large); });
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(contents(folder.path() / "w.nii"), before);
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(Write, WhatAFormatCannotHold) {
  Geometry grid = oblique();
  grid.direction = {1, 0.5, 0, 0, 0.8, 0, 0, 0, 1};
  expect_error(ErrorCode::output_unwritable, {"not orthogonal", ".nrrd"},
      [&] { write_volume(folder.path() / "w.nii", Volume::from(grid, ramp())); });
  grid = Geometry{};
  grid.size = {40000, 1, 1};
  expect_error(ErrorCode::output_unwritable, {"40000", ".nrrd"},
      [&] { write_volume(folder.path() / "w.nii", Volume::from(grid, std::vector<std::uint8_t>(40000))); });
  expect_error(ErrorCode::usage, {"w.nii"}, [&] { write_volume(folder.path() / "w.nii", Volume()); });
  EXPECT_EQ(folder.files(), 0u);
}

}  // namespace
}  // namespace radloom::test
