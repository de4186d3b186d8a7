// Checks the IDX reader on good files, plain and compressed, and on one file for each fault it must name.
// Does not check speed, nor files larger than memory.
#include "learning/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "idx_files.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string six = idx_header(0x08, {2, 3}) + "abcdef";

std::string fault(const std::filesystem::path& file, int dimensions = 2) {
  return message_of<InputError>([&] { read_idx(file, dimensions); });
}

TEST(Idx, ReadsAPlainFile) {
  const TempFolder folder;
  const Idx idx = read_idx(folder.write("six", six), 2);
  EXPECT_THAT(idx.dimensions, ElementsAre(2, 3));
  EXPECT_THAT(idx.values, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
}

TEST(Idx, ReadsACompressedFileWhateverItsName) {
  const TempFolder folder;
  write_gzip(folder.path() / "six", six);
  EXPECT_THAT(read_idx(folder.path() / "six", 2).values, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
}

TEST(Idx, ReadsMoreThanOneChunk) {
  const TempFolder folder;
  std::string values(40'000'000, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<char>(i * 7 >> 3);
  const Idx idx = read_idx(folder.write("large", idx_header(0x08, {40'000'000}) + values), 1);
  EXPECT_EQ(std::string(idx.values.begin(), idx.values.end()), values);
}

TEST(Idx, AbsentFileIsMissing) {
  const TempFolder folder;
  EXPECT_THAT(message_of<MissingError>([&] { read_idx(folder.path() / "nothing", 1); }),
              AllOf(HasSubstr("nothing"), HasSubstr("cannot be opened")));
}

TEST(Idx, NamesEachFault) {
  const TempFolder folder;
  const auto said = [&](const std::string& bytes) { return fault(folder.write("bad", bytes)); };
  EXPECT_THAT(said(""), AllOf(HasSubstr("bad"), HasSubstr("shorter than an IDX header")));
  EXPECT_THAT(said("\x89PNG"), HasSubstr("begins with 89 50, not with 00 00"));
  EXPECT_THAT(said(idx_header(0x0D, {1}) + "abcd"), HasSubstr("32-bit floats (type 0x0d), not unsigned bytes"));
  EXPECT_THAT(said(idx_header(0x42, {1}) + "a"), HasSubstr("unknown type of values (type 0x42)"));
  EXPECT_THAT(said(idx_header(0x08, {6}) + "abcdef"), HasSubstr("has 1 dimension(s), not 2"));
  EXPECT_THAT(said(idx_header(0x08, {2, 3}).substr(0, 9)), HasSubstr("ends within the dimensions"));
  EXPECT_THAT(said(idx_header(0x08, {2, 0})), HasSubstr("dimension 1 is 0"));
  EXPECT_THAT(said(idx_header(0x08, {2, 3}) + "abcde"), HasSubstr("promises 6 values, there are 5"));
  EXPECT_THAT(said(six + "g"), HasSubstr("goes on after the 6 values"));
}

TEST(Idx, AFalseHeaderCostsNoMemory) {
  const TempFolder folder;
  EXPECT_THAT(fault(folder.write("huge", idx_header(0x08, {4'000'000'000U, 4'000'000'000U}) + "abc"), 2),
              HasSubstr("too large"));
  EXPECT_THAT(fault(folder.write("large", idx_header(0x08, {2'000'000'000U, 2'000'000'000U}) + "abc"), 2),
              HasSubstr("there are 3"));
}

TEST(Idx, TruncatedCompressionIsAFault) {
  const TempFolder folder;
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 5000; ++i) noise += static_cast<char>((x = x * 1664525U + 1013904223U) >> 24);
  write_gzip(folder.path() / "whole", idx_header(0x08, {5000}) + noise);
  std::filesystem::resize_file(folder.path() / "whole", 3000);
  EXPECT_THAT(fault(folder.path() / "whole", 1), HasSubstr("truncated"));
}

TEST(Idx, DamagedCompressionIsAFault) {
  const TempFolder folder;
  write_gzip(folder.path() / "good", idx_header(0x08, {1000}) + std::string(1000, 'x'));
  std::fstream(folder.path() / "good", std::ios::in | std::ios::out | std::ios::binary).seekp(12) << "damage";
  EXPECT_THAT(fault(folder.path() / "good", 1), HasSubstr("good: "));
}

TEST(Idx, AFolderIsAFault) {
  const TempFolder folder;
  EXPECT_THAT(fault(folder.path()), HasSubstr("is a folder"));
}

}  // namespace
}  // namespace windtunnel::learning
