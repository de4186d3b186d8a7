// Checks the AI.MODEL* commands with TorchScript archives written by LibTorch, beyond their replies (replies.txt):
// pieces, DAGs, values that stay values, hostile archives, persistence. Does not check other backends: there are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/model_archive.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Models : public testing::Test {
 protected:
  std::string archive(const std::string& kind) { return make_model(kind, server.folder()); }
  std::string store(const std::string& key, const std::string& kind) {
    return text_of(server.ask({"AI.MODELSTORE", key, "TORCH", "CPU", "TAG", "v0", "BLOB", archive(kind)}));
  }
  void SetUp() override {
    ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 2 VALUES 1 0 0 1"), "+OK");
    ASSERT_EQ(server("AI.TENSORSET b FLOAT 2 2 VALUES 10 20 30 40"), "+OK");
    ASSERT_EQ(server("AI.TENSORSET v3 FLOAT 3 VALUES 1 2 3"), "+OK");
  }

  LiveServer server{{.configuration = "save 3600 1\n", .module_arguments = "SCRIPT_TIME_LIMIT_MS 1000"}};
};

TEST_F(Models, ShowWhatTheyTakeAndGive) {
  ASSERT_EQ(store("mod", "linear"), "+OK");
  EXPECT_EQ(server("AI.MODELGET mod META"),
            "[\"backend\", \"TORCH\", \"device\", \"CPU\", \"tag\", \"v0\", \"batchsize\", :0, \"minbatchsize\", :0, "
            "\"inputs\", [\"x\", \"y\"], \"outputs\", [\"\"], \"minbatchtimeout\", :0]");
  EXPECT_EQ(server.ask({"AI.MODELGET", "mod", "BLOB"}).text, archive("linear"));
  EXPECT_EQ(server.ask({"AI.MODELGET", "mod"}).elements.back().text, archive("linear"));
  EXPECT_THAT(server("AI.INFO mod"), HasSubstr("\"type\", \"MODEL\", \"backend\", \"TORCH\""));
  EXPECT_EQ(server("AI._MODELSCAN"), "[[\"mod\", \"v0\"]]");
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[]");
}

TEST_F(Models, LargeOnesAreSentInPieces) {
  ASSERT_EQ(store("mod", "linear"), "+OK");
  const std::string whole = archive("linear");
  for (const std::size_t size : {std::size_t{256}, whole.size() / 3, whole.size() / 2 + 1, whole.size() - 1}) {
    ASSERT_EQ(server("AI.CONFIG MODEL_CHUNK_SIZE " + std::to_string(size)), "+OK");
    for (const std::vector<store::Reply>& pieces : {server.ask({"AI.MODELGET", "mod", "BLOB"}).elements,
                                                    server.ask({"AI.MODELGET", "mod"}).elements.back().elements}) {
      ASSERT_EQ(pieces.size(), (whole.size() + size - 1) / size);
      std::string joined;
      for (const store::Reply& piece : pieces) {
        EXPECT_LE(piece.text.size(), size);
        EXPECT_FALSE(piece.text.empty());
        joined += piece.text;
      }
      EXPECT_EQ(joined, whole);
    }
  }
  ASSERT_EQ(server("AI.CONFIG MODEL_CHUNK_SIZE " + std::to_string(whole.size())), "+OK");
  EXPECT_EQ(server.ask({"AI.MODELGET", "mod", "BLOB"}).text, whole);
}

TEST_F(Models, BatchSettingsMakeNobodyWait) {
  ASSERT_EQ(text_of(server.ask({"AI.MODELSTORE", "mod", "TORCH", "CPU", "BATCHSIZE", "8", "MINBATCHSIZE", "8",
                                "MINBATCHTIMEOUT", "0", "BLOB", archive("linear")})),
            "+OK");
  EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 o"), "+OK");
  EXPECT_THAT(server("AI.MODELGET mod META"), HasSubstr("\"batchsize\", :8, \"minbatchsize\", :8"));
  ASSERT_EQ(server("AI.TENSORSET scalar FLOAT VALUES 1"), "+OK");
  EXPECT_THAT(server("AI.MODELEXECUTE mod INPUTS 2 scalar b OUTPUTS 1 o"), StartsWith("-"));
}

TEST_F(Models, InsideADag) {
  ASSERT_EQ(store("mod", "linear"), "+OK");
  ASSERT_EQ(store("more", "two"), "+OK");
  const std::string operations =
      "LOAD 2 a b |> AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 x |> AI.MODELEXECUTE more INPUTS 1 x OUTPUTS 2 y z |> "
      "AI.TENSORGET z VALUES";
  for (const char* command : {"AI.DAGEXECUTE ", "AI.DAGEXECUTE_RO "}) {
    EXPECT_EQ(server(command + operations), "[+OK, +OK, [\"13\", \"24\", \"35\", \"46\"]]");
  }
  EXPECT_EQ(server("EXISTS x y z"), ":0");
  EXPECT_EQ(server("AI.DAGEXECUTE LOAD 1 a |> AI.MODELEXECUTE mod INPUTS 1 a OUTPUTS 1 x |> AI.TENSORGET x"),
            "-Number of keys given as INPUTS here does not match model definition");
  EXPECT_EQ(server("AI.DAGEXECUTE LOAD 2 a b |> AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 2 x y |> AI.TENSORGET x"),
            "[-Number of keys given as OUTPUTS here does not match model definition, +NA]");
}

TEST_F(Models, ArchivesThatAreNoneAreRefused) {
  const std::string whole = archive("linear");
  std::string flipped = whole;
  for (std::size_t i = 100; i < flipped.size(); i += 97) flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
  for (const std::string& blob : {std::string("garbage"), std::string(), whole.substr(0, whole.size() / 2), flipped}) {
    const std::string reply = text_of(server.ask({"AI.MODELSTORE", "mod", "TORCH", "CPU", "BLOB", blob}));
    EXPECT_THAT(reply, StartsWith("-"));
    EXPECT_EQ(reply.find('\n'), std::string::npos);
    EXPECT_THAT(reply, testing::Not(HasSubstr("frame #")));  // no addresses of the server
    EXPECT_EQ(server("PING"), "+PONG");
  }
  EXPECT_EQ(server("EXISTS mod"), ":0");
}

TEST_F(Models, SeveralOutputs) {
  ASSERT_EQ(store("mod", "two"), "+OK");
  EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 1 a OUTPUTS 2 o p"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET p VALUES"), "[\"3\", \"2\", \"2\", \"3\"]");
}

TEST_F(Models, ValuesStayValues) {
  ASSERT_EQ(store("counting", "counting"), "+OK");
  for (const char* key : {"o1", "o2", "o3"}) {
    ASSERT_EQ(server(std::string("AI.MODELEXECUTE counting INPUTS 1 a OUTPUTS 1 ") + key), "+OK");
  }
  EXPECT_EQ(server("AI.TENSORGET o1 VALUES"), "[\"2\", \"3\", \"4\", \"5\"]");  // not changed by the later calls
  EXPECT_EQ(server("AI.TENSORGET o3 VALUES"), "[\"4\", \"5\", \"6\", \"7\"]");
  ASSERT_EQ(store("in_place", "in_place"), "+OK");
  ASSERT_EQ(server("AI.MODELEXECUTE in_place INPUTS 1 b OUTPUTS 1 o"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET b VALUES"), "[\"10\", \"20\", \"30\", \"40\"]");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"20\", \"40\", \"60\", \"80\"]");
  ASSERT_EQ(store("parameter", "parameter"), "+OK");
  ASSERT_EQ(server("AI.MODELEXECUTE parameter INPUTS 1 a OUTPUTS 1 o"), "+OK");
  ASSERT_EQ(server("AI.MODELDEL parameter"), "+OK");
  EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"1\", \"2\", \"3\", \"4\"]");
}

TEST_F(Models, EndlessModelsEnd) {
  ASSERT_EQ(store("endless", "endless"), "+OK");
  EXPECT_THAT(server("AI.MODELEXECUTE endless INPUTS 1 a OUTPUTS 1 o"), HasSubstr("took longer than it may"));
  EXPECT_EQ(server("AI.MODELEXECUTE endless INPUTS 1 a OUTPUTS 1 o TIMEOUT 50"), "+TIMEDOUT");
}

constexpr const char* not_all_inputs = "-Number of keys given as INPUTS here does not match model definition";

TEST(ModelsOnDisk, InputsWithDefaultsMayBeLeftOut) {
  LiveServer server({.configuration = "save \"\"\nappendonly yes\naof-use-rdb-preamble no\n"});
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 2 2 VALUES 1 0 0 1"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET b FLOAT 2 2 VALUES 10 20 30 40"), "+OK");
  ASSERT_EQ(text_of(server.ask({"AI.MODELSTORE", "mod", "TORCH", "CPU", "BLOB", make_model("defaults", server.folder())})),
            "+OK");
  const auto check = [&](const std::string& when) {
    SCOPED_TRACE(when);
    // The first call after loading must know already.
    EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 1 b OUTPUTS 1 o"), "+OK");
    EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"10\", \"20\", \"30\", \"40\"]");
    EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 2 b a OUTPUTS 1 o"), "+OK");
    EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"11\", \"20\", \"30\", \"41\"]");
    EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 3 b a a OUTPUTS 1 o"), "+OK");
    EXPECT_EQ(server("AI.TENSORGET o VALUES"), "[\"11\", \"0\", \"0\", \"41\"]");
    EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 4 b a a a OUTPUTS 1 o"), not_all_inputs);
  };
  check("as stored");
  server.restart();
  check("from the commands of an AOF file");
  ASSERT_EQ(server("BGREWRITEAOF"), "+Background append only file rewriting started");
  while (server.ask({"INFO", "persistence"}).text.find("aof_rewrite_in_progress:1") != std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  server.restart();
  check("from an AOF file that was written anew");
  ASSERT_EQ(server("DEBUG RELOAD"), "+OK");
  check("from an RDB file");
  const std::string dump = server.ask({"DUMP", "mod"}).text;
  ASSERT_EQ(server("DEL mod"), ":1");
  ASSERT_EQ(text_of(server.ask({"RESTORE", "mod", "0", dump})), "+OK");
  check("restored from its dump");
}

// A value as the first encoding had it: the number of required inputs, which ends it, was not there.
TEST_F(Models, OfTheFirstEncodingWantAllInputs) {
  ASSERT_EQ(store("mod", "defaults"), "+OK");
  std::string dump = server.ask({"DUMP", "mod"}).text;
  // Type, nine bytes of length-coded module id, whose last ten bits are the encoding … opcode, number, end; version, checksum.
  constexpr std::size_t id_end = 10, footer = 10;
  ASSERT_EQ(dump.at(id_end - 1) & 0x0f, 2);
  dump.at(id_end - 1) = static_cast<char>((dump.at(id_end - 1) & 0xf0) | 1);
  ASSERT_EQ(dump.at(dump.size() - footer - 2), 1) << "required inputs";
  dump.erase(dump.size() - footer - 3, 2);
  ASSERT_EQ(server("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1"), "+OK");
  ASSERT_EQ(text_of(server.ask({"RESTORE", "old", "0", dump})), "+OK");
  EXPECT_EQ(server("AI.MODELEXECUTE old INPUTS 1 b OUTPUTS 1 o"), not_all_inputs);
  EXPECT_EQ(server("AI.MODELEXECUTE old INPUTS 3 b a a OUTPUTS 1 o"), "+OK");
}

TEST_F(Models, AreKeptOverARestart) {
  ASSERT_EQ(store("mod", "linear"), "+OK");
  ASSERT_EQ(text_of(server.ask(
                {"AI.MODELSTORE", "odd", "TORCH", "CPU", "TAG", std::string("a\0b", 3), "BLOB", archive("linear")})),
            "+OK");
  const std::string before = server("DEBUG DIGEST"), meta = server("AI.MODELGET mod META");
  ASSERT_EQ(server("DEBUG RELOAD"), "+OK");
  EXPECT_EQ(server("DEBUG DIGEST"), before);
  ASSERT_EQ(server("CONFIG SET appendonly yes"), "+OK");
  ASSERT_EQ(server("SAVE"), "+OK");
  server.restart();
  EXPECT_EQ(server("AI.MODELGET mod META"), meta);
  EXPECT_EQ(server("AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 o"), "+OK");
  EXPECT_EQ(server("TYPE mod"), "+WT__MODEL");
  EXPECT_EQ(server("COPY mod other"), ":1");
  EXPECT_GT(server.ask({"MEMORY", "USAGE", "mod"}).integer, 1000);
}

}  // namespace
}  // namespace windtunnel::tensordb
