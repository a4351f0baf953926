#include "cohort/make_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "radloom/error.hpp"

namespace radloom::cohort {

void make_folder(const std::filesystem::path& folder, const char* option) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder)) {
    const std::string reason = error ? error.message() : "a file of this name is in the way";
    throw Error(ErrorCode::output_unwritable,
        fmt::format("{}: cannot make this folder: {}; choose another with {}", folder.string(), reason, option));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw Error(ErrorCode::output_unwritable,
        fmt::format("{}: no permission to write into this folder; choose another with {}", folder.string(), option));
}

}  // namespace radloom::cohort
