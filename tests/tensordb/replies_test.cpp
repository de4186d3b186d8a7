// Holds the module to the table of replies (replies.txt): RedisAI's own, or a listed and justified difference, command
// by command on one server. Does not check hostile input (hostile_test) or persistence (persistence_test).
#include <gtest/gtest.h>

#include <fstream>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/model_archive.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

struct Row {
  int line;
  std::string command, reply;
};

/// The table: a command, then its reply indented, then remarks indented with '#'.
std::vector<Row> table() {
  std::ifstream in(WINDTUNNEL_TENSORDB_TESTS "/replies.txt");
  std::vector<Row> rows;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#' || line.starts_with("  #")) continue;
    if (line.starts_with("  ")) {
      rows.back().reply = line.substr(2);
    } else {
      rows.push_back({number, line, {}});
    }
  }
  return rows;
}

/// A word in angle brackets stands for a source or for a part of the model.
std::vector<std::string> filled_in(const std::string& command, const std::map<std::string, std::string>& texts) {
  std::vector<std::string> words = words_of(command);
  for (std::string& word : words) {
    if (const auto text = texts.find(word); text != texts.end()) word = text->second;
  }
  return words;
}

TEST(Replies, AreThoseOfTheTable) {
  LiveServer server;
  for (const char* line : {"AI.TENSORSET a FLOAT 2 2 VALUES 1 2 3 4", "AI.TENSORSET b FLOAT 2 2 VALUES 10 20 30 40",
                           "AI.TENSORSET v3 FLOAT 3 VALUES 1 2 3", "AI.TENSORSET st STRING 2 VALUES x y",
                           "AI.TENSORSET u16 UINT16 2 VALUES 1 2", "AI.TENSORSET big FLOAT 1000000", "SET str v"}) {
    ASSERT_EQ(server(line), "+OK") << line;
  }
  std::map<std::string, std::string> texts = sources();
  const std::string model = make_model("linear", server.folder());
  texts.insert({{"<model>", model}, {"<model-1>", model.substr(0, 1000)}, {"<model-2>", model.substr(1000)}});
  const std::vector<Row> rows = table();
  ASSERT_GE(rows.size(), 250U);
  for (const Row& row : rows) {
    EXPECT_EQ(text_of(server.ask(filled_in(row.command, texts))), row.reply)
        << "replies.txt:" << row.line << ": " << row.command;
    ASSERT_TRUE(server.alive());
  }
}

TEST(Replies, TheTableWouldNoticeAnotherReply) {
  LiveServer server;
  EXPECT_NE(server("AI.TENSORGET nokey"), "-ERR no such key");
  EXPECT_EQ(server("AI.TENSORGET nokey"), "-ERR tensor key is empty or in a different shard");
}

}  // namespace
}  // namespace windtunnel::tensordb
