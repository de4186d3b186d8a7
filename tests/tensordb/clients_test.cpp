// Replays what redisai-py, redisai-go, JRedisAI and SmartRedis send for each of their public methods (clients.txt) and reads
// the replies as they do; holds the README's count of methods that work to it. Does not run the clients themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/model_archive.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using Kind = store::Reply::Kind;

struct Method {
  int line;
  std::string client, name, reader, command;
};

std::vector<Method> methods() {
  std::ifstream in(WINDTUNNEL_TENSORDB_TESTS "/clients.txt");
  std::vector<Method> all;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.empty() || text[0] == '#') continue;
    std::vector<std::string> parts;
    for (int i = 0; i < 3; ++i) {
      const std::size_t bar = text.find(" | ");
      parts.push_back(text.substr(0, bar));
      text = text.substr(bar + 3);
    }
    all.push_back({line, parts[0], parts[1], parts[2], text});
  }
  return all;
}

bool is_a(const store::Reply& reply, const std::string& type) {
  if (type == "bulk") return reply.kind == Kind::bulk;
  if (type == "int") return reply.kind == Kind::integer;
  if (type == "list") return reply.kind == Kind::array;
  if (type == "ok") return reply.kind == Kind::status && reply.text == "OK";
  return type == "any";
}

/// A flat list of names and values as a dictionary; empty when it is none.
std::map<std::string, const store::Reply*> as_map(const store::Reply& reply) {
  std::map<std::string, const store::Reply*> map;
  if (reply.kind != Kind::array || reply.elements.size() % 2 != 0) return map;
  for (std::size_t i = 0; i < reply.elements.size(); i += 2) {
    if (reply.elements[i].kind != Kind::bulk) return {};
    map[reply.elements[i].text] = &reply.elements[i + 1];
  }
  return map;
}

/// Whether a client that reads a reply in this way is content.
bool reads(const store::Reply& reply, const std::string& reader) {
  std::vector<std::string> words = words_of(reader);
  const std::string how = words[0];
  words.erase(words.begin());
  if (how == "error" || how == "needs") return reply.kind == Kind::error;
  if (how == "map") {
    const auto map = as_map(reply);
    return !map.empty() && std::all_of(words.begin(), words.end(), [&](const std::string& field) {
      const std::size_t colon = field.rfind(':');
      const auto found = map.find(field.substr(0, colon));
      return found != map.end() && is_a(*found->second, field.substr(colon + 1));
    });
  }
  if (how == "pairs") {
    return reply.kind == Kind::array && !reply.elements.empty() &&
           std::all_of(reply.elements.begin(), reply.elements.end(), [](const store::Reply& pair) {
             return pair.elements.size() == 2 && is_a(pair.elements[0], "bulk") && is_a(pair.elements[1], "bulk");
           });
  }
  if (how == "list" && !words.empty()) {
    if (reply.kind != Kind::array || reply.elements.size() != words.size()) return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const bool fine = words[i] == "map" ? !as_map(reply.elements[i]).empty() : is_a(reply.elements[i], words[i]);
      if (!fine) return false;
    }
    return true;
  }
  return is_a(reply, how);
}

TEST(Clients, FindWhatTheyExpect) {
  LiveServer server;
  std::map<std::string, std::string> texts = sources();
  const std::string model = make_model("linear", server.folder());
  texts.insert({{"<model>", model}, {"<model-1>", model.substr(0, 1000)}, {"<model-2>", model.substr(1000)},
                {"<backends>", store::module_path().parent_path().string()}});
  std::map<std::string, std::pair<int, int>> works;  // of how many
  for (const Method& method : methods()) {
    std::vector<std::string> words = words_of(method.command);
    for (std::string& word : words) {
      if (const auto text = texts.find(word); text != texts.end()) word = text->second;
    }
    const store::Reply reply = server.ask(words);
    const bool fine = reads(reply, method.reader);
    EXPECT_TRUE(fine) << "clients.txt:" << method.line << ": " << method.client << " " << method.name << " gets "
                      << text_of(reply).substr(0, 300);
    const bool served = fine && method.reader != "error" && method.reader != "needs";
    works[method.client].first += served ? 1 : 0;
    ++works[method.client].second;
  }
  std::ifstream in(WINDTUNNEL_TENSORDB_TESTS "/../../src/tensordb/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  ASSERT_EQ(works.size(), 4U);
  for (const auto& [client, count] : works) {
    EXPECT_THAT(readme, testing::HasSubstr(fmt::format("| {} | {} of {} |", client, count.first, count.second)));
  }
}

TEST(Clients, KeysOfTheDeprecatedFormsAreKnown) {
  LiveServer server;
  EXPECT_EQ(server("COMMAND GETKEYS AI.SCRIPTRUN s f INPUTS a $ b c OUTPUTS o"),
            "[\"s\", \"a\", \"b\", \"c\", \"o\"]");
  EXPECT_EQ(server("COMMAND GETKEYS AI.MODELRUN m TIMEOUT 5 INPUTS a OUTPUTS o p"),
            "[\"m\", \"a\", \"o\", \"p\"]");
  EXPECT_EQ(server("COMMAND GETKEYS AI.SCRIPTSET s CPU SOURCE x"), "[\"s\"]");
  EXPECT_EQ(server("COMMAND GETKEYS AI.MODELSET m TORCH CPU BLOB x"), "[\"m\"]");
  EXPECT_EQ(server("COMMAND GETKEYS AI.DAGRUN LOAD 1 a PERSIST 1 o |> AI.SCRIPTRUN s f INPUTS a OUTPUTS o"),
            "[\"a\", \"o\", \"s\"]");
  ASSERT_EQ(server("ACL SETUSER u on >pw ~r* +@all"), "+OK");
  const auto user = server.connect("u");
  for (const char* line : {"AI.SCRIPTRUN r1 f INPUTS r2 OUTPUTS other", "AI.MODELRUN r1 INPUTS other OUTPUTS r2",
                           "AI.SCRIPTSET other CPU SOURCE x", "AI.DAGRUN LOAD 1 r1 PERSIST 1 other |> AI.TENSORGET r1"}) {
    EXPECT_THAT(text_of(LiveServer::ask(*user, words_of(line))), testing::StartsWith("-NOPERM")) << line;
  }
}

// What comes back is what a client's user would see, not only of the right kind.
TEST(Clients, GetTheValuesOfADeprecatedCall) {
  LiveServer server({.configuration = "save \"\"\nappendonly yes\naof-use-rdb-preamble no\n"});
  ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSET", "f", "CPU", "SOURCE", main_source})), "+OK");
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 VALUES 1 2"), "+OK");
  ASSERT_EQ(server("AI.SCRIPTRUN f two INPUTS $ a OUTPUTS x y"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET x VALUES"), "[\"2\", \"3\"]");
  EXPECT_EQ(server("AI.TENSORGET y VALUES"), "[\"3\", \"4\"]");
  ASSERT_EQ(server("DEBUG RELOAD"), "+OK");
  const std::string model = make_model("swap", server.folder());
  ASSERT_EQ(text_of(server.ask(
                {"AI.MODELSET", "m", "TORCH", "CPU", "INPUTS", "p", "q", "OUTPUTS", "r", "BLOB", model})),
            "+OK");
  ASSERT_EQ(server("AI.MODELRUN m TIMEOUT 60000 INPUTS x y OUTPUTS u v"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET u VALUES"), "[\"3\", \"4\"]");
  EXPECT_EQ(server("AI.DAGRUN LOAD 1 x PERSIST 1 w |> AI.MODELRUN m INPUTS x x OUTPUTS w z |> AI.TENSORGET z VALUES"),
            "[+OK, [\"2\", \"3\"]]");
  // In the log the older form stays the older form, also when the log is written anew.
  ASSERT_EQ(server("DEBUG LOADAOF"), "+OK");
  EXPECT_EQ(server("AI.SCRIPTGET f META"), "[\"device\", \"CPU\", \"tag\", \"\", \"Entry Points\", []]");
  server("BGREWRITEAOF");
  const auto rewriting = [&] {
    const std::string info = server.ask({"INFO", "persistence"}).text;
    return info.find("aof_rewrite_in_progress:1") != std::string::npos ||
           info.find("aof_rewrite_scheduled:1") != std::string::npos;
  };
  while (rewriting()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_EQ(server("DEBUG LOADAOF"), "+OK");
  ASSERT_EQ(server("AI.SCRIPTRUN f two INPUTS $ w OUTPUTS x y"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET y VALUES"), "[\"4\", \"5\"]");
  EXPECT_EQ(server("AI.INFO m"),
            "[\"key\", \"m\", \"type\", \"MODEL\", \"backend\", \"TORCH\", \"device\", \"CPU\", \"tag\", \"\", "
            "\"duration\", :0, \"samples\", :0, \"calls\", :0, \"errors\", :0]");
  ASSERT_EQ(server("AI.TENSORSET wide FLOAT 3 2"), "+OK");
  ASSERT_EQ(server("AI.MODELRUN m INPUTS x wide OUTPUTS u v"), "+OK");
  ASSERT_EQ(server("AI.MODELRUN m INPUTS wide x OUTPUTS u v"), "+OK");
  EXPECT_THAT(server("AI.INFO m"), testing::HasSubstr("\"samples\", :5, \"calls\", :2")) << "3 and 2";
  ASSERT_EQ(server("AI.INFO m RESETSTAT"), "+OK");
  EXPECT_THAT(server("AI.INFO m"), testing::HasSubstr("\"samples\", :0, \"calls\", :0"));
}

}  // namespace
}  // namespace windtunnel::tensordb
