// Several programs at one results file: readers and the writer do not stop each other, a closed file is one file, and a
// folder has one owner at a time. Not here: what the file holds (results_test.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/error.h"
#include "experiment/results.h"
#include "experiment/results_folder.h"
#include "experiment/results_sqlite.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::HasSubstr;

// A notebook with an open transaction, and another program that looks for the first time meanwhile.
TEST(Sharing, AReaderThatDoesNotLetGoStopsNobody) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  write(file, {}, Detail::full);
  Writer writer = Writer::resume(file, std::chrono::milliseconds(10));
  writer.write(small_flight(0).record, Detail::full);
  Database notebook(file, Database::Mode::read, std::chrono::milliseconds(10));
  notebook.execute("BEGIN");
  EXPECT_EQ(notebook.number("SELECT count(*) FROM runs"), 1);
  writer.write(small_flight(1).record, Detail::full);
  EXPECT_EQ(notebook.number("SELECT count(*) FROM runs"), 1);  // its transaction's state
  EXPECT_EQ(read_runs(file).size(), 2U);
  EXPECT_FALSE(writer.close());  // the notebook holds it
  EXPECT_EQ(read_runs(file).size(), 2U);
  notebook.execute("COMMIT");
  EXPECT_EQ(notebook.number("SELECT count(*) FROM runs"), 2);
}

// A transaction that was open before the file was shared: SQLite cannot share it then, so the writer waits.
TEST(Sharing, AReaderFromBeforeIsWaitedFor) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  write(file, {}, Detail::full);
  Database notebook(file, Database::Mode::read);
  notebook.execute("BEGIN");
  EXPECT_EQ(notebook.number("SELECT count(*) FROM runs"), 0);
  Writer writer = Writer::resume(file, std::chrono::milliseconds(10));
  int waited = 0;
  writer.when_locked([&](const std::string& why) {
    EXPECT_THAT(why, HasSubstr("r.sqlite: another program keeps it locked"));
    if (++waited == 3) notebook.execute("COMMIT");
  });
  writer.write(small_flight(0).record, Detail::full);
  EXPECT_EQ(waited, 3);
  EXPECT_EQ(read_runs(file).size(), 1U);
}

TEST(Sharing, WhoeverWaitsMayGiveUp) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  write(file, {}, Detail::full);
  Writer writer = Writer::resume(file, std::chrono::milliseconds(10));
  Database other(file, Database::Mode::write);
  other.execute("BEGIN EXCLUSIVE");
  struct Enough : std::exception {};
  writer.when_locked([](const std::string&) { throw Enough(); });
  EXPECT_THROW(writer.write(small_flight(0).record, Detail::full), Enough);
  other.execute("ROLLBACK");
  writer.write(small_flight(0).record, Detail::full);
  EXPECT_EQ(read_runs(file).size(), 1U);
}

TEST(Sharing, AClosedFileIsOneFile) {
  const Folder folder;
  const auto file = folder / "r.sqlite";
  {
    Writer writer = Writer::create(file);
    writer.write(small_flight(0).record, Detail::full);
    EXPECT_TRUE(std::filesystem::exists(folder / "r.sqlite-wal"));
    EXPECT_TRUE(writer.close());
    EXPECT_FALSE(std::filesystem::exists(folder / "r.sqlite-wal"));
    EXPECT_THROW(writer.write(small_flight(1).record, Detail::full), BrokenInvariant);
  }
  std::filesystem::copy_file(file, folder / "copy");
  EXPECT_EQ(read_runs(folder / "copy").size(), 1U);
}

// A file that a reader kept shared, copied to where nobody may write.
TEST(Sharing, ASharedFileInAReadOnlyFolderIsRead) {
  if (geteuid() == 0) {
    ASSERT_EQ(seteuid(65534), 0);  // nobody: permissions do not bind root
  }
  {
    const Folder folder;
    write(folder / "r.sqlite", {}, Detail::full);
    {
      Writer writer = Writer::resume(folder / "r.sqlite");
      writer.write(small_flight(0).record, Detail::full);
      Database(folder / "r.sqlite", Database::Mode::read).execute("PRAGMA wal_checkpoint(TRUNCATE)");
      std::filesystem::create_directory(folder / "a 50% #1?");
      std::filesystem::copy_file(folder / "r.sqlite", folder / "a 50% #1?" / "r.sqlite");
    }
    std::filesystem::permissions(folder / "a 50% #1?", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_EQ(read_runs(folder / "a 50% #1?" / "r.sqlite").size(), 1U);
    std::filesystem::permissions(folder / "a 50% #1?", std::filesystem::perms::owner_all);
  }
  if (getuid() == 0) {
    ASSERT_EQ(seteuid(0), 0);
  }
}

TEST(ResultsFolder, IsTakenOnceAtATime) {
  const Folder folder;
  const auto path = folder / "a" / "b";
  {
    const ResultsFolder mine(path);
    EXPECT_EQ(mine.file(), path / "results.sqlite");
    EXPECT_THAT(message_of<InputError>([&] { const ResultsFolder again(path); }),
                HasSubstr("process " + std::to_string(getpid()) + " of windtunnel writes its results here"));
    const ResultsFolder other(folder / "c");  // as free as it was
  }
  EXPECT_TRUE(std::filesystem::is_empty(path));
  ResultsFolder next(path);
  const ResultsFolder moved(std::move(next));
  EXPECT_THAT(message_of<InputError>([&] { const ResultsFolder again(path); }), HasSubstr("writes its results here"));
}

TEST(ResultsFolder, IsFreeWhenItsOwnerIsKilled) {
  const Folder folder;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const ResultsFolder its(folder / "f");
    if (::write(pipe_ends[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(pipe_ends[0], &byte, 1), 1);
  EXPECT_THAT(message_of<InputError>([&] { const ResultsFolder again(folder / "f"); }),
              HasSubstr("process " + std::to_string(child) + " "));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  const ResultsFolder mine(folder / "f");
}

TEST(ResultsFolder, WhatCannotBeMadeIsMissing) {
  const Folder folder;
  std::ofstream(folder / "file").flush();
  EXPECT_THAT(message_of<MissingError>([&] { const ResultsFolder f(folder / "file" / "out"); }), HasSubstr("cannot make the folder"));
  EXPECT_THAT(message_of<MissingError>([&] { const ResultsFolder f("/proc"); }), HasSubstr("/proc: cannot be written to"));
}

}  // namespace
}  // namespace windtunnel::experiment::testing
