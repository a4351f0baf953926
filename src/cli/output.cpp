#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "io/output_file.hpp"
#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom::cli {

namespace fs = std::filesystem;

Output::Output(const std::string& path) : path_(path == "-" ? "" : path) {
  if (path_.empty()) return;
  std::error_code error;
  const fs::path target = fs::is_symlink(path_, error) ? fs::weakly_canonical(path_, error) : fs::path(path_);
  const auto status = fs::status(target, error);
  if (fs::is_directory(status))
    throw Error(ErrorCode::output_unwritable, fmt::format("{}: a folder where --out needs a file name", path_));
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error))
    throw Error(
        ErrorCode::output_unwritable, fmt::format("{}: there is no folder {}; make it first", path_, folder.string()));
  if (!fs::exists(status) || fs::is_regular_file(status)) {
    const io::OutputFile probe(target);
  } else if (::access(target.c_str(), W_OK) != 0) {
    throw Error(ErrorCode::output_unwritable, fmt::format("{}: no permission to write there", path_));
  }
}

void Output::write(std::string_view text) const {
  if (is_stdout()) write_stdout(text);
  else write_whole(path_, text);
}

void write_stdout(std::string_view text) {
  const bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (good) return;
  if (errno == EPIPE) throw ReaderGone();
  throw Error(ErrorCode::output_unwritable,
      fmt::format("standard output cannot be written: {}", std::generic_category().message(errno)));
}

}  // namespace radloom::cli
