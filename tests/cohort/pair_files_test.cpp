#include "cohort/pair_files.hpp"

#include <gtest/gtest.h>

#include "cohort/manifest.hpp"
#include "io/files.hpp"
#include "radloom/error.hpp"

namespace radloom::test {
namespace {

namespace fs = std::filesystem;

class PairFiles : public testing::Test {
 protected:
  void put(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      fs::create_directories((folder.path() / name).parent_path());
      folder.write(name, "");
    }
  }
  /// "ID: image mask" of each case, below the folder.
  std::vector<std::string> pairs() {
    const auto manifest = cohort::read_manifest(folder.path());
    std::vector<std::string> lines;
    for (const auto& row : manifest.rows)
      lines.push_back(row.input.case_id + ": " + below(row.input.image) + ' ' + below(row.input.mask));
    alone.clear();
    for (const auto& path : manifest.alone) alone.push_back(below(path));
    return lines;
  }
  std::string below(const fs::path& path) const { return fs::relative(path, folder.path()).generic_string(); }

  Folder folder;
  std::vector<std::string> alone;
};

using Lines = std::vector<std::string>;

TEST_F(PairFiles, ByTheWordAtTheEnd) {
  put({"ct-1_image.nii.gz", "ct-1_mask.nii.gz", "ct-2.nrrd", "ct-2-label.nrrd", "MR.nii", "MR_Seg.nii.gz",
      "pet-img.mha", "pet-segmentation.mhd", "orphan_mask.nii", "alone.nii.gz", "notes_mask.txt", "masked.nii"});
  EXPECT_EQ(pairs(), (Lines{"MR: MR.nii MR_Seg.nii.gz", "ct-1: ct-1_image.nii.gz ct-1_mask.nii.gz",
                         "ct-2: ct-2.nrrd ct-2-label.nrrd", "pet: pet-img.mha pet-segmentation.mhd"}));
  EXPECT_EQ(alone, (Lines{"alone.nii.gz", "masked.nii", "orphan_mask.nii"}));
}

TEST_F(PairFiles, FoldersOfCases) {
  put({"p1/image.nii.gz", "p1/mask.nii.gz", "p2/CT.nrrd", "p2/label.nrrd", "p3/a.nii", "p3/b.nii", "p3/roi.nii",
      "site/p1/T1.nii.gz", "site/p1/T1_seg.nii.gz", ".hidden/image.nii", ".hidden/mask.nii"});
  EXPECT_EQ(pairs(), (Lines{"p1: p1/image.nii.gz p1/mask.nii.gz", "p2: p2/CT.nrrd p2/label.nrrd",
                         "site/p1/T1: site/p1/T1.nii.gz site/p1/T1_seg.nii.gz"}));
  EXPECT_EQ(alone, (Lines{"p3/a.nii", "p3/b.nii", "p3/roi.nii"}))
      << "which of two images a mask belongs to is not guessed";
}

TEST_F(PairFiles, FoldersOfImagesAndOfLabels) {
  put({"imagesTr/liver_1_0000.nii.gz", "labelsTr/liver_1.nii.gz", "imagesTr/liver_2.nii.gz", "labelsTr/liver_2.nii.gz",
      "imagesTs/liver_3.nii.gz", "other/Images/x.nrrd", "other/masks/x_seg.nrrd"});
  EXPECT_EQ(pairs(), (Lines{"labelsTr/liver_1: imagesTr/liver_1_0000.nii.gz labelsTr/liver_1.nii.gz",
                         "labelsTr/liver_2: imagesTr/liver_2.nii.gz labelsTr/liver_2.nii.gz",
                         "other/masks/x: other/Images/x.nrrd other/masks/x_seg.nrrd"}));
  EXPECT_EQ(alone, Lines{"imagesTs/liver_3.nii.gz"});
}

TEST_F(PairFiles, MasksThatShareAnImageAndCasesThatShareAName) {
  put({"a.nii", "a_mask.nii", "a_roi.nii", "x/b.nii", "x/b_mask.nii", "x/b/image.nii", "x/b/mask.nii"});
  EXPECT_EQ(pairs(), (Lines{"a_mask: a.nii a_mask.nii", "a_roi: a.nii a_roi.nii", "x/b: x/b.nii x/b_mask.nii",
                         "x/b+: x/b/image.nii x/b/mask.nii"}));
}

TEST_F(PairFiles, NothingToPairIsAnError) {
  put({"one.nii", "two.nii"});
  try {
    cohort::read_manifest(folder.path());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::manifest_invalid);
    EXPECT_NE(std::string(error.what()).find("2 volumes were found, none called <case>_mask"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace radloom::test
