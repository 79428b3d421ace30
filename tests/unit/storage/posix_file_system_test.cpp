// The POSIX file system keeps the port's contract on a real directory.
#include "adapters/storage/posix_file_system.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

class PosixFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "vivarium-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  PosixFileSystem fs_;
  std::string directory_;
};

TEST_F(PosixFiles, what_was_written_is_read_back) {
  auto file = fs_.open(path("a"), OpenMode::kCreateNew);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->write_at(3, "hello").ok());
  EXPECT_TRUE((*file)->sync().ok());
  std::string read;
  EXPECT_TRUE((*file)->read_at(0, 100, read).ok());
  EXPECT_EQ(read, std::string("\0\0\0hello", 8));
  EXPECT_EQ(*(*file)->size(), 8u);
}

TEST_F(PosixFiles, creating_a_file_twice_is_an_error) {
  EXPECT_TRUE(fs_.open(path("a"), OpenMode::kCreateNew).ok());
  EXPECT_EQ(fs_.open(path("a"), OpenMode::kCreateNew).error(), IoError::kExists);
}

TEST_F(PosixFiles, a_missing_file_is_not_created_by_opening_it) {
  EXPECT_EQ(fs_.open(path("a"), OpenMode::kRead).error(), IoError::kNotFound);
  EXPECT_EQ(fs_.open(path("a"), OpenMode::kReadWrite).error(), IoError::kNotFound);
  EXPECT_TRUE(fs_.list(directory_)->empty());
}

TEST_F(PosixFiles, preallocation_grows_with_zeros_and_never_shortens) {
  auto file = fs_.open(path("a"), OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->write_at(0, "xy").ok());
  EXPECT_TRUE((*file)->preallocate(10000).ok());
  EXPECT_EQ(*(*file)->size(), 10000u);
  EXPECT_TRUE((*file)->preallocate(100).ok());
  EXPECT_EQ(*(*file)->size(), 10000u);
  std::string read;
  EXPECT_TRUE((*file)->read_at(0, 10000, read).ok());
  EXPECT_EQ(read, "xy" + std::string(9998, '\0'));
}

TEST_F(PosixFiles, a_cut_file_can_be_synced) {
  auto file = fs_.open(path("a"), OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->write_at(0, "hello").ok());
  EXPECT_TRUE((*file)->truncate(2).ok());
  EXPECT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*read_whole_file(fs_, path("a")), "he");
}

TEST_F(PosixFiles, listing_gives_plain_names_in_order) {
  for (const char* name : {"b", "c", "a"}) ASSERT_TRUE(fs_.open(path(name), OpenMode::kCreateNew).ok());
  EXPECT_EQ(*fs_.list(directory_), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(fs_.list(path("none")).error(), IoError::kNotFound);
}

TEST_F(PosixFiles, directories_are_made_with_their_parents) {
  EXPECT_TRUE(fs_.create_directories(path("x/y/z")).ok());
  EXPECT_TRUE(fs_.create_directories(path("x/y/z")).ok());
  EXPECT_TRUE(fs_.sync_directory(path("x/y/z")).ok());
  ASSERT_TRUE(fs_.open(path("file"), OpenMode::kCreateNew).ok());
  EXPECT_FALSE(fs_.create_directories(path("file")).ok());
}

TEST_F(PosixFiles, rename_replaces_and_unlink_removes) {
  ASSERT_TRUE((*fs_.open(path("a"), OpenMode::kCreateNew))->write_at(0, "new").ok());
  ASSERT_TRUE((*fs_.open(path("b"), OpenMode::kCreateNew))->write_at(0, "old").ok());
  EXPECT_TRUE(fs_.rename(path("a"), path("b")).ok());
  EXPECT_EQ(*read_whole_file(fs_, path("b")), "new");
  EXPECT_TRUE(fs_.unlink(path("b")).ok());
  EXPECT_EQ(fs_.unlink(path("b")).error(), IoError::kNotFound);
  EXPECT_TRUE(remove_if_present(fs_, path("b")).ok());
}

TEST_F(PosixFiles, replacing_a_file_leaves_no_temporary_behind) {
  EXPECT_TRUE(replace_file(fs_, directory_, "e", "1").ok());
  EXPECT_TRUE(replace_file(fs_, directory_, "e", "2").ok());
  EXPECT_EQ(*fs_.list(directory_), (std::vector<std::string>{"e"}));
  EXPECT_EQ(*read_whole_file(fs_, path("e")), "2");
}

}  // namespace
}  // namespace vivarium
