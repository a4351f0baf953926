#include "cohort/manifest.hpp"

#include <gtest/gtest.h>

namespace radloom::cohort {
namespace {

/// The message with which a manifest is refused.
std::string refusal(std::string_view text) {
  try {
    parse_manifest(text, "data/cohort.csv");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::manifest_invalid);
    return error.what();
  }
  return "accepted";
}

void expect_refused(std::string_view text, const std::vector<std::string>& words) {
  const std::string message = refusal(text);
  EXPECT_TRUE(message.starts_with("data/cohort.csv: ")) << message;
  for (const auto& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " is not in: " << message;
}

TEST(Manifest, ReadsColumnsInAnyCaseAndOrder) {
  const Manifest manifest = parse_manifest(
      "Site,MASK,image,iD,label,Label_Channel,Age\n\"Zürich, CH\",m/1.nrrd,/abs/i.nrrd, p-1 ,1+2,3,61\nBern,m2.nrrd,i2.nrrd,p-2,,,\n",
      "data/cohort.csv");
  EXPECT_EQ(manifest.carried, (std::vector<std::string>{"Site", "Age"}));
  ASSERT_EQ(manifest.rows.size(), 2u);
  const auto& first = manifest.rows[0];
  EXPECT_EQ(first.line, 2u);
  EXPECT_EQ(first.input.case_id, "p-1");
  EXPECT_EQ(first.input.image, "/abs/i.nrrd");
  EXPECT_EQ(first.input.mask, "data/m/1.nrrd");
  ASSERT_TRUE(first.input.label.has_value());
  EXPECT_EQ(first.input.label->labels, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(first.input.label_channel, 3);
  EXPECT_EQ(
      first.input.carried, (std::vector<std::pair<std::string, std::string>>{{"Site", "Zürich, CH"}, {"Age", "61"}}));
  EXPECT_FALSE(manifest.rows[1].input.label.has_value());
  EXPECT_FALSE(manifest.rows[1].input.label_channel.has_value());
}

TEST(Manifest, ReadsNdjsonWithTheSameKeys) {
  const Manifest manifest = parse_manifest(
      "{\"Image\": \"a.nii\", \"Mask\": \"b.nii\", \"ID\": 7, \"Label\": 2, \"Grade\": null}\n\n{\"image\": \"c.nii\", \"mask\": \"d.nii\", \"Site\": \"Bern\"}\n",
      "cohort.ndjson");
  EXPECT_EQ(manifest.carried, (std::vector<std::string>{"Grade", "Site"}));
  ASSERT_EQ(manifest.rows.size(), 2u);
  EXPECT_EQ(manifest.rows[0].input.case_id, "7");
  EXPECT_EQ(manifest.rows[0].input.label->labels, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(
      manifest.rows[0].input.carried, (std::vector<std::pair<std::string, std::string>>{{"Grade", ""}, {"Site", ""}}));
  EXPECT_EQ(manifest.rows[1].line, 3u);
  EXPECT_EQ(manifest.rows[1].input.image, "c.nii");
  EXPECT_EQ(manifest.rows[1].input.case_id, "c");
}

TEST(Manifest, NamesRowsWithoutAnIdAfterTheirImage) {
  const Manifest manifest = parse_manifest(
      "Image,Mask,ID\na/brain.nii.gz,m,\nb/lung.NRRD,m,\nc/image.mha,m,\nd/image.mha,m,\ne/x.nii,m,named\n",
      "cohort.csv");
  std::vector<std::string> names;
  for (const auto& row : manifest.rows) names.push_back(row.input.case_id);
  EXPECT_EQ(names, (std::vector<std::string>{"brain", "lung", "image-3", "image-4", "named"}));
}

// What spreadsheets make of a column of whole numbers with gaps.
TEST(Manifest, ReadsLabelsWithDecimals) {
  const Manifest manifest = parse_manifest("Image,Mask,Label\na,b,2.0\nc,d,\n", "cohort.csv");
  EXPECT_EQ(manifest.rows[0].input.label->labels, (std::vector<std::int64_t>{2}));
}

TEST(Manifest, SaysWhatIsWrongAndWhere) {
  expect_refused("", {"empty"});
  expect_refused("Image,Mask\n", {"no case"});
  expect_refused("Image,Msk\na,b\n", {"line 1", "Mask"});
  expect_refused("Picture,Mask\na,b\n", {"line 1", "Image"});
  expect_refused("Image;Mask\na;b\n", {"semicolons"});
  expect_refused("Image\tMask\na\tb\n", {"tabs"});
  expect_refused("Image,Mask,mask\na,b,c\n", {"line 1", "'mask'", "twice"});
  expect_refused("Image,Mask,\na,b,c\n", {"line 1", "no name"});
  expect_refused("Image,Mask\na,b\nc\n", {"line 3", "1 fields", "2"});
  expect_refused("Image,Mask\na,b,c\n", {"line 2", "3 fields"});
  expect_refused("Image,Mask\na,\n", {"line 2", "Mask is empty"});
  expect_refused("Image,Mask,Label\na,b,1+\n", {"line 2", "'1+'"});
  expect_refused("Image,Mask,Label\na,b,0\n", {"line 2", "'0'"});
  expect_refused("Image,Mask,Label_channel\na,b,-1\n", {"line 2", "'-1'"});
  expect_refused("ID,Image,Mask\np,a,b\n\nq,a,b\np,c,d\n", {"line 5", "'p'", "line 2"});
  expect_refused("Image,Mask\na,\"b\n", {"line 2", "quote"});
  expect_refused("Image,Mask\nM\xFCller.nii,b\n", {"line 2", "UTF-8"});
  expect_refused(std::string_view("\xFF\xFEI\0m\0", 6), {"UTF-16"});
  expect_refused(std::string_view("Image,Mask\na\0,b\n", 16), {"line 2", "zero byte"});
  expect_refused("{\"Image\": \"a\", \"Mask\": \"b\"}\n{\"Image\": \n", {"line 2", "JSON"});
  expect_refused("{\"Image\": \"a\"}\n", {"line 1", "Mask is empty"});
  expect_refused("{\"Image\": \"a\", \"image\": \"b\", \"Mask\": \"c\"}\n", {"line 1", "'image'", "twice"});
}

TEST(Manifest, LabelsMayBeNames) {
  const Manifest manifest = parse_manifest("Image,Mask,Label\nct,rs.dcm,GTV*\nct/1.2.3,rs.dcm, Lung left \n", "m.csv");
  EXPECT_EQ(manifest.rows[0].input.label->names, "GTV*");
  EXPECT_EQ(manifest.rows[1].input.label->names, "Lung left");
}

TEST(Manifest, MissingFile) {
  try {
    read_manifest("/no/such/manifest.csv");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::file_missing) << error.what();
  }
}

}  // namespace
}  // namespace radloom::cohort
