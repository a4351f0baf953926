// Whatever is wrong with a case is told in one line with the right status, lands in the record, and leaves nothing
// half-written behind.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "cli/small_case.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::json;

class BadInput : public SmallCase {
 protected:
  /// The case fails: status 3, one line on standard error that holds `words`, a whole record with the code, and no other new file.
  void expect_failed(const Outcome& outcome, const std::string& code, const std::vector<std::string>& words) {
    EXPECT_EQ(outcome.status, 3) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.lines_of_err(), 1u) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("error: ")) << outcome.err;
    for (const auto& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " is not in: " << outcome.err;
    ASSERT_TRUE(fs::exists(record));
    const Json json = Json::parse(read_text(record));
    EXPECT_EQ(json.at("schema"), "radloom.case/1");
    EXPECT_EQ(json.at("status"), "failed");
    EXPECT_EQ(json.at("error").at("code"), code);
    expect_no_remains();
  }

  /// Nothing was computed: status 1, one line, no record.
  void expect_refused(const Outcome& outcome, const std::vector<std::string>& words) {
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.lines_of_err(), 1u) << outcome.err;
    for (const auto& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " is not in: " << outcome.err;
    EXPECT_FALSE(fs::exists(record));
    expect_no_remains();
  }

  void expect_no_remains() {
    for (const auto& name : files_below(folder.path())) {
      EXPECT_NE(name[0], '.') << name;
      EXPECT_EQ(name.find(".part"), std::string::npos) << name;
    }
  }

  Json features() { return Json::parse(read_text(record)).at("regions").at(0).at("features"); }

  fs::path write(const std::string& name, const Volume& volume) {
    write_volume(folder / name, volume);
    return folder / name;
  }
};

TEST_F(BadInput, MissingFile) {
  expect_failed(extract(folder / "absent.nii.gz", mask), "file_missing", {"absent.nii.gz"});
  expect_failed(extract(image, folder / "absent.nrrd"), "file_missing", {"absent.nrrd"});
}

TEST_F(BadInput, Folder) { expect_failed(extract(folder.path(), mask), "not_a_file", {folder.path().string()}); }

TEST_F(BadInput, UnreadableFile) {
  const auto noise = folder / "noise.nii.gz";
  write_text(noise, "this is no volume, whatever its name says\n");
  expect_failed(extract(noise, mask), "file_unreadable", {"noise.nii.gz"});
  write_text(folder / "empty.nrrd", "");
  expect_failed(extract(folder / "empty.nrrd", mask), "file_unreadable", {"empty.nrrd"});
}

// A truncated .nii.gz reads as zeros in ITK, without an error.
TEST_F(BadInput, TruncatedFile) {
  const std::string whole = read_text(image);
  for (const std::size_t kept : {whole.size() / 2, whole.size() - 1, whole.size() - 9}) {
    write_text(folder / "cut.nii.gz", whole.substr(0, kept));
    const Outcome outcome = extract(folder / "cut.nii.gz", mask);
    expect_failed(outcome, "file_truncated", {"cut.nii.gz"});
  }
  const std::string plain = read_text(write("plain.nii", Volume::from(grid, small_values(grid))));
  write_text(folder / "cut.nii", plain.substr(0, plain.size() - 2));
  expect_failed(extract(folder / "cut.nii", mask), "file_truncated", {"cut.nii"});
}

TEST_F(BadInput, DamagedStream) {
  std::string bytes = read_text(image);
  bytes[bytes.size() - 6] = char(bytes[bytes.size() - 6] ^ 0x40);  // in the CRC-32 of gzip's trailer
  write_text(folder / "damaged.nii.gz", bytes);
  expect_failed(extract(folder / "damaged.nii.gz", mask), "file_corrupt", {"damaged.nii.gz"});
}

TEST_F(BadInput, WrongDimension) {
  write_text(folder / "four.nrrd",
      "NRRD0004\ntype: uint8\ndimension: 4\nsizes: 2 2 2 2\nkinds: domain domain domain domain\nencoding: raw\n\n" +
          std::string(16, '\1'));
  expect_failed(extract(folder / "four.nrrd", mask), "unsupported_dimension", {"four.nrrd"});
}

TEST_F(BadInput, VectorImage) {
  write_text(folder / "rgb.nrrd",
      "NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 3 2 2 2\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\n"
      "kinds: vector domain domain domain\nencoding: raw\nspace origin: (0,0,0)\n\n" +
          std::string(24, '\1'));
  expect_failed(extract(folder / "rgb.nrrd", mask), "vector_image", {"rgb.nrrd", "3"});
}

TEST_F(BadInput, GeometryMismatch) {
  Geometry moved = grid;
  moved.origin_mm[2] += 30;
  const auto other = write("moved.nii.gz", Volume::from(moved, small_labels(moved)));
  expect_failed(extract(image, other), "geometry_mismatch", {"origin", "30"});
  // What the message proposes works.
  moved.origin_mm[2] -= 30 - 0.25;
  const auto near = write("near.nii.gz", Volume::from(moved, small_labels(moved)));
  expect_failed(extract(image, near), "geometry_mismatch", {"correct_mask"});
  EXPECT_EQ(extract(image, near, {"--set", "correct_mask=true"}).status, 0);
}

TEST_F(BadInput, LabelAbsent) {
  expect_failed(extract(image, mask, {"--label", "7"}), "label_absent", {"label 7", "1, 3", "mask.nii.gz"});
  expect_failed(extract(image, mask, {"--label", "1+7"}), "label_absent", {"label 7", "1, 3"});
}

TEST_F(BadInput, EmptyMask) {
  const auto zeros = write("zeros.nrrd", Volume::from(grid, std::vector<std::uint8_t>(std::size_t(grid.voxels()))));
  expect_failed(extract(image, zeros), "empty_mask", {"zeros.nrrd"});
  expect_failed(extract(image, zeros, {"--label", "all"}), "empty_mask", {"zeros.nrrd"});
}

class OneVoxel : public BadInput {
 protected:
  fs::path one_voxel() {
    std::vector<std::uint8_t> labels(std::size_t(grid.voxels()));
    labels[500] = 1;
    return write("one.nii.gz", Volume::from(grid, labels));
  }
};

TEST_F(OneVoxel, FailsInPyradiomics) {
  expect_failed(extract(image, one_voxel(), {"--preset", "pyradiomics"}), "region_too_small", {"one.nii.gz"});
}

TEST_F(OneVoxel, HasReasonsInTheStandard) {
  const Outcome outcome = extract(image, one_voxel(), {"--preset", "ibsi"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json region = Json::parse(read_text(record)).at("regions").at(0);
  EXPECT_EQ(region.at("voxels"), 1);
  const double only = double(small_values(grid)[500]);
  EXPECT_EQ(region.at("features").at("original_stat_mean"), only);
  EXPECT_EQ(region.at("features").at("original_stat_maximum"), only);
  std::size_t nulls = 0;
  for (const auto& [name, value] : region.at("features").items()) {
    EXPECT_EQ(value.is_null(), region.at("undefined").contains(name)) << name;
    nulls += value.is_null();
  }
  EXPECT_GT(nulls, 0u);
  // A voxel without a neighbour has no co-occurrence.
  EXPECT_TRUE(region.at("features").at("original_glcm_contrast_3d_mrg").is_null());
}

TEST_F(BadInput, OneGrayLevel) {
  const auto flat = write("flat.nii.gz", Volume::from(grid, std::vector<std::int16_t>(std::size_t(grid.voxels()), 40)));
  ASSERT_EQ(extract(flat, mask, {"--preset", "pyradiomics"}).status, 0);
  Json values = features();
  EXPECT_EQ(values.at("original_firstorder_Mean"), 40);
  EXPECT_EQ(values.at("original_firstorder_Variance"), 0);
  EXPECT_EQ(values.at("original_glcm_Contrast"), 0);
  EXPECT_EQ(values.at("original_ngtdm_Coarseness"), 1e6);  // PyRadiomics' fallback
  ASSERT_EQ(extract(flat, mask, {"--preset", "ibsi"}).status, 0);
  const Json region = Json::parse(read_text(record)).at("regions").at(0);
  EXPECT_TRUE(region.at("features").at("original_glcm_correlation_3d_mrg").is_null());
  EXPECT_EQ(region.at("undefined").at("original_glcm_correlation_3d_mrg"), "one_gray_level");
}

// ITK turns NaN into 0 when it reads NIfTI.
TEST_F(BadInput, NotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
           -std::numeric_limits<float>::infinity()}) {
    auto values = small_values<float>(grid);
    const auto labels = small_labels(grid);
    const auto inside = std::size_t(std::find(labels.begin(), labels.end(), 1) - labels.begin());
    values[inside] = bad;
    for (const char* name : {"bad.nii.gz", "bad.nrrd", "bad.mha"})
      expect_failed(extract(write(name, Volume::from(grid, values)), mask), "non_finite", {name});
    // Outside the region it harms nobody.
    values[inside] = 5;
    values[0] = bad;
    EXPECT_EQ(extract(write("outside.nii.gz", Volume::from(grid, values)), mask).status, 0);
  }
}

TEST_F(BadInput, TooManyGrayLevels) {
  const Outcome outcome = extract(image, mask, {"--set", "bin_width=0.0001"});
  expect_failed(outcome, "too_many_gray_levels", {"0.0001", "gray levels"});
  // It says how many: the region's intensities span about 200, so about 2 million.
  std::smatch found;
  ASSERT_TRUE(std::regex_search(outcome.err, found, std::regex("makes ([0-9]+) gray levels"))) << outcome.err;
  EXPECT_GT(std::stol(found[1]), 1'500'000);
  EXPECT_LE(std::stol(found[1]), 2'000'000);
  // The width it proposes is accepted.
  ASSERT_TRUE(std::regex_search(outcome.err, found, std::regex("a width of ([0-9.e+-]+)"))) << outcome.err;
  EXPECT_EQ(extract(image, mask, {"--set", "bin_width=" + found[1].str()}).status, 0);
}

TEST_F(BadInput, RegionFillsTheImage) {
  const auto full = write("full.nii.gz", Volume::from(grid, std::vector<std::uint8_t>(std::size_t(grid.voxels()), 1)));
  for (const char* preset : {"ibsi", "pyradiomics"}) {
    const Outcome outcome = extract(image, full, {"--preset", preset});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const Json region = Json::parse(read_text(record)).at("regions").at(0);
    EXPECT_EQ(region.at("voxels"), 960);
    EXPECT_EQ(region.at("bounding_box"), (Json{0, 0, 0, 12, 10, 8}));
  }
}

TEST_F(BadInput, FailedRegionMakesThePartialCase) {
  auto labels = small_labels(grid);
  labels[0] = 9;
  const Outcome outcome =
      extract(image, write("three.nii.gz", Volume::from(grid, labels)), {"--preset", "pyradiomics", "--label", "all"});
  EXPECT_EQ(outcome.status, 2);
  const Json json = Json::parse(read_text(record));
  EXPECT_EQ(json.at("status"), "partial");
  ASSERT_EQ(json.at("regions").size(), 3u);
  EXPECT_EQ(json.at("regions").at(2).at("label"), 9);
  EXPECT_EQ(json.at("regions").at(2).at("error").at("code"), "region_too_small");
  EXPECT_EQ(json.at("regions").at(1).at("status"), "ok");
}

TEST_F(BadInput, UnknownKey) {
  write_text(folder / "params.yaml", "setting:\n  binWidht: 25\n");
  expect_refused(
      extract(image, mask, {"-c", (folder / "params.yaml").string()}), {"params.yaml", "binWidht", "binWidth"});
  expect_refused(extract(image, mask, {"--set", "bin_widht=3"}), {"bin_widht", "bin_width"});
}

TEST_F(BadInput, WrongType) {
  write_text(folder / "params.yaml", "setting:\n  binWidth: wide\n");
  expect_refused(extract(image, mask, {"-c", (folder / "params.yaml").string()}), {"params.yaml", "binWidth", "wide"});
  expect_refused(extract(image, mask, {"--set", "bin_width=-1"}), {"bin_width", "-1"});
}

TEST_F(BadInput, OutputNotWritable) {
  record = folder / "absent" / "record.json";
  expect_refused(extract(image, mask), {"record.json", "absent"});
  EXPECT_FALSE(fs::exists(folder / "absent"));
  record = folder.path();
  const Outcome onto_folder = extract(image, mask);
  EXPECT_EQ(onto_folder.status, 1);
  EXPECT_NE(onto_folder.err.find("folder"), std::string::npos);
  // It is found before anything is read: a missing image is not noticed.
  record = folder / "absent" / "record.json";
  expect_refused(extract(folder / "no-such.nii.gz", mask), {"record.json"});
  if (::geteuid() != 0) {
    fs::create_directory(folder / "locked");
    fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    record = folder / "locked" / "record.json";
    expect_refused(extract(image, mask), {"record.json"});
    fs::permissions(folder / "locked", fs::perms::owner_all);
  }
}

TEST_F(BadInput, KeepsAnEarlierRecordWhenRefused) {
  write_text(record, "earlier");
  EXPECT_EQ(extract(image, mask, {"--device", "cuda:99"}).status, 4);
  EXPECT_EQ(read_text(record), "earlier");
}

}  // namespace
}  // namespace radloom::test
