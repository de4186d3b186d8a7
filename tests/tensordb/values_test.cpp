// Checks that tensors behave as values: whatever a program does to its inputs or returns of them, other keys keep
// theirs, and what is stored lives as long as it is stored (genuine RedisAI stores freed memory in these cases). The
// server runs on; the checks read every key again after other tensors have had the chance to take the memory.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/sources.h"

namespace windtunnel::tensordb {
namespace {

class Values : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    set("x", 7);
    set("g", 1);
  }
  void store_main() {
    ASSERT_EQ(
        text_of(server.ask({"AI.SCRIPTSTORE", "s", "CPU", "ENTRY_POINTS", "7", "same", "row", "in_place",
                            "in_place_by_helper", "in_place_by_out", "same_twice", "avg", "SOURCE", main_source})),
        "+OK");
  }
  /// A matrix of 2 × n equal values.
  void set(const std::string& key, float value) {
    const std::vector<float> all(static_cast<std::size_t>(2 * GetParam()), value);
    const std::string blob(reinterpret_cast<const char*>(all.data()), all.size() * sizeof(float));
    ASSERT_EQ(text_of(server.ask({"AI.TENSORSET", key, "FLOAT", "2", std::to_string(GetParam()), "BLOB", blob})),
              "+OK");
  }
  /// The one value that all elements of `key` have, or an error text.
  std::string value_of(const std::string& key) {
    const store::Reply reply = server.ask({"AI.TENSORGET", key, "BLOB"});
    if (reply.kind != store::Reply::Kind::bulk || reply.text.size() < sizeof(float)) return text_of(reply);
    std::vector<float> all(reply.text.size() / sizeof(float));
    std::memcpy(all.data(), reply.text.data(), reply.text.size());
    for (const float value : all) {
      if (value != all[0]) return "different values";
    }
    char text[32];
    std::snprintf(text, sizeof text, "%g", static_cast<double>(all[0]));
    return text;
  }
  void stir() {
    for (int i = 0; i < 8; ++i) set("filler" + std::to_string(i), -1);
  }

  LiveServer server;
};

INSTANTIATE_TEST_SUITE_P(SmallAndLarge, Values, testing::Values(2, 100'000));

TEST_P(Values, ReturnedInputOutlivesTheInput) {
  store_main();
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s same INPUTS 1 x OUTPUTS 1 y"), "+OK");
  EXPECT_EQ(server("DEL x"), ":1");
  stir();
  EXPECT_EQ(value_of("y"), "7");
}

TEST_P(Values, ViewOutlivesTheInput) {
  store_main();
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s row INPUTS 1 x OUTPUTS 1 y"), "+OK");
  EXPECT_EQ(server("DEL x"), ":1");
  stir();
  EXPECT_EQ(value_of("y"), "7");
  EXPECT_EQ(server("AI.TENSORGET y META"), "[\"dtype\", \"FLOAT\", \"shape\", [:" + std::to_string(GetParam()) + "]]");
}

TEST_P(Values, InPlaceUpdateOfItsOwnOutput) {
  store_main();
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s in_place INPUTS 2 x g OUTPUTS 1 x"), "+OK");
  stir();
  EXPECT_EQ(value_of("x"), "6");
  EXPECT_EQ(value_of("g"), "1");
}

TEST_P(Values, InPlaceUpdateLeavesTheInputAlone) {
  store_main();
  for (const char* function : {"in_place", "in_place_by_helper", "in_place_by_out"}) {
    EXPECT_EQ(server(std::string("AI.SCRIPTEXECUTE s ") + function + " INPUTS 2 x g OUTPUTS 1 y"), "+OK");
    EXPECT_EQ(value_of("x"), "7") << function;
    EXPECT_EQ(value_of("g"), "1") << function;
    EXPECT_EQ(server(std::string("AI.SCRIPTEXECUTE s ") + function + " INPUTS 2 x g"), "+OK");
    EXPECT_EQ(value_of("x"), "7") << function << " without OUTPUTS";
  }
}

TEST_P(Values, OneTensorUnderTwoKeys) {
  store_main();
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s same_twice INPUTS 1 x OUTPUTS 2 y z"), "+OK");
  EXPECT_EQ(server("AI.SCRIPTEXECUTE s in_place INPUTS 2 y g OUTPUTS 1 y"), "+OK");
  EXPECT_EQ(value_of("y"), "7");
  EXPECT_EQ(value_of("z"), "8");
  EXPECT_EQ(server("COPY z c"), ":1");
  EXPECT_EQ(server("TENSOR.UPDATE c SGD PARAMS learning_rate 1 GRAD g"), "+OK");
  EXPECT_EQ(value_of("c"), "7");
  EXPECT_EQ(value_of("z"), "8");
}

TEST_P(Values, NativeResultsMayReplaceTheirInputs) {
  EXPECT_EQ(server("TENSOR.AGGREGATE x RULE mean KEYS 3 x x g"), "+OK");
  EXPECT_EQ(value_of("x"), "5");
  EXPECT_EQ(server("TENSOR.UPDATE x SGD PARAMS learning_rate 0.5 GRAD x"), "+OK");
  EXPECT_EQ(value_of("x"), "2.5");
}

TEST_P(Values, ManyClientsUpdateOneKeyWithoutLosingAStep) {
  constexpr int clients = 4, steps = 25;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&] {
      const auto connection = server.connect();
      for (int i = 0; i < steps; ++i) {
        EXPECT_EQ(text_of(LiveServer::ask(*connection, words_of("TENSOR.UPDATE x SGD PARAMS learning_rate 1 GRAD g"))),
                  "+OK");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value_of("x"), std::to_string(7 - clients * steps));
}

TEST_P(Values, APlainWriteDuringAnUpdateIsNotLost) {
  std::thread writer([&] {
    const auto connection = server.connect();
    for (int i = 0; i < 30; ++i) {
      LiveServer::ask(*connection, words_of("COPY g x REPLACE"));
    }
  });
  for (int i = 0; i < 30; ++i) {
    const std::string reply = server("TENSOR.UPDATE x SGD PARAMS learning_rate 1 GRAD g");
    EXPECT_TRUE(reply == "+OK" || reply.starts_with("-TRYAGAIN")) << reply;
  }
  writer.join();
  // 1 written over, then at most 30 steps of 1 downwards from it: never a step from a value that was gone.
  const double last = std::stod(value_of("x"));
  EXPECT_LE(last, 1);
  EXPECT_GE(last, -29);
}

/// What the server sends back to `text`, word for word, up to `end`.
std::string sent_back(const LiveServer& server, const std::string& text, const std::string& end) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  server.address().socket.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  std::string all;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      write(socket, text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    char some[4096];
    while (!all.ends_with(end)) {
      const ssize_t n = read(socket, some, sizeof some);
      if (n <= 0) break;
      all.append(some, static_cast<std::size_t>(n));
    }
  }
  close(socket);
  return all;
}

TEST(Resp3, RealNumbersAreDoubles) {
  LiveServer server;
  ASSERT_EQ(server("AI.TENSORSET f FLOAT 3 VALUES 0.5 -2 inf"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET i INT32 1 VALUES 7"), "+OK");
  ASSERT_EQ(server("AI.TENSORSET many DOUBLE 5000"), "+OK");
  const std::string lines =
      "AI.TENSORGET f VALUES\r\nAI.TENSORGET i VALUES\r\n"
      "AI.DAGEXECUTE_RO LOAD 1 f |> AI.TENSORGET f VALUES\r\nPING\r\n";
  const std::string three = sent_back(server, "HELLO 3\r\n" + lines, "+PONG\r\n");
  const std::string floats = "*3\r\n,0.5\r\n,-2\r\n,inf\r\n";
  EXPECT_TRUE(three.ends_with(floats + "*1\r\n:7\r\n*1\r\n" + floats + "+PONG\r\n")) << three;
  const std::string two = sent_back(server, lines, "+PONG\r\n"), texts = "*3\r\n$3\r\n0.5\r\n$2\r\n-2\r\n$3\r\ninf\r\n";
  EXPECT_EQ(two, texts + "*1\r\n:7\r\n*1\r\n" + texts + "+PONG\r\n");
  // Also where a worker writes them.
  const std::string long_one = sent_back(server, "HELLO 3\r\nAI.TENSORGET many VALUES\r\nPING\r\n", "+PONG\r\n");
  std::string zeros = "*5000\r\n";
  for (int n = 0; n < 5000; ++n) zeros += ",0\r\n";
  EXPECT_TRUE(long_one.ends_with(zeros + "+PONG\r\n")) << long_one.substr(0, 300);
}

}  // namespace
}  // namespace windtunnel::tensordb
