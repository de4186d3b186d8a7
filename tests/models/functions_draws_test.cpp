// Checks: what is drawn for a call depends on the seed, its caller and its function, never on other callers, other
// functions, or how long anything takes. Compares to the bit. What the draws are used for is functions_test's subject.
#include <gtest/gtest.h>

#include "tests/models/functions_cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Crowd {
  int others = 0;                              // callers with a function of their own
  Duration straggling{};                       // by which their bodies are longer
  std::vector<std::string> deployed_before{};  // functions that nobody calls
};

/// Everything drawn for the calls of one caller to one function: its way, placement, INIT, and whether it was still warm.
std::vector<Duration> draws_of_mine(const Crowd& crowd) {
  FunctionsConfig config;
  config.platform.start_growth = StartGrowth::none;  // starting at once delays everybody: that is no draw
  config.platform.keep_alive = Choice<KeepAlive>(keep_alives(), "empirical");
  FunctionsCloud w(config);
  for (const std::string& name : crowd.deployed_before) w.functions.deploy({.name = name});
  std::vector<FunctionId> functions;
  for (int i = 0; i < crowd.others; ++i) functions.push_back(w.functions.deploy({.name = "other-" + std::to_string(i)}));
  functions.push_back(w.functions.deploy({.name = "mine"}));
  const auto caller = [&](FunctionId f, Context c, Duration body) -> sim::Task<> {
    for (int i = 0; i < 30; ++i) {
      co_await w.functions.invoke(f, c, {}, [&](Instance&) -> sim::Task<> { co_await w.simulation.delay(body); });
      co_await w.simulation.delay(milliseconds(366'500));  // beyond the sixth minute of idleness many are cold
    }
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const bool mine = i + 1 == functions.size();
    w.simulation.spawn(caller(functions[i], w.context(w.functions.spec(functions[i]).name),
                              seconds(2) + (mine ? Duration::zero() : crowd.straggling)));
  }
  w.simulation.run();
  const ActorId me = w.journal.actors.id("mine");
  std::vector<Duration> draws;
  for (const Span& span : w.journal.spans) {
    if (span.context.actor == me) draws.push_back(span.end - span.start);
  }
  for (const Invocation& row : w.journal.invocations) {
    if (row.context.actor == me) draws.push_back(row.init);
  }
  return draws;
}

TEST(FunctionsDraws, OthersChangeNothing) {
  const std::vector<Duration> alone = draws_of_mine({});
  ASSERT_GT(alone.size(), 30u + 30u + 5u) << "ways, INITs, and some cold starts";
  ASSERT_LT(alone.size(), 30u + 30u + 30u) << "not all of them";
  EXPECT_EQ(alone, draws_of_mine({.others = 5}));
  EXPECT_EQ(alone, draws_of_mine({.others = 5, .straggling = seconds(77)}));
  EXPECT_EQ(alone, draws_of_mine({.deployed_before = {"a", "b"}}));
}

TEST(FunctionsDraws, FunctionsOfOneNameDifferAllTheSame) {
  EXPECT_NE(draws_of_mine({}), draws_of_mine({.deployed_before = {"mine"}}));
}

// Calls that were refused draw their pauses by their caller.
TEST(FunctionsDraws, BackOffIsTheCallersOwn) {
  const auto tries = [](int others) {
    FunctionsConfig config = FunctionsCloud::bare();
    config.platform.concurrency = 1;
    config.back_off.times = 20;
    FunctionsCloud w(config);
    const FunctionId f = w.functions.deploy(w.spec());
    w.call(f, seconds(899));
    const auto other = [&](std::string name) -> sim::Task<> {
      try {
        co_await w.functions.invoke(f, w.context(name), {}, [](Instance&) -> sim::Task<> { co_return; });
      } catch (const InvocationError&) {
      }
    };
    for (int i = 0; i < others; ++i) w.simulation.spawn(other("other-" + std::to_string(i)));
    w.simulation.spawn(other("mine"));
    w.simulation.run();
    std::vector<sim::Time> at;
    for (const Invocation& row : w.journal.invocations) {
      if (row.context.actor == w.journal.actors.id("mine")) at.push_back(row.requested);
    }
    return at;
  };
  const auto alone = tries(0);
  ASSERT_EQ(alone.size(), 21u);
  EXPECT_EQ(alone, tries(3));
}

}  // namespace
}  // namespace windtunnel::models
