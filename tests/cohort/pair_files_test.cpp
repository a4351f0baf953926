#include "cohort/pair_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cohort/manifest.hpp"
#include "io/dicom_files.hpp"
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
    for (const auto& [path, reason] : manifest.alone)
      alone.push_back(below(path) + (reason.empty() ? "" : " " + reason));
    return lines;
  }
  std::string below(const fs::path& path) const { return path.lexically_relative(folder.path()).generic_string(); }

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

TEST_F(PairFiles, BidsDerivatives) {
  put({"sub-01/anat/sub-01_T1w.nii.gz", "sub-01/anat/sub-01_FLAIR.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz",
      "sub-02/ses-2/anat/sub-02_ses-2_T1w.nii.gz",
      "derivatives/hand/sub-02/ses-2/anat/sub-02_ses-2_label-lesion_mask.nii.gz",
      "derivatives/hand/sub-01/anat/sub-01_label-lesion_mask.nii.gz",
      "derivatives/hand/sub-01/anat/sub-01_FLAIR_seg.nii.gz",
      "derivatives/hand/sub-01/anat/sub-01_space-T1w_label-GM_dseg.nii.gz",
      "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_space-MNI_desc-preproc_T1w.nii.gz",
      "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_space-MNI_desc-brain_mask.nii.gz",
      "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_desc-preproc_T1w.nii.gz",
      "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_desc-brain_mask.nii.gz",
      "derivatives/hand/sub-02/ses-1/anat/sub-02_ses-1_desc-tumour_mask.nii.gz",
      "derivatives/hand/sub-03/anat/sub-03_desc-tumour_mask.nii.gz"});
  EXPECT_EQ(pairs(),
      (Lines{"derivatives/hand/sub-01/anat/sub-01_FLAIR: sub-01/anat/sub-01_FLAIR.nii.gz "
             "derivatives/hand/sub-01/anat/sub-01_FLAIR_seg.nii.gz",
          "derivatives/hand/sub-01/anat/sub-01_space-T1w_label-GM: sub-01/anat/sub-01_T1w.nii.gz "
          "derivatives/hand/sub-01/anat/sub-01_space-T1w_label-GM_dseg.nii.gz",
          "derivatives/hand/sub-02/ses-1/anat/sub-02_ses-1_desc-tumour: sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz "
          "derivatives/hand/sub-02/ses-1/anat/sub-02_ses-1_desc-tumour_mask.nii.gz",
          "derivatives/hand/sub-02/ses-2/anat/sub-02_ses-2_label-lesion: sub-02/ses-2/anat/sub-02_ses-2_T1w.nii.gz "
          "derivatives/hand/sub-02/ses-2/anat/sub-02_ses-2_label-lesion_mask.nii.gz",
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_desc-brain: "
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_desc-preproc_T1w.nii.gz "
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_desc-brain_mask.nii.gz",
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_space-MNI_desc-brain: "
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_space-MNI_desc-preproc_T1w.nii.gz "
          "derivatives/prep/sub-02/ses-1/anat/sub-02_ses-1_space-MNI_desc-brain_mask.nii.gz"}));
  ASSERT_EQ(alone.size(), 2U);
  EXPECT_NE(alone[0].find("several images have its entities ("), std::string::npos) << alone[0];
  EXPECT_NE(alone[0].find("sub-01_FLAIR.nii.gz, "), std::string::npos) << alone[0];
  EXPECT_EQ(alone[1],
      "derivatives/hand/sub-03/anat/sub-03_desc-tumour_mask.nii.gz no image of its data set has its entities (sub-03)");

  folder.write("derivatives/hand/sub-01/anat/sub-01_label-lesion_mask.json",
      R"({"Sources": ["bids:raw:sub-01/anat/sub-01_FLAIR.nii.gz"]})");
  EXPECT_EQ(pairs().at(1),
      "derivatives/hand/sub-01/anat/sub-01_label-lesion_mask: sub-01/anat/sub-01_FLAIR.nii.gz "
      "derivatives/hand/sub-01/anat/sub-01_label-lesion_mask.nii.gz");
}

/// A wrong pair is worse than none.
TEST_F(PairFiles, BidsMasksThatBelongToNothingHere) {
  const std::string mask = "derivatives/hand/sub-01/anat/sub-01_label-lesion_mask";
  put({"sub-01/anat/sub-01_T1w.nii.gz", mask + ".nii.gz", "x_image.nii", "x_mask.nii"});
  EXPECT_EQ(pairs().size(), 2U);
  folder.write(mask + ".json", R"({"Sources": ["bids::sub-01/anat/sub-01_FLAIR.nii.gz", "a transform.txt"]})");
  EXPECT_EQ(pairs(), Lines{"x: x_image.nii x_mask.nii"});
  EXPECT_EQ(alone.at(0),
      mask + ".nii.gz its .json names sub-01_FLAIR.nii.gz, which is not among the images that have its entities");
  folder.write(mask + ".json", R"({"RawSources": "bids::sub-01/anat/sub-01_FLAIR.nii.gz"})");
  EXPECT_EQ(pairs().size(), 1U);
  // What is no sidecar says nothing.
  folder.write(mask + ".json", "{\"Sources\": " + std::string(200000, '['));
  EXPECT_EQ(pairs().size(), 2U);
  folder.write(mask + ".json", "{\"Sources\": " + std::string(400000, '[') + std::string(400000, ']') + "}");
  EXPECT_EQ(pairs().size(), 2U);
  // Nor may it go to the same subject of another data set.
  fs::remove(folder.path() / (mask + ".json"));
  fs::remove(folder.path() / "sub-01/anat/sub-01_T1w.nii.gz");
  put({"sub-02/anat/sub-02_T1w.nii.gz", "other/sub-01/anat/sub-01_T1w.nii.gz"});
  EXPECT_EQ(pairs().size(), 1U);
  // A probability map is no image, and lies in the mask's own folder.
  put({"derivatives/hand/sub-02/anat/sub-02_label-GM_probseg.nii.gz",
      "derivatives/hand/sub-02/anat/sub-02_desc-brain_mask.nii.gz"});
  EXPECT_EQ(pairs().at(0),
      "derivatives/hand/sub-02/anat/sub-02_desc-brain: sub-02/anat/sub-02_T1w.nii.gz "
      "derivatives/hand/sub-02/anat/sub-02_desc-brain_mask.nii.gz");
  EXPECT_EQ(pairs().size(), 2U);
}

TEST_F(PairFiles, ABidsDataSetOfMasksAlone) {
  put({"raw/sub-01/sub-01_T1w.nii", "seg/sub-01/sub-01_desc-x_mask.nii"});
  EXPECT_EQ(pairs(), Lines{"seg/sub-01/sub-01_desc-x: raw/sub-01/sub-01_T1w.nii seg/sub-01/sub-01_desc-x_mask.nii"});
}

TEST_F(PairFiles, LinksLettersCaseAndHiddenFiles) {
  put({"P1.nrrd", "p1.nrrd", "p1_mask.nrrd", "Q.nrrd", "q_mask.nrrd", "._p1.nrrd", "._p1_mask.nrrd", "case/ct.nii",
      "case/mask.nii", "case/._ct.nii", "r_mask.nii", ".store/abc", "s_mask.nii", "t.nii"});
  fs::create_symlink("nowhere", folder.path() / "r.nii");
  fs::create_symlink(".store/abc", folder.path() / "s.nii");
  fs::create_symlink("nowhere", folder.path() / "t_mask.nii");
  EXPECT_EQ(pairs(), (Lines{"case: case/ct.nii case/mask.nii", "p1: p1.nrrd p1_mask.nrrd", "q: Q.nrrd q_mask.nrrd",
                         "s: s.nii s_mask.nii"}));
  ASSERT_EQ(alone.size(), 5U);
  EXPECT_EQ(alone[0], "P1.nrrd");
  EXPECT_EQ(alone[1], "r.nii");
  EXPECT_NE(alone[2].find("r.nii is a link to a file that is not here"), std::string::npos) << alone[2];
  EXPECT_EQ(alone[3], "t.nii");
  EXPECT_EQ(alone[4], "t_mask.nii it is a link to a file that is not here");
}

class PairDicom : public PairFiles {
 protected:
  void put_series(const std::string& where, const std::string& uid, const std::string& frame = "1.2.3.5") {
    fs::create_directories(folder.path() / where);
    for (int number = 1; number <= 2; ++number) {
      DicomDataset slice = ct_slice(number, slice_pixels(number));
      slice.text(0x20, 0xE, "UI", uid).text(0x20, 0x52, "UI", frame);
      folder.write(fmt::format("{}/{}-{}.dcm", where, uid, number), dicom_file(slice));
    }
  }
  /// A structure set that refers to these series, and was drawn in this frame of reference.
  void put_structures(
      const std::string& name, const std::vector<std::string>& series, const std::string& frame = "1.2.3.5") {
    fs::create_directories((folder.path() / name).parent_path());
    DicomDataset structure, set;
    structure.text(0x3006, 0x22, "IS", "1").text(0x3006, 0x24, "UI", frame).text(0x3006, 0x26, "LO", "GTV");
    std::vector<DicomDataset> referenced;
    for (const auto& uid : series) referenced.push_back(DicomDataset().text(0x20, 0xE, "UI", uid));
    const DicomDataset study = DicomDataset().sequence(0x3006, 0x14, referenced);
    set.text(8, 0x60, "CS", "RTSTRUCT").sequence(0x3006, 0x20, {structure});
    if (!series.empty()) set.sequence(0x3006, 0x10, {DicomDataset().sequence(0x3006, 0x12, {study})});
    folder.write(name, dicom_file(set));
  }
  void put_segments(const std::string& name, const std::string& series) {
    DicomDataset set;
    set.text(8, 0x60, "CS", "SEG").sequence(8, 0x1115, {DicomDataset().text(0x20, 0xE, "UI", series)});
    folder.write(name, dicom_file(set, implicit_little));
  }
};

TEST_F(PairDicom, ByTheSeriesThatIsReferredTo) {
  put_series("p1/ct", "1.1");
  put_series("p2/all", "1.2");
  put_series("p2/all", "1.3");
  put_structures("p1/rs/RS", {"1.1"});
  put_structures("p2/all/a.dcm", {"1.3"});
  put_segments("p2/all/b.dcm", "1.2");
  put_structures("p3/elsewhere.dcm", {"1.9"});
  put_structures("p3/both.dcm", {"1.1", "1.2"});
  put_series("p4", "1.4");
  EXPECT_EQ(pairs(),
      (Lines{"p1/rs: p1/ct p1/rs/RS", "p2/all/a: p2/all/1.3 p2/all/a.dcm", "p2/all/b: p2/all/1.2 p2/all/b.dcm"}));
  EXPECT_EQ(alone, (Lines{"p3/both.dcm refers to several series (1.1, 1.2); name one in a manifest",
                       "p3/elsewhere.dcm the series it refers to, 1.9, is not here",
                       "p4 no structure set or segmentation refers to this series"}));
}

TEST_F(PairDicom, ByTheFrameOfReferenceWhereNoSeriesIsReferredTo) {
  put_series("ct", "1.1", "1.5.1");
  put_series("mr", "1.2", "1.5.2");
  put_series("pet", "1.3", "1.5.1");
  put_structures("mr.dcm", {}, "1.5.2");
  put_structures("petct.dcm", {}, "1.5.1");
  put_structures("none.dcm", {}, "1.5.3");
  EXPECT_EQ(pairs(), Lines{"mr: mr mr.dcm"});
  EXPECT_EQ(alone,
      (Lines{"ct no structure set or segmentation refers to this series",
          "none.dcm refers to no series, and no image here lies in its frame of reference",
          "pet no structure set or segmentation refers to this series",
          "petct.dcm refers to no series, and several lie in its frame of reference (1.1, 1.3); name one in a manifest"}));
}

TEST_F(PairDicom, OneFolderOfOnePatientAndDamage) {
  put_series(".", "1.1");
  put_structures("RS.dcm", {"1.1"});
  folder.write("broken.dcm", dicom_file(ct_slice(3, slice_pixels(3))).substr(0, 300));
  folder.write("README", "text");
  EXPECT_EQ(pairs(), Lines{"RS: . RS.dcm"});
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_NE(alone[0].find("broken.dcm"), std::string::npos) << alone[0];
}

TEST_F(PairDicom, ASeriesInSeveralFolders) {
  put_series("a", "1.1");
  put_series("b", "1.1");
  put_structures("a/RS.dcm", {"1.1"});
  put_structures("c/RS.dcm", {"1.1"});
  EXPECT_EQ(pairs(), Lines{"a: a a/RS.dcm"});
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_NE(alone[0].find("lies in several folders"), std::string::npos) << alone[0];
}

TEST_F(PairFiles, NothingToPairIsAnError) {
  put({"one.nii", "two.nii"});
  try {
    cohort::read_manifest(folder.path());
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::manifest_invalid);
    EXPECT_NE(
        std::string(error.what()).find("2 volumes or series were found, none called <case>_mask"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace radloom::test
