#include "support/json.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace radloom::test {

Json parse_json(std::string_view text) { return Json::parse(text); }

Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return parse_json(text.view());
}

}  // namespace radloom::test
