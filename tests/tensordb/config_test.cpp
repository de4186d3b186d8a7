// Checks the commands about the server itself: AI.CONFIG, AI._SCRIPTSCAN, AI._MODELSCAN, AI.INFO, and devices that are
// not there. Does not check the load-time arguments' effects (hostile_test, native_test), nor programs on CUDA devices:
// machines that run the tests have none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Config : public testing::Test {
 protected:
  std::string store_script(const std::string& key, const std::string& device, const std::string& tag) {
    return text_of(server.ask(
        {"AI.SCRIPTSTORE", key, device, "TAG", tag, "ENTRY_POINTS", "2", "avg", "sgd", "SOURCE", main_source}));
  }
  std::string folder() const { return store::module_path().parent_path().string(); }
  std::size_t threads() const {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(server.pid()) + "/task");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  LiveServer server{{.module_arguments = "THREADS 3 POOL_MB 10 MODEL_CHUNK_SIZE 1000"}};
};

TEST_F(Config, ShowsEverySetting) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"THREADS", ":3"},
                                                                                    {"intra_op", ":1"},
                                                                                    {"NATIVE", "\"yes\""},
                                                                                    {"POOL_MB", ":10"},
                                                                                    {"SCRIPT_TIME_LIMIT_MS", ":60000"},
                                                                                    {"MODEL_CHUNK_SIZE", ":1000"},
                                                                                    {"BACKENDSPATH", '"' + folder() + '"'}}) {
    EXPECT_EQ(server("AI.CONFIG GET " + name), value);
  }
  EXPECT_EQ(server("AI.CONFIG GET nosuch"), "(nil)");
}

TEST_F(Config, ChangesWhatCanBeChanged) {
  EXPECT_EQ(server("AI.CONFIG MODEL_CHUNK_SIZE 4096"), "+OK");  // its effect: model_test
  EXPECT_EQ(server("AI.CONFIG GET MODEL_CHUNK_SIZE"), ":4096");
  for (const char* size : {"0", "-1", "255", "x", "1.5", "\"\"", "99999999999999999999", "9223372036854775807"}) {
    EXPECT_EQ(server(std::string("AI.CONFIG MODEL_CHUNK_SIZE ") + size), "-ERR MODEL_CHUNK_SIZE: invalid chunk size");
  }
  EXPECT_EQ(server("AI.CONFIG GET MODEL_CHUNK_SIZE"), ":4096");
  EXPECT_EQ(server("AI.CONFIG MAX_SCRIPT_MB 77"), "+OK");  // its effect: networks_test
  EXPECT_EQ(server("AI.CONFIG GET MAX_SCRIPT_MB"), ":77");
  for (const char* size : {"0", "-1", "x", "1048577", "99999999999999999999"}) {
    EXPECT_EQ(server(std::string("AI.CONFIG MAX_SCRIPT_MB ") + size),
              "-ERR MAX_SCRIPT_MB: a whole number from 1 to 1048576 is wanted");
  }
  EXPECT_EQ(server("AI.CONFIG GET MAX_SCRIPT_MB"), ":77");
}

TEST(ConfigOfRedisAi, LoadTimeSettingsAreTakenOrNoted) {
  LiveServer server({.module_arguments = "THREADS_PER_QUEUE 3 INTRA_OP_PARALLELISM 2 INTER_OP_PARALLELISM 4 "
                                         "MODEL_EXECUTION_TIMEOUT 7000 BACKENDSPATH /nowhere BACKEND_MEMORY_LIMIT 100 "
                                         "TF file TORCH file"});
  EXPECT_EQ(server("AI.CONFIG GET THREADS"), ":3");
  EXPECT_EQ(server("AI.CONFIG GET INTRA_OP"), ":2");
  EXPECT_EQ(server("AI.CONFIG GET SCRIPT_TIME_LIMIT_MS"), ":7000");
  for (const char* note : {"THREADS_PER_QUEUE: taken as THREADS", "INTER_OP_PARALLELISM: without effect",
                           "BACKENDSPATH: without effect", "BACKEND_MEMORY_LIMIT: without effect", "TF: without effect"}) {
    EXPECT_THAT(server.log(), HasSubstr(note));
  }
  LiveServer by_default({.module_arguments = "INTRA_OP_PARALLELISM 0 INTER_OP_PARALLELISM 0"});
  EXPECT_EQ(by_default("AI.CONFIG GET INTRA_OP"), ":1");
}

TEST_F(Config, InfoHasTheSectionsOfRedisAi) {
  const std::string info = server.ask({"INFO", "modules"}).text;
  for (const char* line : {"# ai_versions", "ai_RedisAI_version:1.2.7", "ai_low_level_API_version:1", "ai_rdb_version:4",
                           "# ai_git", "# ai_load_time_configs", "ai_threads_per_queue:3", "ai_inter_op_parallelism:1",
                           "ai_intra_op_parallelism:1", "ai_model_execution_timeout:60000", "# ai_backends_info",
                           "# ai_cpu", "# tensordb_state"}) {
    EXPECT_THAT(info, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
  for (const char* field : {"ai_git_sha:", "ai_Torch_version:", "ai_self_used_cpu_sys:", "ai_children_used_cpu_user:",
                            "ai_queue_CPU_bthread_n3_used_cpu_total:"}) {
    EXPECT_THAT(info, HasSubstr(std::string("\r\n") + field));
  }
  EXPECT_THAT(info, testing::EndsWith("\r\n"));
}

// What a command's work takes is counted, also when a worker does it.
TEST_F(Config, RunningTimeIsCounted) {
  ASSERT_EQ(text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "1", "nap", "SOURCE", main_source})), "+OK");
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 1 VALUES 1"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET wide FLOAT 2000000"), "+OK");
  for (const char* line : {"CONFIG SET slowlog-log-slower-than 2000", "SLOWLOG RESET", "CONFIG RESETSTAT",
                           "CONFIG SET latency-tracking yes"}) {
    ASSERT_EQ(server(line), "+OK") << line;
  }
  ASSERT_EQ(server("AI.SCRIPTEXECUTE s nap INPUTS 1 a ARGS 1 100 OUTPUTS 1 o"), "+OK");
  ASSERT_EQ(server("TENSOR.AGGREGATE o RULE median KEYS 3 wide wide wide"), "+OK");
  ASSERT_EQ(server.ask(words_of("AI.TENSORGET wide VALUES")).elements.size(), 2000000U);
  const std::string slow = text_of(server.ask({"SLOWLOG", "GET"})), stats = server.ask({"INFO", "commandstats"}).text,
                    latencies = server.ask({"INFO", "latencystats"}).text;
  for (const std::string command : {"AI.SCRIPTEXECUTE", "TENSOR.AGGREGATE", "AI.TENSORGET"}) {
    EXPECT_THAT(slow, HasSubstr('"' + command + '"'));
    const std::string field = "cmdstat_" + command + ":calls=1,usec=";
    ASSERT_THAT(stats, HasSubstr(field));
    EXPECT_GE(std::stol(stats.substr(stats.find(field) + field.size())), 2000) << command;
    EXPECT_THAT(latencies, HasSubstr("latency_percentiles_usec_" + command));
  }
}

TEST_F(Config, RefusesTheRest) {
  for (const auto& [line, reply] : std::vector<std::pair<std::string, std::string>>{
           {"AI.CONFIG", "-ERR wrong number of arguments for 'ai.config' command"},
           {"AI.CONFIG NOSUCH", "-ERR unsupported subcommand"},
           {"AI.CONFIG GET", "-ERR GET: missing config field"},
           {"AI.CONFIG GET THREADS NATIVE", "-ERR wrong number of arguments for 'ai.config' command"},
           {"AI.CONFIG MODEL_CHUNK_SIZE", "-ERR MODEL_CHUNK_SIZE: missing chunk size"},
           {"AI.CONFIG BACKENDSPATH", "-ERR BACKENDSPATH: missing path argument"},
           {"AI.CONFIG LOADBACKEND TORCH", "-ERR wrong number of arguments for 'ai.config|loadbackend' command"},
           {"AI.CONFIG LOADBACKEND XX file", "-ERR unsupported backend"},
           {"AI.CONFIG LOADBACKEND TF file", "-ERR error loading backend"},
           {"AI.CONFIG THREADS 5", "-ERR THREADS: can only be set when the module is loaded"},
           {"AI.CONFIG native no", "-ERR native: can only be set when the module is loaded"}}) {
    EXPECT_EQ(server(line), reply) << line;
  }
  for (const char* path : {"/", "/tmp", "..", "/nosuch", "\"\""}) {
    EXPECT_THAT(server(std::string("AI.CONFIG BACKENDSPATH ") + path), HasSubstr("lies beside the module")) << path;
    EXPECT_THAT(server(std::string("AI.CONFIG LOADBACKEND TORCH ") + path), HasSubstr("comes with the module")) << path;
  }
  // Only the module's own shared object: a client's file is not loaded into the server.
  EXPECT_THAT(server("AI.CONFIG LOADBACKEND TORCH " + store::module_path().string()), StartsWith("-ERR"));
}

TEST_F(Config, LoadsTheBackendOfItsOwn) {
  const auto loaded = [&] {
    std::ifstream maps("/proc/" + std::to_string(server.pid()) + "/maps");
    const std::string text{std::istreambuf_iterator<char>(maps), {}};
    return text.find("libtorch_cpu") != std::string::npos;
  };
  EXPECT_EQ(server("AI.CONFIG BACKENDSPATH " + folder()), "+OK");
  EXPECT_FALSE(loaded());
  EXPECT_EQ(server("AI.CONFIG LOADBACKEND torch windtunnel_tensordb_torch.so"), "+OK");
  EXPECT_TRUE(loaded());
  EXPECT_EQ(server("AI.CONFIG LOADBACKEND TORCH " + folder() + "/windtunnel_tensordb_torch.so"), "+OK");
}

TEST_F(Config, WrongLoadTimeArgumentsAreRefused) {
  for (const char* arguments : {"THREADS x", "THREADS", "MODEL_CHUNK_SIZE 1", "NATIVE maybe", "NOSUCH 1"}) {
    EXPECT_THROW(LiveServer({.module_arguments = arguments}), std::runtime_error) << arguments;
  }
}

TEST_F(Config, ScansListKeysAndTags) {
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[]");
  EXPECT_EQ(server("AI._MODELSCAN"), "[]");
  ASSERT_EQ(store_script("s1", "CPU", "v1"), "+OK");
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[[\"s1\", \"v1\"]]");
  ASSERT_EQ(server("AI.TENSORSET t FLOAT 1"), "+OK");
  ASSERT_EQ(server("SET str v"), "+OK");
  for (int i = 2; i <= 40; ++i) ASSERT_EQ(server("COPY s1 s" + std::to_string(i)), ":1");
  EXPECT_EQ(server.ask({"AI._SCRIPTSCAN"}).elements.size(), 40U);
  EXPECT_EQ(server("AI._MODELSCAN"), "[]");
  for (int i = 2; i <= 40; ++i) ASSERT_EQ(server("DEL s" + std::to_string(i)), ":1");
  EXPECT_EQ(server("RENAME s1 other"), "+OK");
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[[\"other\", \"v1\"]]");
  ASSERT_EQ(server("SELECT 1"), "+OK");
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[]");
  ASSERT_EQ(server("SELECT 0"), "+OK");
  // A key whose time is over is not there, also when nobody has removed it yet.
  ASSERT_EQ(server("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK");
  ASSERT_EQ(server("PEXPIRE other 1"), ":1");
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(server("AI._SCRIPTSCAN"), "[]");
  EXPECT_EQ(server("AI._SCRIPTSCAN x"), "-ERR wrong number of arguments for 'ai._scriptscan' command");
  EXPECT_EQ(server("AI._MODELSCAN x"), "-ERR wrong number of arguments for 'ai._modelscan' command");
}

TEST_F(Config, ScansShowWhatTheCallerMayRead) {
  for (const char* key : {"r1", "r2", "w1", "b"}) ASSERT_EQ(store_script(key, "CPU", ""), "+OK");
  ASSERT_EQ(server("ACL SETUSER u on >pw %R~r* %W~w* +@all"), "+OK");
  const auto user = server.connect("u");
  const auto seen = [&](const std::vector<std::string>& words) {
    std::vector<std::string> keys;
    for (const store::Reply& entry : LiveServer::ask(*user, words).elements) keys.push_back(entry.elements.at(0).text);
    return keys;
  };
  EXPECT_THAT(seen({"AI._SCRIPTSCAN"}), testing::UnorderedElementsAre("r1", "r2"));
  EXPECT_THAT(seen({"EVAL", "return redis.call('AI._SCRIPTSCAN')", "0"}), testing::UnorderedElementsAre("r1", "r2"));
  EXPECT_EQ(server.ask({"AI._SCRIPTSCAN"}).elements.size(), 4U);
  ASSERT_EQ(server("ACL SETUSER u resetkeys"), "+OK");
  EXPECT_THAT(seen({"AI._SCRIPTSCAN"}), testing::IsEmpty());
}

TEST_F(Config, DevicesThatAreNotThere) {
  for (const char* device : {"CUDA", "cuda:0", "CUDA:7", "GPU", "GPU:1"}) {
    EXPECT_EQ(store_script("s", device, ""), "-GPU requested but Torch couldn't find CUDA; devices here: CPU")
        << device;
  }
  for (const char* device :
       {"CPU:", "CPU::", "CPU:1.8", "CPU:-1", "CPU:123456", "CPUfoo", "CPU 1", "XPU", "", ":", "CUDA:x"}) {
    EXPECT_EQ(store_script("s", device, ""), "-ERR unsupported device") << device;
    EXPECT_EQ(text_of(server.ask({"AI.MODELSTORE", "s", "TORCH", device, "BLOB", "x"})), "-ERR Invalid DEVICE")
        << device;
  }
  EXPECT_EQ(server("EXISTS s"), ":0");
  ASSERT_EQ(store_script("s", "CPU:3", ""), "+OK");
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 1 VALUES 3"), "+OK");
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
  EXPECT_THAT(server("AI.INFO s"), HasSubstr("\"device\", \"CPU:3\""));
}

TEST_F(Config, ManyDeviceNamesAreTheSameWorkers) {
  ASSERT_EQ(store_script("s", "CPU", ""), "+OK");
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 1 VALUES 3"), "+OK");
  ASSERT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
  const std::size_t before = threads();
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(store_script("s", "CPU:" + std::to_string(i), ""), "+OK");
    ASSERT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
  }
  EXPECT_LT(threads(), before + 10);  // some are the allocator's and the server's own
}

TEST_F(Config, InfoFollowsTheProgram) {
  ASSERT_EQ(store_script("s", "CPU", "v1"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET a FLOAT 1 VALUES 3"), "+OK");
  ASSERT_EQ(server("AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 o"), "+OK");
  ASSERT_EQ(server("AI.DAGEXECUTE LOAD 1 a |> AI.SCRIPTEXECUTE s avg INPUTS 1 a OUTPUTS 1 x"), "[+OK]");
  ASSERT_THAT(server("AI.SCRIPTEXECUTE s sgd INPUTS 1 a OUTPUTS 1 o"), StartsWith("-"));
  ASSERT_EQ(server("RENAME s s9"), "+OK");
  const std::string info = server("AI.INFO s9");
  EXPECT_THAT(info, StartsWith("[\"key\", \"s9\", \"type\", \"SCRIPT\", \"backend\", \"TORCH\", \"device\", \"CPU\", "
                               "\"tag\", \"v1\", \"duration\", :"));
  EXPECT_THAT(info, HasSubstr("\"samples\", :-1, \"calls\", :3, \"errors\", :1]"));
  EXPECT_EQ(server("AI.INFO s9 RESETSTAT"), "+OK");
  EXPECT_THAT(server("AI.INFO s9"), HasSubstr("\"duration\", :0, \"samples\", :-1, \"calls\", :0, \"errors\", :0]"));
}

}  // namespace
}  // namespace windtunnel::tensordb
