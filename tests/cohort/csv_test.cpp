// What RFC 4180 says of quotes, separators and line breaks; the expected fields are those of Python's csv module.
#include "cohort/csv.hpp"

#include <gtest/gtest.h>

#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

using Fields = std::vector<std::vector<std::string>>;

Fields fields_of(std::string_view text) {
  Fields fields;
  for (const auto& row : parse_csv(text, "test.csv")) fields.push_back(row.fields);
  return fields;
}

TEST(Csv, QuotesCommasAndLineBreaks) {
  EXPECT_EQ(fields_of("a,b\n1,2\n"), (Fields{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(fields_of("a,b\r\n1,2"), (Fields{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(fields_of("a,b\r1,2\r"), (Fields{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(fields_of("\"x, y\",\"he said \"\"no\"\"\",\"two\r\nlines\"\n"),
      (Fields{{"x, y", "he said \"no\"", "two\r\nlines"}}));
  EXPECT_EQ(fields_of("\"\",,\"\"\n,\n"), (Fields{{"", "", ""}, {"", ""}}));
  EXPECT_EQ(fields_of("\xEF\xBB\xBF"
                      "a,b\n"),
      (Fields{{"a", "b"}}));
  EXPECT_EQ(fields_of("a\n\n\nb\n"), (Fields{{"a"}, {"b"}}));
  EXPECT_EQ(fields_of(" a , b\n"), (Fields{{" a ", " b"}}));
  EXPECT_EQ(fields_of("6\" nail,b\n"), (Fields{{"6\" nail", "b"}}));
  EXPECT_EQ(fields_of(""), Fields{});
}

TEST(Csv, KnowsItsLines) {
  const auto rows = parse_csv("a\n\n\"two\nlines\"\nlast", "test.csv");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].line, 1u);
  EXPECT_EQ(rows[1].line, 3u);
  EXPECT_EQ(rows[2].line, 5u);
}

TEST(Csv, RefusesOpenAndMisplacedQuotes) {
  for (const auto& [text, words] : {std::pair{"a\nb,\"never closed\n\n", "line 2"}, {"a\n\n\"x\"y\n", "line 3"}}) {
    try {
      parse_csv(text, "test.csv");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::manifest_invalid);
      EXPECT_NE(std::string(error.what()).find(std::string("test.csv: ") + words), std::string::npos) << error.what();
    }
  }
}

TEST(Csv, FieldsReadBack) {
  for (const std::string text : {"plain", "", "a,b", "\"", "\"\"", "line\nbreak", "\r", " blank "}) {
    const auto rows = parse_csv(csv_field(text) + ",end\n", "test.csv");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].fields, (std::vector<std::string>{text, "end"}));
  }
}

}  // namespace
}  // namespace radloom::cohort
