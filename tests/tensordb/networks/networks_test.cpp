// Runs real networks of torchvision (make_networks.py) as scripts, as models and in DAGs, one client and four at once,
// and holds every output to python3-torch's own within 1e-5. With too little memory each of them ends in one line of
// error, whatever kernel it was that lacked it, and the server and its data are as before. Does not check how fast they
// run, nor CUDA devices. Without Debian's python3-torch and python3-torchvision the tests are skipped.
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <map>
#include <sstream>

#include "tests/tensordb/live_server.h"

namespace windtunnel::tensordb {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Stored {
  std::string role, batch, dtype, file;
  std::vector<std::string> shape;
};

std::vector<Stored> manifest(const fs::path& folder) {
  std::ifstream in(folder / "manifest");
  std::vector<Stored> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Stored tensor;
    words >> tensor.role >> tensor.batch >> tensor.dtype >> tensor.file;
    for (std::string dim; words >> dim;) tensor.shape.push_back(dim);
    all.push_back(std::move(tensor));
  }
  return all;
}

/// The greatest difference of two outputs, in units of what the larger one is worth, at least 1.
float difference(const std::string& ours, const std::string& theirs) {
  if (ours.size() != theirs.size() || ours.empty()) return INFINITY;
  std::vector<float> a(ours.size() / sizeof(float)), b(a.size());
  std::memcpy(a.data(), ours.data(), ours.size());
  std::memcpy(b.data(), theirs.data(), theirs.size());
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float each = std::abs(a[i] - b[i]) / std::max(1.0F, std::abs(b[i]));
    largest = each <= largest ? largest : each;  // not a number counts as a difference
  }
  return largest;
}

class Networks : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(WINDTUNNEL_NETWORKS) / "made")) {
      GTEST_SKIP() << "Debian's python3-torch and python3-torchvision are not installed";
    }
    tensors_ = manifest(folder_);
    ASSERT_GE(tensors_.size(), 5U);
    for (const Stored& tensor : tensors_) {
      if (tensor.role == "weight") weights_.push_back(tensor.file);
      if (tensor.role != "output") set(tensor);
    }
  }

  void set(const Stored& tensor) {
    std::vector<std::string> words{"AI.TENSORSET", tensor.file, tensor.dtype};
    words.insert(words.end(), tensor.shape.begin(), tensor.shape.end());
    words.insert(words.end(), {"BLOB", contents(folder_ / tensor.file)});
    ASSERT_EQ(text_of(server.ask(words)), "+OK") << tensor.file;
  }
  std::string store_model() {
    return text_of(server.ask({"AI.MODELSTORE", "model", "TORCH", "CPU", "BLOB", contents(folder_ / "model")}));
  }
  std::string store_script() {
    return text_of(server.ask(
        {"AI.SCRIPTSTORE", "script", "CPU", "ENTRY_POINTS", "1", "run", "SOURCE", contents(folder_ / "script")}));
  }

  using Words = std::vector<std::string>;
  /// Words of a call; the tensors' names are keys, or names in a DAG.
  Words as_model(const std::string& input, const std::string& output) const {
    return {"AI.MODELEXECUTE", "model", "INPUTS", "1", input, "OUTPUTS", "1", output};
  }
  Words as_script(const std::string& input, const std::string& output) const {
    Words words{"AI.SCRIPTEXECUTE", "script", "run", "INPUTS", std::to_string(1 + weights_.size()), input};
    words.insert(words.end(), weights_.begin(), weights_.end());
    words.insert(words.end(), {"OUTPUTS", "1", output});
    return words;
  }
  Words as_dag(const std::string& input, const std::string& output) const {
    Words words{"AI.DAGEXECUTE", "LOAD", std::to_string(1 + weights_.size()), input};
    words.insert(words.end(), weights_.begin(), weights_.end());
    words.insert(words.end(), {"PERSIST", "2", output, output + "too"});
    for (const Words& each : {as_model(input, output), as_script(input, output + "too")}) {
      words.emplace_back("|>");
      words.insert(words.end(), each.begin(), each.end());
    }
    return words;
  }

  /// Every way and every batch, with outputs of this client's own.
  void run_all(store::Connection& connection, const std::string& client) const {
    for (const std::string batch : {"1", "8"}) {
      const std::string input = "input" + batch, wanted = contents(folder_ / ("output" + batch));
      const std::map<std::string, std::pair<Words, std::string>> ways{
          {"script", {as_script(input, client + "s"), "+OK"}},
          {"model", {as_model(input, client + "m"), "+OK"}},
          {"DAG", {as_dag(input, client + "d"), "[+OK, +OK]"}}};
      for (const auto& [way, call] : ways) {
        EXPECT_EQ(text_of(LiveServer::ask(connection, call.first)), call.second) << way;
      }
      for (const char* output : {"s", "m", "d", "dtoo"}) {
        const std::string ours = LiveServer::ask(connection, {"AI.TENSORGET", client + output, "BLOB"}).text;
        EXPECT_LE(difference(ours, wanted), 1e-5F) << "batch " << batch << ", output " << output;
      }
    }
  }

  std::string digest() { return text_of(server.ask({"DEBUG", "DIGEST"})); }

  const fs::path folder_ = fs::path(WINDTUNNEL_NETWORKS) / GetParam();
  std::vector<Stored> tensors_;
  Words weights_;
  LiveServer server{{.module_arguments = "THREADS 4"}};
};

TEST_P(Networks, GiveWhatPythonGives) {
  ASSERT_EQ(store_model(), "+OK");
  ASSERT_EQ(store_script(), "+OK");
  const auto one = server.connect();
  run_all(*one, "one");
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([this, i] {
      const auto connection = server.connect();
      run_all(*connection, fmt::format("client{}", i));
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(server.alive()) << server.last_words();
}

/// An input that makes the network need some MiB more than its weights.
Stored large(Stored input) {
  std::int64_t bytes = sizeof(float);
  for (std::size_t i = 1; i < input.shape.size(); ++i) bytes *= std::stoll(input.shape[i]);
  const std::int64_t samples = bytes > 20'000 ? 8 : (std::int64_t{4} << 20) / bytes;
  input.shape[0] = std::to_string(samples);
  return input;
}

TEST_P(Networks, EndInOneErrorWhenMemoryIsShort) {
  const auto allow = [&](int mebibytes) {
    ASSERT_EQ(server(fmt::format("AI.CONFIG MAX_SCRIPT_MB {}", mebibytes)), "+OK");
  };
  ASSERT_EQ(store_model(), "+OK");
  ASSERT_EQ(store_script(), "+OK");
  const auto input = std::find_if(tensors_.begin(), tensors_.end(), [](const Stored& t) { return t.role == "input"; });
  const Stored wide = large(*input);
  Words zeros{"AI.TENSORSET", "large", wide.dtype};
  zeros.insert(zeros.end(), wide.shape.begin(), wide.shape.end());
  ASSERT_EQ(text_of(server.ask(zeros)), "+OK");
  const std::string before = digest();
  const std::string oom = "OOM not enough memory for the tensors of this command";
  const std::map<std::string, std::pair<Words, std::string>> ways{
      {"script", {as_script("large", "out"), "-" + oom}},
      {"model", {as_model("large", "out"), "-" + oom}},
      {"DAG", {as_dag("large", "out"), ""}}};
  for (const auto& [way, call] : ways) {
    int refused = 0;
    std::string reply;
    for (int mebibytes = 1; mebibytes <= 4096; mebibytes += mebibytes < 24 ? 1 : mebibytes / 12) {
      allow(mebibytes);
      reply = text_of(server.ask(call.first));
      ASSERT_TRUE(server.alive()) << way << " with " << mebibytes << " MiB\n" << server.last_words();
      if (reply.find(oom) == std::string::npos) break;
      if (!call.second.empty()) {
        EXPECT_EQ(reply, call.second) << way;
      }
      ++refused;
      EXPECT_EQ(server("EXISTS out outtoo"), ":0") << way << " with " << mebibytes << " MiB";
    }
    EXPECT_GE(refused, 2) << way;
    EXPECT_EQ(reply, way == "DAG" ? "[+OK, +OK]" : "+OK") << way;
    server("DEL out outtoo");
    EXPECT_EQ(digest(), before) << way;
  }
  // What is too large to be loaded at all.
  server("DEL model");
  allow(1);
  const std::string stored = store_model();
  EXPECT_TRUE(stored == "+OK" || stored == "-" + oom) << stored;
  allow(4096);
  EXPECT_EQ(store_model(), "+OK");
  const auto connection = server.connect();
  run_all(*connection, "after");
}

INSTANTIATE_TEST_SUITE_P(, Networks,
                         testing::Values("resnet18", "mobilenet_v2", "squeezenet1_1", "densenet121", "vgg11", "mnist",
                                         "transformer", "lstm", "depthwise", "conv1d"),
                         [](const auto& network) { return std::string(network.param); });

}  // namespace
}  // namespace windtunnel::tensordb
