#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int reason) {
  throw Error(ErrorCode::output_unwritable,
      fmt::format("{}: cannot be written ({}); choose another output path", path.string(), std::strerror(reason)));
}

/// Writes all of the text and closes the descriptor; returns errno, or 0.
int write_all(int file, std::string_view text, bool flush) {
  int reason = 0;
  while (!text.empty() && reason == 0) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written >= 0) text.remove_prefix(std::size_t(written));
    else if (errno != EINTR) reason = errno;
  }
  if (reason == 0 && flush && ::fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP) reason = errno;
  if (::close(file) != 0 && reason == 0) reason = errno;
  return reason;
}

/// A new file in the folder, under a name nobody has; its path comes back in `temporary`. Its name starts with that of the file it
/// will be, so that what a killed process left can be told from what another is writing.
int create_beside(const fs::path& path, fs::path& temporary) {
  const std::string name = path.filename().string().substr(0, 200);
  for (int attempt = 0;; ++attempt) {
    temporary = path.parent_path() / fmt::format(".{}.{}-{}.partial", name, ::getpid(), attempt);
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST) return file;
  }
}

/// Puts the name of a file on the disk. File systems that cannot do that for a folder are left alone.
void flush_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

void write_whole(const fs::path& path, std::string_view text, bool flush) {
  std::error_code error;
  // What a link points to is replaced, not the link.
  fs::path target = fs::is_symlink(path, error) ? fs::canonical(path, error) : path;
  if (error) target = path;
  const auto status = fs::status(target, error);
  if (fs::is_directory(status)) fail(path, EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) {  // a pipe or a device cannot be replaced, only written to
    const int file = ::open(target.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) fail(path, errno);
    if (const int reason = write_all(file, text, false)) fail(path, reason);
    return;
  }
  fs::path temporary;
  const int file = create_beside(target, temporary);
  if (file < 0) fail(path, errno);
  int reason = write_all(file, text, flush);
  if (reason == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) reason = errno;
  if (reason == 0) {
    if (flush) flush_folder(target);
    return;
  }
  ::unlink(temporary.c_str());
  fail(path, reason);
}

}  // namespace radloom
