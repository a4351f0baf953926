#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom {
namespace {

namespace fs = std::filesystem;

class WriteWhole : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("radloom-write-" + std::to_string(::getpid()));
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  int files() const { return int(std::distance(fs::directory_iterator(folder_), fs::directory_iterator())); }

  static std::string refused(const fs::path& path, std::string_view text = "x") {
    try {
      write_whole(path, text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::output_unwritable);
      return error.what();
    }
    ADD_FAILURE() << "written: " << path;
    return {};
  }

  fs::path folder_;
};

TEST_F(WriteWhole, WritesAndReplaces) {
  const fs::path path = folder_ / "out.json";
  write_whole(path, "first and longer");
  write_whole(path, std::string_view("b\0c", 3));
  EXPECT_EQ(content(path), std::string("b\0c", 3));
  EXPECT_EQ(files(), 1) << "nothing temporary is left";
}

TEST_F(WriteWhole, SaysWhatCannotBeWritten) {
  EXPECT_NE(refused(folder_ / "absent" / "out.json").find("No such file or directory"), std::string::npos);
  EXPECT_NE(refused(folder_).find("directory"), std::string::npos);
  EXPECT_NE(refused(folder_ / std::string(300, 'x')).find("name"), std::string::npos);
  std::ofstream(folder_ / "file") << "x";
  refused(folder_ / "file" / "out.json");
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteWhole, LeavesTheOldFileWhereTheDiskIsFull) {
  const fs::path path = folder_ / "out.json";
  write_whole(path, "old");
  // A limit on the size of files stands for a full disk: writing fails halfway.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = refused(path, std::string(1 << 20, 'y'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(WriteWhole, FollowsLinksAndDoesNotReplaceDevices) {
  write_whole(folder_ / "real", "old");
  fs::create_symlink("real", folder_ / "link");
  write_whole(folder_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(content(folder_ / "real"), "new");
  write_whole("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace radloom
