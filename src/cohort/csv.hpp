#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace radloom::cohort {

/// A record of a CSV file and the line it starts on, counted from 1.
struct CsvRow {
  std::size_t line = 1;
  std::vector<std::string> fields;
};

/// Reads CSV as RFC 4180 has it: quoted fields may hold commas, doubled quotes and line breaks; lines end in LF, CRLF or CR.
/// A byte order mark and empty lines are skipped. Throws Error(manifest_invalid) with `source` and the line for a quote that
/// is never closed or that stands within a field.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& source);

/// The text as one CSV field, quoted where it has to be.
std::string csv_field(std::string_view text);

}  // namespace radloom::cohort
