// Files that are broken in transit or never were volumes: an error that says so, whatever the place of the damage.
#include "io/files.hpp"

namespace radloom::test {
namespace {

class Damage : public testing::Test {
 protected:
  /// 200 shorts: every cut and every byte is tried, so the file is small.
  std::string nifti() {
    NiftiHeader header;
    header.dim = {3, 10, 5, 4, 1, 1, 1, 1};
    return header.bytes() + bytes_of_numbers(ramp(200));
  }
  /// The code of reading, or nothing where the volume came out right.
  std::string outcome(const std::filesystem::path& path) {
    try {
      const Volume volume = read_volume(path).volume;
      return values_of<std::int16_t>(volume) == ramp(200) ? "" : "wrong voxels";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos) << error.what();
      return std::string(code_name(error.code()));
    }
  }
  Folder folder;
};

TEST_F(Damage, TruncatedStreamAtAnyCut) {
  write_volume(folder.path() / "whole.nii.gz", read_volume(folder.write("a.nii", nifti())).volume);
  for (const std::string& whole : {gzip_stored(nifti()), contents(folder.path() / "whole.nii.gz")}) {
    ASSERT_EQ(outcome(folder.write("cut.nii.gz", whole)), "");
    for (std::size_t cut = 1; cut < whole.size(); ++cut)
      ASSERT_EQ(outcome(folder.write("cut.nii.gz", whole.substr(0, cut))), "file_truncated")
          << "cut at " << cut << " of " << whole.size();
  }
}

TEST_F(Damage, FlippedBitsNeverPass) {
  write_volume(folder.path() / "whole.nii.gz", read_volume(folder.write("a.nii", nifti())).volume);
  const std::string whole = contents(folder.path() / "whole.nii.gz");
  ASSERT_EQ(outcome(folder.path() / "whole.nii.gz"), "");
  std::size_t harmless = 0;
  for (std::size_t at = 10; at < whole.size(); ++at) {  // the first ten bytes hold time and system, which mean nothing
    std::string damaged = whole;
    damaged[at] ^= char(1 << (at % 8));
    const std::string result = outcome(folder.write("bit.nii.gz", damaged));
    // A bit may mean nothing (an unused code of a Huffman table): then the voxels are right.
    ASSERT_NE(result, "wrong voxels") << "bit of byte " << at;
    harmless += result.empty();
  }
  EXPECT_LT(harmless, whole.size() / 20);
  std::string damaged = gzip_stored(nifti());
  damaged[damaged.size() - 100] ^= 1;  // a voxel: only the checksum can tell
  expect_read_error(ErrorCode::file_corrupt, {"CRC-32", "copy the file again"}, folder.write("bit.nii.gz", damaged));
  damaged = gzip_stored(nifti());
  damaged[damaged.size() - 4] ^= 1;
  expect_read_error(ErrorCode::file_corrupt, {"length"}, folder.write("bit.nii.gz", damaged));
}

TEST_F(Damage, WhatFollowsAStream) {
  EXPECT_EQ(outcome(folder.write("pad.nii.gz", gzip_stored(nifti()) + std::string(1000, '\0'))), "");
  expect_read_error(
      ErrorCode::file_corrupt, {"belong to no stream"}, folder.write("junk.nii.gz", gzip_stored(nifti()) + "junk"));
  expect_read_error(ErrorCode::file_truncated, {"end too early"},
      folder.write("half.nii.gz", gzip_stored(nifti()) + gzip_stored("x").substr(0, 12)));
}

TEST_F(Damage, StreamShorterThanTheHeaderSays) {
  const std::string whole = nifti();
  expect_read_error(ErrorCode::file_truncated, {"decompresses to 750 bytes", "promises 752"},
      folder.write("short.nii.gz", gzip_stored(whole.substr(0, whole.size() - 2))));
}

TEST_F(Damage, TruncatedRawFiles) {
  const std::string whole = nifti();
  for (const std::size_t cut : {std::size_t(1), std::size_t(3), std::size_t(100), std::size_t(347)})
    EXPECT_NE(outcome(folder.write("cut.nii", whole.substr(0, cut))), "") << cut;
  expect_read_error(ErrorCode::file_truncated, {"100 of the 348"}, folder.write("cut.nii", whole.substr(0, 100)));
  for (const std::size_t cut : {std::size_t(348), std::size_t(352), whole.size() - 1})
    EXPECT_EQ(outcome(folder.write("cut.nii", whole.substr(0, cut))), "file_truncated") << cut;
  const Volume volume = read_volume(folder.write("a.nii", whole)).volume;
  for (const char* name : {"w.nrrd", "w.mha"}) {
    write_volume(folder.path() / name, volume);
    const std::string bytes = contents(folder.path() / name);
    for (const std::size_t cut : {bytes.size() - 1, bytes.size() - 90})
      EXPECT_EQ(outcome(folder.write(std::string("cut-") + name, bytes.substr(0, cut))), "file_truncated")
          << name << " " << cut;
    for (const std::size_t cut : {std::size_t(4), std::size_t(60)})
      EXPECT_EQ(outcome(folder.write(std::string("cut-") + name, bytes.substr(0, cut))), "file_unreadable")
          << name << " " << cut;
  }
}

TEST_F(Damage, NoVolumeAtAll) {
  expect_read_error(ErrorCode::file_missing, {"no such file"}, folder.path() / "gone.nii.gz");
  expect_read_error(ErrorCode::file_missing, {"no such file"}, folder.write("file", "x") / "below.nii");
  expect_read_error(ErrorCode::not_a_file, {"directory"}, folder.path());
  std::filesystem::create_directory(folder.path() / "folder.nii");
  expect_read_error(ErrorCode::not_a_file, {"directory"}, folder.path() / "folder.nii");
  for (const char* name : {"e.nii", "e.nii.gz", "e.hdr", "e.nrrd", "e.nhdr", "e.mha", "e.mhd"}) {
    expect_read_error(ErrorCode::file_unreadable, {"empty"}, folder.write(name, ""));
    expect_read_error(
        ErrorCode::file_unreadable, {"check what wrote it"}, folder.write(name, "some notes about the patient\n"));
    expect_read_error(ErrorCode::file_unreadable, {}, folder.write(name, std::string(100000, '\xff')));
  }
  expect_read_error(
      ErrorCode::file_unreadable, {"extension", ".nii.gz", ".nrrd", ".mha", "DICOM"}, folder.write("a.tif", "x"));
}

TEST_F(Damage, BombIsRefusedWithoutItsMemory) {
  // 1 GiB of voxels promised; the stream holds 64 KiB. The bound of deflate alone refuses it.
  NiftiHeader header;
  header.dim = {3, 1024, 1024, 512, 1, 1, 1, 1};
  expect_read_error(ErrorCode::file_truncated, {"cannot hold the 1073742176 bytes"},
      folder.write("bomb.nii.gz", gzip_stored(header.bytes() + std::string(65536, '\0'))));
}

TEST_F(Damage, DigestIsOfTheStoredBytes) {
  // sha256sum of the same bytes.
  const auto path = folder.write("a.nrrd", "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 3\nencoding: raw\n\nabc");
  EXPECT_EQ(
      read_volume(path, {.digest = true}).sha256, "af9c6ec6ec627641e3fa48c28bb24ec17730163daa30ef00b46875358a0d273a");
  EXPECT_EQ(read_volume(path).sha256, "");
  folder.write("d.raw", "abc");
  const auto detached =
      folder.write("a.nhdr", "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 3\nencoding: raw\ndata file: d.raw\n");
  EXPECT_EQ(read_volume(detached, {.digest = true}).sha256,
      "315062e9770cd18284c1244ed34d1fab248dc3205f3fc449f5a5fcc3812c500d");
}

}  // namespace
}  // namespace radloom::test
