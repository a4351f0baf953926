#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <span>
#include <system_error>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom::cli {

namespace fs = std::filesystem;

Output::Output(const std::string& path) : path_(path == "-" ? "" : path) {
  if (path_.empty()) return;
  std::error_code error;
  target_ = fs::is_symlink(path_, error) ? fs::weakly_canonical(path_, error) : fs::path(path_);
  const auto status = fs::status(target_, error);
  if (fs::is_directory(status))
    throw Error(ErrorCode::output_unwritable, fmt::format("{}: a folder where --out needs a file name", path_));
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error))
    throw Error(
        ErrorCode::output_unwritable, fmt::format("{}: there is no folder {}; make it first", path_, folder.string()));
  replaced_ = !fs::exists(status) || fs::is_regular_file(status);
  if (replaced_) {
    const io::OutputFile probe(target_);
  } else if (::access(target_.c_str(), W_OK) != 0) {
    throw Error(ErrorCode::output_unwritable, fmt::format("{}: no permission to write there", path_));
  }
}

void Output::write(std::string_view text) const {
  if (is_stdout()) write_stdout(text);
  else write_whole(path_, text);
}

OutputStream::OutputStream(const Output& output) : path_(output.path_) {
  if (output.is_stdout()) return;
  if (output.replaced_) {
    file_ = std::make_unique<io::OutputFile>(output.target_);
    return;
  }
  device_.reset(std::fopen(output.target_.c_str(), "wb"));
  if (!device_) refuse();
}

void OutputStream::write(std::string_view text) {
  if (file_) file_->write(std::as_bytes(std::span(text)));
  else if (!device_) write_stdout(text);
  else if (std::fwrite(text.data(), 1, text.size(), device_.get()) != text.size()) refuse();
}

void OutputStream::commit() {
  if (file_) file_->commit(true);
  else if (device_ && std::fflush(device_.get()) != 0) refuse();
}

void OutputStream::refuse() const {
  throw Error(ErrorCode::output_unwritable,
      fmt::format("{}: cannot be written ({})", path_, std::generic_category().message(errno)));
}

void write_stdout(std::string_view text) {
  const bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (good) return;
  if (errno == EPIPE) throw ReaderGone();
  throw Error(ErrorCode::output_unwritable,
      fmt::format("standard output cannot be written: {}", std::generic_category().message(errno)));
}

}  // namespace radloom::cli
