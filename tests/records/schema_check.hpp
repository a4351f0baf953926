#pragma once
// An independent validator (the distribution's valijson) against the published schemas.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"  // g++ 12 finds it in the validator's use of std::string, wrongly
#endif
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace radloom::test {

/// A schema, compiled once.
class SchemaCheck {
 public:
  explicit SchemaCheck(const std::string& schema_text) : text_(nlohmann::json::parse(schema_text)) {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text_), schema_);
  }

  /// What the validator holds against a document, or nothing.
  std::string violations(const nlohmann::json& document) const {
    valijson::ValidationResults results;
    valijson::Validator(valijson::Validator::kStrongTypes)
        .validate(schema_, valijson::adapters::NlohmannJsonAdapter(document), &results);
    std::string text;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      for (const auto& part : error.context) text += part;
      text += ": " + error.description + "\n";
    }
    return text;
  }

 private:
  nlohmann::json text_;
  valijson::Schema schema_;
};

}  // namespace radloom::test
