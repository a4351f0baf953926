#include <gtest/gtest.h>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom {
namespace {

RunInfo csv_run() {
  RunInfo run;
  for (const char* name : {"original_glcm_Contrast", "original_glcm_Idn"})
    run.columns.push_back({name, "original", nullptr, {}});
  return run;
}

CaseRecord csv_case() {
  CaseRecord record;
  record.case_id = "p7";
  record.regions.resize(2);
  record.regions[0].values = {{1.5, Undefined::none}, {0, Undefined::flat}};
  record.regions[1].label = "1+2";
  record.regions[1].label_name = "left, right";
  record.regions[1].values = {{25, Undefined::none}, {1e-7, Undefined::none}};
  return record;
}

TEST(Csv, OneRowARegion) {
  EXPECT_EQ(csv_header(csv_run(), {}), "case,label,label_name,status,error,original_glcm_Contrast,original_glcm_Idn\n");
  EXPECT_EQ(to_csv(csv_case(), csv_run()), "p7,1,,ok,,1.5,\np7,1+2,\"left, right\",ok,,25,1e-07\n");
}

TEST(Csv, OneRowAFailedCase) {
  CaseRecord record;
  record.case_id = "p8";
  record.status = Status::failed;
  record.error = {"file_missing", "a \"b\": no such file"};
  EXPECT_EQ(to_csv(record, csv_run()), "p8,,,failed,\"file_missing: a \"\"b\"\": no such file\",,\n");
}

TEST(Csv, CarriedColumnsComeFirstAndNeverClash) {
  CaseRecord record = csv_case();
  record.regions.pop_back();
  record.carried = {{"site", ""}, {"case", "x\ny"}};
  EXPECT_EQ(csv_header(csv_run(), {"site", "case", "original_glcm_Idn", "site"}),
      "site,manifest_case,manifest_original_glcm_Idn,manifest_site,case,label,label_name,status,error,original_glcm_Contrast,original_glcm_Idn\n");
  EXPECT_EQ(to_csv(record, csv_run()), ",\"x\ny\",p7,1,,ok,,1.5,\n") << "an empty first field keeps its comma";
}

}  // namespace
}  // namespace radloom
