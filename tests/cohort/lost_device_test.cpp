// A cohort whose device is lost: what becomes of the cases, and with what status `radloom batch` ends.
#include <gtest/gtest.h>

#include "cli/exit_status.hpp"
#include "cli/small_case.hpp"
#include "cohort/batch.hpp"
#include "support/simt_backend.hpp"

namespace radloom::cohort {
namespace {

using test::write_text;

/// Six cases, one after the other, on an emulated device.
class LostDevice : public test::SmallCase {
 protected:
  struct Ended {
    BatchProgress progress;
    std::vector<std::string> codes;  ///< of the cases' errors, in order
    int status = -1;

    std::size_t ok() const { return progress.done - progress.partial - progress.failed; }
  };

  /// The device is lost in its n-th operation; 0: never.
  Ended run(std::int64_t lose_operation, std::optional<std::size_t> max_failures, const char* image_name = "image",
      bool interpolated = false) {
    std::string text = "ID,Image,Mask,Label\n";
    for (const char id : {'a', 'b', 'c', 'd', 'e', 'f'})
      text += std::string(1, id) + "," + image_name + ".nii.gz,mask.nii.gz,all\n";
    write_text(folder / "cohort.csv", text);
    const Manifest manifest = read_manifest(folder / "cohort.csv");
    const Rows rows = rows_of(manifest, {});
    ConfigRequest request;
    request.overrides = {{"families", "[stat]"}};
    if (interpolated) request.overrides.push_back({"resampledPixelSpacing", "[2, 2, 2]"});
    const Engine engine(load_config(request), {.backend = test::make_simt_backend({.lose_operation = lose_operation})});
    BatchOptions options;
    options.out = folder / "out";
    options.max_failures = max_failures;
    options.threads = 1;
    prepare_output(rows, options);
    Ended ended;
    const bool complete = compute_cases(engine, manifest, rows, options,
        [&](const BatchProgress& now, const CaseRecord* latest) {
          ended.progress = now;
          if (latest) ended.codes.push_back(latest->error.code);
        },
        {});
    ended.status = cli::exit_of(ended.progress, !complete);
    return ended;
  }
};

TEST_F(LostDevice, GivingUpForItIsStatusFour) {
  for (const bool interpolated : {false, true}) {  // lost while regions are measured, and while the image is made
    SCOPED_TRACE(interpolated);
    const Ended ended = run(1, 1, "image", interpolated);
    EXPECT_EQ(ended.status, 4);
    EXPECT_EQ(ended.codes, std::vector<std::string>(2, "device_failed"));
    EXPECT_EQ(ended.progress.device_failed, 2u);
  }
}

TEST_F(LostDevice, WithoutALimitTheRunGoesOn) {
  const Ended ended = run(1, {});
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.codes, std::vector<std::string>(6, "device_failed"));
}

TEST_F(LostDevice, WhatWasComputedBeforeCounts) {
  EXPECT_EQ(run(0, 0).status, 0);
  std::int64_t operation = 1;  // during the second case, or soon after
  Ended ended = run(operation, {});
  while (ended.ok() == 0) ended = run(operation *= 2, {});
  ASSERT_LT(ended.ok(), 5u);
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.progress.device_failed, 6 - ended.ok());
  EXPECT_EQ(run(operation, 0).status, 4);
  EXPECT_EQ(run(operation, 6 - ended.ok()).status, 2) << "as many failures as may be";
}

TEST_F(LostDevice, OtherFailuresAreNoneOfTheDevice) {
  const Ended ended = run(0, 1, "absent");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.codes, std::vector<std::string>(2, "file_missing"));
  EXPECT_EQ(ended.progress.device_failed, 0u);
}

}  // namespace
}  // namespace radloom::cohort
