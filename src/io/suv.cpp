#include "io/suv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "io/text.hpp"

namespace radloom::io {
namespace {

/// A date (DA, YYYYMMDD) and a time (TM, HHMMSS.FFFFFF, from the right on optional) as seconds; nothing where they are none.
std::optional<double> seconds_of(std::string_view date, std::string_view time) {
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (date.size() != 8 || !digits(date)) return std::nullopt;
  const std::string_view whole = time.substr(0, time.find('.'));
  if (!digits(whole) || whole.size() < 2 || whole.size() > 6 || whole.size() % 2 != 0) return std::nullopt;
  const auto part = [&](std::size_t at) { return at < whole.size() ? *to_int(whole.substr(at, 2)) : 0; };
  if (part(0) > 23 || part(2) > 59 || part(4) > 60) return std::nullopt;
  double fraction = 0;
  if (whole.size() < time.size()) {
    const auto read =
        digits(time.substr(whole.size() + 1)) ? to_double("0" + std::string(time.substr(whole.size()))) : std::nullopt;
    if (!read) return std::nullopt;
    fraction = *read;
  }
  const std::chrono::year_month_day day(std::chrono::year(int(*to_int(date.substr(0, 4)))),
      std::chrono::month(unsigned(*to_int(date.substr(4, 2)))), std::chrono::day(unsigned(*to_int(date.substr(6, 2)))));
  if (!day.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  return 86400.0 * double(days) + 3600.0 * double(part(0)) + 60.0 * double(part(2)) + double(part(4)) + fraction;
}

/// The header of one file of the series.
class Header {
 public:
  Header(const DicomObject& object, std::optional<double> scan_began) : object_(object), scan_began_(scan_began) {}

  double factor(Suv suv) const {
    const std::string units = object_.root.text(tags::units);
    if (units == "GML" && suv == Suv::body_weight) {
      const std::string type = object_.root.text(tags::suv_type);
      if (!type.empty() && type != "BW")
        refuse(fmt::format("holds SUV of the type {} (0054,1006), not by body weight", shown(type)));
      return 1;
    }
    if (units != "BQML")
      refuse(fmt::format("Units (0054,1001) are \"{}\"; SUV can be made of BQML{}", shown(units),
          units == "GML" ? " alone, where it is not by body weight" : ""));
    const std::string corrections = "\\" + object_.root.text(tags::corrected_image) + "\\";
    for (const char* needed : {"ATTN", "DECY"})
      if (corrections.find(std::string("\\") + needed + "\\") == std::string::npos)
        refuse(fmt::format("CorrectedImage (0028,0051) lacks {}: the values are not activity", needed));
    return body(suv) / dose();
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    object_.refuse(ErrorCode::file_unreadable, "no SUV: " + problem + "; set suv to none, or complete the header");
  }

  double positive(const DicomItem& item, Tag which, const char* name) const {
    const auto value = object_.decimal(item, which, name);
    if (!value || !(*value > 0))
      refuse(fmt::format("{} {} is {}", name, tag_text(which), value ? "not above 0" : "missing"));
    return *value;
  }

  /// The mass or the surface that the activity is related to, in the units of SUV: g, or cm2.
  double body(Suv suv) const {
    const double weight = positive(object_.root, tags::patient_weight, "PatientWeight");  // kg
    if (suv == Suv::body_weight) return 1000 * weight;
    const double height = positive(object_.root, tags::patient_size, "PatientSize");  // m
    // Du Bois D, Du Bois EF. Arch Intern Med 1916;17:863.
    if (suv == Suv::body_surface_area) return 1e4 * 0.007184 * std::pow(weight, 0.425) * std::pow(100 * height, 0.725);
    // Janmahasatian S, et al. Clin Pharmacokinet 2005;44:1051, as the EANM's guideline for FDG (2015) has it.
    const std::string sex = object_.root.text(tags::patient_sex);
    if (sex != "M" && sex != "F")
      refuse(fmt::format("PatientSex (0010,0040) is \"{}\"; lean body mass needs M or F", shown(sex)));
    const double index = weight / (height * height);
    return 1000 * (sex == "M" ? 9270 * weight / (6680 + 216 * index) : 9270 * weight / (8780 + 244 * index));
  }

  /// The activity that was given, in Bq, as the values see it: of the time that they are corrected to.
  double dose() const {
    const auto& given = object_.root.sequence(tags::radiopharmaceutical);
    if (given.size() != 1)
      refuse(fmt::format(
          "RadiopharmaceuticalInformationSequence (0054,0016) has {} items where one is needed", given.size()));
    const double total = positive(given[0], tags::total_dose, "RadionuclideTotalDose");
    const std::string corrected_to = object_.root.text(tags::decay_correction);
    if (corrected_to == "ADMIN") return total;
    if (corrected_to != "START")
      refuse(fmt::format("DecayCorrection (0054,1102) is \"{}\", neither START nor ADMIN", shown(corrected_to)));
    const double half_life = positive(given[0], tags::half_life, "RadionuclideHalfLife");
    if (!scan_began_)
      refuse(fmt::format(
          "SeriesDate and SeriesTime (0008,0021 and 0008,0031) are \"{}\" and \"{}\", and those of the acquisition are no "
          "date and time either",
          shown(object_.root.text(tags::series_date)), shown(object_.root.text(tags::series_time))));
    const double elapsed = *scan_began_ - administered(given[0]);
    if (!(elapsed >= 0)) refuse(fmt::format("the scan began {:g} s before the activity was given", -elapsed));
    if (elapsed > 20 * half_life)
      refuse(fmt::format("the scan began {:g} s after the activity was given, more than 20 half-lives", elapsed));
    return total * std::exp2(-elapsed / half_life);
  }

  double administered(const DicomItem& given) const {
    std::string when = given.text(tags::pharmaceutical_datetime);
    if (const auto zone = when.find_first_of("+-"); zone != std::string::npos) {
      const std::string own = object_.root.text(tags::timezone);
      if (!own.empty() && own != when.substr(zone))
        refuse("RadiopharmaceuticalStartDateTime (0018,1078) and the series are in different time zones");
      when.resize(zone);
    }
    if (when.size() > 8)
      if (const auto seconds = seconds_of(when.substr(0, 8), when.substr(8))) return *seconds;
    if (!when.empty()) refuse(fmt::format("RadiopharmaceuticalStartDateTime (0018,1078) is \"{}\"", shown(when)));
    // The time alone, of the day of the series.
    std::string day = object_.root.text(tags::series_date);
    if (day.empty()) day = object_.root.text(tags::acquisition_date);
    const std::string time = given.text(tags::pharmaceutical_time);
    if (time.empty())
      refuse("RadiopharmaceuticalStartDateTime (0018,1078) and RadiopharmaceuticalStartTime (0018,1072) are missing");
    const auto seconds = seconds_of(day, time);
    if (!seconds)
      refuse(fmt::format("RadiopharmaceuticalStartTime (0018,1072) is \"{}\", of a series of the day \"{}\"",
          shown(time), shown(day)));
    return *seconds;
  }

  const DicomObject& object_;
  std::optional<double> scan_began_;
};

/// When the scan began that the values are corrected to: the series' own time, unless that was written later than the first
/// acquisition, as by reprocessing (QIBA's profile for FDG PET, annex G).
std::optional<double> began(const DicomSeries& series) {
  std::optional<double> acquired, recorded;
  for (const DicomObject& object : series.objects) {
    const auto one = seconds_of(object.root.text(tags::acquisition_date), object.root.text(tags::acquisition_time));
    if (one && (!acquired || *one < *acquired)) acquired = one;
    const auto own = seconds_of(object.root.text(tags::series_date), object.root.text(tags::series_time));
    if (own && (!recorded || *own < *recorded)) recorded = own;
  }
  if (!recorded || (acquired && *acquired < *recorded)) return acquired;
  return recorded;
}

}  // namespace

double suv_factor(const DicomSeries& series, Suv suv) {
  const std::optional<double> scan = began(series);
  std::optional<double> factor;
  for (const DicomObject& object : series.objects) {
    if (object.root.text(tags::modality) != "PT")
      object.refuse(ErrorCode::file_unreadable,
          fmt::format("is no PET ({}), so it has no SUV; set suv to none", shown(object.root.text(tags::modality))));
    const double own = Header(object, scan).factor(suv);
    if (factor && own != *factor)
      object.refuse(ErrorCode::file_unreadable, fmt::format("no SUV: dose, times or patient differ from those of {}",
                                                    series.objects.front().path.filename().string()));
    factor = own;
  }
  return *factor;
}

}  // namespace radloom::io
