// SUV of PET. The factors are those of make_dicom.py, which computes them on its own.
#include <functional>

#include "io/dicom_files.hpp"

namespace radloom::test {
namespace {

DicomDataset pet_slice(int number) {
  DicomDataset d = ct_slice(number, slice_pixels(number)), given;
  d.text(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.128").text(8, 0x60, "CS", "PT");
  d.text(8, 0x21, "DA", "20210304").text(8, 0x31, "TM", "104500").text(8, 0x22, "DA", "20210304");
  d.text(8, 0x32, "TM", "1045" + std::to_string(10 + 10 * number) + ".25");
  d.text(0x10, 0x40, "CS", "F").text(0x10, 0x1020, "DS", "1.68").text(0x10, 0x1030, "DS", "70.5");
  d.text(0x28, 0x51, "CS", "NORM\\ATTN\\DECY")
      .text(0x28, 0x1052, "DS", "0")
      .text(0x28, 0x1053, "DS", decimal_text({1.5 + number}));
  d.text(0x54, 0x1001, "CS", "BQML").text(0x54, 0x1102, "CS", "START");
  given.text(0x18, 0x1072, "TM", "094130.5").text(0x18, 0x1074, "DS", "350000000").text(0x18, 0x1075, "DS", "6586.2");
  return d.sequence(0x54, 0x16, {given.text(0x18, 0x1078, "DT", "20210304094130.500000")});
}

using Edit = std::function<void(DicomDataset&)>;

ReadVolume read_pet(
    Suv suv, const Edit& edit = [](DicomDataset&) {}) {
  const Folder folder;
  for (int i = 0; i < 2; ++i) {
    DicomDataset d = pet_slice(i);
    edit(d);
    folder.write(std::to_string(i) + ".dcm", dicom_file(d));
  }
  EXPECT_EQ(read_header(folder.path(), {.suv = suv}).type, ScalarType::float64);
  return read_volume(folder.path(), {.suv = suv});
}

void expect_factor(
    double factor, Suv suv, const Edit& edit = [](DicomDataset&) {}) {
  const auto values = values_of<double>(read_pet(suv, edit).volume);
  for (int i = 0; i < 24; ++i) {
    const double activity = slice_pixels(i / 12)[std::size_t(i % 12)] * (1.5 + i / 12);
    EXPECT_NEAR(values[std::size_t(i)], activity * factor, 1e-13 * std::abs(activity));
  }
}

DicomDataset& given(DicomDataset& d) {
  for (DicomField& field : d.fields)
    if (field.group == 0x54 && field.element == 0x16) return field.items[0];
  throw std::logic_error("no radiopharmaceutical");
}

TEST(Suv, FactorsOfAnIndependentComputation) {
  EXPECT_EQ(values_of<double>(read_pet(Suv::none).volume)[3], slice_pixels(0)[3] * 1.5);
  expect_factor(0.00030077292417619519, Suv::body_weight);
  expect_factor(7.6779547588482728e-05, Suv::body_surface_area);
  expect_factor(0.00018744202170068312, Suv::lean_body_mass);
  expect_factor(0.00023089612950684583, Suv::lean_body_mass, [](DicomDataset& d) { d.text(0x10, 0x40, "CS", "M"); });
}

TEST(Suv, ConventionsOfTheHeader) {
  const double start = 0.00030077292417619519, admin = 0.00020142857142857142;
  expect_factor(admin, Suv::body_weight, [](DicomDataset& d) { d.text(0x54, 0x1102, "CS", "ADMIN"); });
  expect_factor(start, Suv::body_weight, [](DicomDataset& d) { given(d).drop(0x18, 0x1078); });
  expect_factor(start, Suv::body_weight, [](DicomDataset& d) {  // a series made later than it was acquired
    d.text(8, 0x31, "TM", "170000").text(8, 0x32, "TM", "104500");
  });
  expect_factor(start, Suv::body_weight, [](DicomDataset& d) { d.drop(8, 0x21).text(8, 0x32, "TM", "1045"); });
  expect_factor(
      start, Suv::body_weight, [](DicomDataset& d) { given(d).text(0x18, 0x1078, "DT", "20210304094130.5+0100"); });
  expect_factor(start, Suv::body_weight, [](DicomDataset& d) {  // over midnight and the turn of the year
    d.text(8, 0x21, "DA", "20210101")
        .text(8, 0x22, "DA", "20210101")
        .text(8, 0x31, "TM", "000100")
        .text(8, 0x32, "TM", "000100");
    given(d).text(0x18, 0x1078, "DT", "20201231225730.5");
  });
  expect_factor(1, Suv::body_weight, [](DicomDataset& d) { d.text(0x54, 0x1001, "CS", "GML"); });
}

TEST(Suv, NamesWhatIsMissing) {
  struct Wrong {
    std::string said;
    Suv suv;
    Edit edit;
  };
  const Suv bw = Suv::body_weight;
  const std::vector<Wrong> all{
      {"PatientWeight (0010,1030) is missing", bw, [](DicomDataset& d) { d.drop(0x10, 0x1030); }},
      {"PatientWeight (0010,1030) is not above 0", bw, [](DicomDataset& d) { d.text(0x10, 0x1030, "DS", "0"); }},
      {"PatientSize (0010,1020) is missing", Suv::body_surface_area,
          [](DicomDataset& d) { d.text(0x10, 0x1020, "DS", ""); }},
      {"PatientSex (0010,0040) is \"O\"", Suv::lean_body_mass, [](DicomDataset& d) { d.text(0x10, 0x40, "CS", "O"); }},
      {"Units (0054,1001) are \"CNTS\"", bw, [](DicomDataset& d) { d.text(0x54, 0x1001, "CS", "CNTS"); }},
      {"Units (0054,1001) are \"GML\"", Suv::lean_body_mass,
          [](DicomDataset& d) { d.text(0x54, 0x1001, "CS", "GML"); }},
      {"lacks DECY", bw, [](DicomDataset& d) { d.text(0x28, 0x51, "CS", "ATTN"); }},
      {"lacks ATTN", bw, [](DicomDataset& d) { d.drop(0x28, 0x51); }},
      {"DecayCorrection (0054,1102) is \"NONE\"", bw, [](DicomDataset& d) { d.text(0x54, 0x1102, "CS", "NONE"); }},
      {"(0054,0016) has 0 items", bw, [](DicomDataset& d) { d.drop(0x54, 0x16); }},
      {"RadionuclideTotalDose (0018,1074) is missing", bw, [](DicomDataset& d) { given(d).drop(0x18, 0x1074); }},
      {"RadionuclideHalfLife (0018,1075) is missing", bw, [](DicomDataset& d) { given(d).drop(0x18, 0x1075); }},
      {"(0018,1072) are missing", bw, [](DicomDataset& d) { given(d).drop(0x18, 0x1072).drop(0x18, 0x1078); }},
      {"(0018,1072) is \"25\"", bw,
          [](DicomDataset& d) { given(d).text(0x18, 0x1072, "TM", "25").drop(0x18, 0x1078); }},
      {"are \"20210304\" and \"1o45\"", bw,
          [](DicomDataset& d) { d.text(8, 0x21, "DA", "20210304").text(8, 0x31, "TM", "1o45").drop(8, 0x22); }},
      {"(0018,1078) is \"2021\"", bw, [](DicomDataset& d) { given(d).text(0x18, 0x1078, "DT", "2021"); }},
      {"(0008,0021 and 0008,0031)", bw, [](DicomDataset& d) { d.drop(8, 0x21).drop(8, 0x22); }},
      {"began 6000 s before", bw, [](DicomDataset& d) { given(d).text(0x18, 0x1078, "DT", "20210304122500"); }},
      {"more than 20 half-lives", bw, [](DicomDataset& d) { given(d).text(0x18, 0x1078, "DT", "20210301122500"); }},
      {"different time zones", bw,
          [](DicomDataset& d) {
            d.text(8, 0x201, "SH", "+0200");
            given(d).text(0x18, 0x1078, "DT", "20210304094130.5+0100");
          }},
      {"dose, times or patient differ", bw,
          [n = 0](DicomDataset& d) mutable { d.text(0x10, 0x1030, "DS", decimal_text({70.0 + n++})); }},
      {"is no PET (CT)", bw, [](DicomDataset& d) { d.text(8, 0x60, "CS", "CT"); }},
  };
  for (const Wrong& wrong : all)
    expect_error(ErrorCode::file_unreadable, {wrong.said}, [&] { read_pet(wrong.suv, wrong.edit); });
  const Folder folder;
  const auto nifti = folder.write("a.nii", NiftiHeader().bytes() + bytes_of_numbers(ramp()));
  expect_error(ErrorCode::file_unreadable, {"no DICOM series"}, [&] { read_volume(nifti, {.suv = bw}); });
  expect_error(ErrorCode::file_unreadable, {"no DICOM series"}, [&] { read_header(nifti, {.suv = bw}); });
}

}  // namespace
}  // namespace radloom::test
