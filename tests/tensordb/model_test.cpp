// Checks the AI.MODEL* commands with TorchScript archives written by LibTorch: replies as measured on RedisAI, values
// that stay values, hostile archives, persistence. Does not check other backends: there are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Models : public testing::Test {
 protected:
  std::string archive(const std::string& kind) {
    const std::filesystem::path file = server.folder() / (kind + ".pt");
    EXPECT_EQ(std::system((std::string(WINDTUNNEL_MAKE_MODEL) + " " + kind + " " + file.string()).c_str()), 0);
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
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

TEST_F(Models, RepliesAreRedisAis) {
  const std::string blob = archive("linear");
  const auto stored = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"AI.MODELSTORE", "mod"});
    return text_of(server.ask(words));
  };
  EXPECT_EQ(stored({"TORCH", "CPU"}), "-ERR wrong number of arguments for 'ai.modelstore' command");
  EXPECT_EQ(stored({"XX", "CPU", "BLOB", blob}), "-ERR unsupported backend");
  EXPECT_EQ(stored({"TF", "CPU", "INPUTS", "1", "a", "OUTPUTS", "1", "b", "BLOB", blob}),
            "-ERR Could not load backend");
  EXPECT_EQ(stored({"TORCH", "XPU", "BLOB", blob}), "-ERR Invalid DEVICE");
  EXPECT_EQ(stored({"TORCH", "GPU", "BLOB", blob}), "-GPU requested but Torch couldn't find CUDA");
  EXPECT_EQ(stored({"TORCH", "CPU", "INPUTS", "1", "a", "BLOB", blob}),
            "-ERR INPUTS argument should not be specified for this backend");
  EXPECT_EQ(stored({"TORCH", "CPU", "TAG", "v0", "BLOB"}), "-ERR Insufficient arguments, missing model BLOB");
  EXPECT_EQ(stored({"TORCH", "CPU", "BATCHSIZE", "x", "BLOB", blob}), "-ERR Invalid argument for BATCHSIZE");
  EXPECT_EQ(stored({"TORCH", "CPU", "MINBATCHSIZE", "2", "BLOB", blob}),
            "-ERR MINBATCHSIZE specified without BATCHSIZE");
  EXPECT_EQ(stored({"TORCH", "CPU", "TAG", "v0", "BLOB", blob.substr(0, 1000), blob.substr(1000)}), "+OK");
  EXPECT_EQ(server("AI.MODELGET mod META"),
            "[\"backend\", \"TORCH\", \"device\", \"CPU\", \"tag\", \"v0\", \"batchsize\", :0, \"minbatchsize\", :0, "
            "\"inputs\", [\"x\", "
            "\"y\"], \"outputs\", [\"\"], \"minbatchtimeout\", :0]");
  EXPECT_EQ(server.ask({"AI.MODELGET", "mod", "BLOB"}).text, blob);
  for (const auto& [line, reply] : std::vector<std::pair<std::string, std::string>>{
           {"AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 o", "+OK"},
           {"AI.TENSORGET o VALUES", "[\"11\", \"22\", \"33\", \"44\"]"},
           {"AI.MODELEXECUTE mod INPUTS 1 a OUTPUTS 1 o",
            "-Number of keys given as INPUTS here does not match model definition"},
           {"AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 2 o p",
            "-Number of keys given as OUTPUTS here does not match model definition"},
           {"AI.MODELEXECUTE mod INPUTS 2 a missing OUTPUTS 1 o", "-ERR tensor key is empty or in a different shard"},
           {"AI.MODELEXECUTE mod INPUTS 0 OUTPUTS 1 o x", "-ERR Input count must be a positive integer"},
           {"AI.MODELEXECUTE nokey INPUTS 2 a b OUTPUTS 1 o", "-ERR model key is empty"},
           {"AI.MODELEXECUTE a INPUTS 2 a b OUTPUTS 1 o",
            "-WRONGTYPE Operation against a key holding the wrong kind of value"},
           {"AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 o TIMEOUT", "-ERR No value provided for TIMEOUT"},
           {"AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1 o FOO", "-Invalid argument: FOO"},
           {"AI.MODELEXECUTE mod INPUTS 2 a b OUTPUTS 1",
            "-ERR number of output keys to AI.MODELEXECUTE command does not match the number of given arguments"},
           {"AI.MODELGET a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
           {"AI.MODELDEL a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
           {"AI.MODELSTORE a TORCH CPU BLOB x", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
           {"AI.MODELGET nokey", "-ERR model key is empty"}}) {
    EXPECT_EQ(server(line), reply) << line;
  }
  EXPECT_THAT(server("AI.MODELEXECUTE mod INPUTS 2 a v3 OUTPUTS 1 o"),
              HasSubstr("The size of tensor a (2) must match"));
  EXPECT_THAT(server("AI.INFO mod"), HasSubstr("\"type\", \"MODEL\", \"backend\", \"TORCH\""));
  EXPECT_EQ(server("AI.MODELDEL mod"), "+OK");
  EXPECT_EQ(server("EXISTS mod"), ":0");
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

TEST_F(Models, AreKeptOverARestart) {
  ASSERT_EQ(store("mod", "linear"), "+OK");
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
