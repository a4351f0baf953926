#include <fmt/format.h>

#include <set>

#include "radloom/error.hpp"
#include "radloom/record.hpp"
#include "records/values.hpp"

namespace radloom {
namespace {

constexpr const char* own_columns[] = {"case", "label", "label_name", "status", "error"};

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::string described(const Failure& failure) {
  return failure.code.empty() ? std::string() : failure.code + ": " + failure.message;
}

/// A line of the table.
class Row {
 public:
  void add(const std::string& text) {
    if (!first_) line_ += ',';
    first_ = false;
    line_ += csv_field(text);
  }
  std::string ended() const { return line_ + '\n'; }

 private:
  std::string line_;
  bool first_ = true;
};

std::string row(const CaseRecord& record, const RegionRecord* region, const RunInfo& run) {
  Row line;
  for (const auto& [name, value] : record.carried) line.add(value);
  line.add(record.case_id);
  line.add(region ? region->label : "");
  line.add(region ? region->label_name : "");
  line.add(std::string(status_name(region ? region->status : record.status)));
  line.add(described(region ? region->error : record.error));
  for (std::size_t i = 0; i < run.columns.size(); ++i) {
    const bool written = region && i < region->values.size() && records::reason(region->values[i]) == Undefined::none;
    line.add(written ? fmt::format("{}", region->values[i].value) : std::string());
  }
  return line.ended();
}

}  // namespace

std::string csv_header(const RunInfo& run, const std::vector<std::string>& carried) {
  std::set<std::string> taken(std::begin(own_columns), std::end(own_columns));
  for (const auto& column : run.columns) taken.insert(column.name);
  Row line;
  for (std::string name : carried) {
    while (!taken.insert(name).second) name = "manifest_" + name;
    line.add(name);
  }
  for (const char* name : own_columns) line.add(name);
  for (const auto& column : run.columns) line.add(column.name);
  return line.ended();
}

std::string to_csv(const CaseRecord& record, const RunInfo& run) {
  std::string rows;
  for (const auto& region : record.regions) {
    records::check_columns(region, run);
    rows += row(record, &region, run);
  }
  return rows.empty() ? row(record, nullptr, run) : rows;
}

}  // namespace radloom
