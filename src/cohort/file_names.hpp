#pragma once
#include <string>
#include <string_view>
#include <unordered_set>

namespace radloom::cohort {

/// Turns case names, which are data, into file names: letters, digits, '-', '_' and inner dots stay, every other byte
/// becomes %XX, so that a name never leaves its folder and two names never share a file. Very long names are cut and end in a
/// digest; names that differ by case alone get a suffix, for file systems that do not tell them apart.
class FileNames {
 public:
  /// The name for a case, without an extension. Depends on the names given before only where they differ by case alone.
  std::string name_for(std::string_view case_id);

 private:
  std::unordered_set<std::string> taken_;  // in lower case
};

}  // namespace radloom::cohort
