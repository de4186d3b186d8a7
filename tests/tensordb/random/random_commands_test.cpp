// Drives random command sequences, well-formed and not, against a live server and compares every reply and everything
// stored with a simple reference; one client step by step, or several at once with pipelines on keys of their own.
// After each sequence the server is alive, every command had one reply, the number of keys is right. Sequences that
// fail are made smaller before they are shown. Does not check the words of errors (replies_test.cpp does), the batch
// settings of models (model_test.cpp), replicas, or two clients on one key (values_test.cpp).
//
// WINDTUNNEL_FUZZ_SECONDS  how long (default 60)
// WINDTUNNEL_FUZZ_SEED     the first sequence: what a failure prints, to see it again
#include <gtest/gtest.h>
#include <rapidcheck/Random.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "tests/tensordb/random/config.h"
#include "tests/tensordb/random/notation.h"
#include "tests/tensordb/random/trial.h"

namespace windtunnel::tensordb::random {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<std::uint64_t> environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::stoull(text);
}

LiveServer::Options options() {
  return {.configuration =
              "save \"\"\nappendonly yes\nappendfsync no\nauto-aof-rewrite-min-size 8mb\n"
              "crash-memcheck-enabled no\n",
          .module_arguments = module_arguments()};
}

/// How long a sequence that fails is made smaller.
constexpr std::chrono::seconds patience(10);

struct Found {
  std::uint64_t seed;
  Sequence sequence;  ///< as small as it could be made
  std::string fault;
};

/// A smaller sequence that fails too, and its fault.
Found smallest(Trial& trial, std::uint64_t seed, rc::Shrinkable<Sequence> failing, std::string fault) {
  const auto until = Clock::now() + patience;
  for (bool smaller = true; smaller;) {
    smaller = false;
    auto candidates = failing.shrinks();
    for (auto candidate = candidates.next(); candidate && Clock::now() < until; candidate = candidates.next()) {
      const std::optional<std::string> again = trial.run(candidate->value());
      if (!again) continue;
      fault = *again;
      failing = *candidate;
      smaller = true;
      break;
    }
  }
  return {seed, failing.value(), fault};
}

/// The sequence of a seed. Sizes come round and round, so that short ones and long ones are tried from the start.
rc::Shrinkable<Sequence> sequence_of(std::uint64_t seed) {
  return sequences()(rc::Random(seed), static_cast<int>(10 + seed % 10 * 20));
}

/// Tries the sequences of `seed`, seed + 1 … until one fails or `done`.
template <class Done>
std::optional<Found> search(Trial& trial, std::uint64_t seed, Done done) {
  do {
    const rc::Shrinkable<Sequence> sequence = sequence_of(seed);
    const std::optional<std::string> fault = trial.run(sequence.value());
    if (fault) return smallest(trial, seed, sequence, *fault);
    ++seed;
  } while (!done());
  return std::nullopt;
}

TEST(RandomCommands, ServerAndReferenceAgree) {
  const auto seconds = std::chrono::seconds(environment("WINDTUNNEL_FUZZ_SECONDS").value_or(60));
  const std::uint64_t seed =
      environment("WINDTUNNEL_FUZZ_SEED")
          .value_or(static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                               std::chrono::milliseconds(1)));
  LiveServer server(options());
  Trial trial(server);
  const auto until = Clock::now() + seconds;
  std::size_t tried = 0;
  const std::optional<Found> found = search(trial, seed, [&] { return ++tried, Clock::now() >= until; });
  std::cout << tried << " sequences, " << trial.commands() << " commands, from seed " << seed << '\n';
  if (found) {
    FAIL() << "seed " << found->seed << ": " << found->fault << "\nafter\n"
           << found->sequence << "Again: WINDTUNNEL_FUZZ_SECONDS=0 WINDTUNNEL_FUZZ_SEED=" << found->seed;
  }
}

TEST(RandomCommands, TheSameSeedIsTheSameSequence) {
  for (const std::uint64_t seed : {1U, 9U}) {
    std::ostringstream once, again;
    once << sequence_of(seed).value();
    again << sequence_of(seed).value();
    EXPECT_EQ(once.str(), again.str());
    EXPECT_GT(once.str().size(), 100U);
  }
}

/// Calls `look(line, outcome, before)` for the lines of many sequences, by what the reference makes of them.
template <class Look>
void at_every_line(Look look) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const std::vector<Step>& client : sequence_of(seed).value()) {
      Reference reference;
      for (const Step& step : client) {
        for (const Line& line : step.lines) {
          const Outcome outcome = reference.outcome(line);
          look(line, outcome, reference.database());
          reference.take(outcome);
        }
      }
    }
  }
}

TEST(RandomCommands, EveryCommandIsAcceptedAndRefused) {
  std::map<std::string, std::set<bool>> seen;
  at_every_line([&](const Line& line, const Outcome& outcome, const Database&) {
    seen[line[0]].insert(outcome.reply != any_error);
  });
  for (const std::string& command :
       words_of("AI.TENSORSET AI.TENSORGET AI.SCRIPTSTORE AI.SCRIPTGET AI.SCRIPTDEL AI.SCRIPTEXECUTE AI.MODELSTORE "
                "AI.MODELGET AI.MODELDEL AI.MODELEXECUTE AI.DAGEXECUTE AI.DAGEXECUTE_RO AI.INFO AI._SCRIPTSCAN "
                "AI._MODELSCAN AI.CONFIG TENSOR.AGGREGATE TENSOR.UPDATE TENSOR.ACCUMULATE TENSOR.AGGUPDATE "
                "AI.MODELUPDATE RENAME COPY GET")) {
    EXPECT_EQ(seen[command].size(), 2U) << command;
  }
  for (const char* command : {"DEL", "UNLINK", "EXPIRE", "PERSIST", "TTL", "SET", "SAVE", "BGREWRITEAOF", "DEBUG"}) {
    EXPECT_TRUE(seen.contains(command)) << command;
  }
}

TEST(RandomCommands, DagsEndInEveryWay) {
  std::map<std::string, int> seen;
  at_every_line([&](const Line& line, const Outcome& outcome, const Database& before) {
    if (!line[0].starts_with("AI.DAGEXECUTE")) return;
    const bool changes =
        std::any_of(outcome.stored.entries.begin(), outcome.stored.entries.end(),
                    [&](const auto& each) { return before.find(each.first) != each.second.value.get(); });
    const bool refused = outcome.reply == any_error;
    const bool fails = outcome.reply.ends_with("-]") || outcome.reply.ends_with("+NA]");
    ++seen[line[0] + (refused ? " refused" : fails ? " fails" : changes ? " persists" : " runs")];
  });
  for (const char* way :
       {"AI.DAGEXECUTE refused", "AI.DAGEXECUTE fails", "AI.DAGEXECUTE persists", "AI.DAGEXECUTE runs",
        "AI.DAGEXECUTE_RO refused", "AI.DAGEXECUTE_RO fails", "AI.DAGEXECUTE_RO runs"}) {
    EXPECT_GE(seen[way], 5) << way;
  }
  EXPECT_EQ(seen["AI.DAGEXECUTE_RO persists"], 0);
}

/// Databases with one fault each, which must be found.
struct Faulty {
  const char* name;
  Trial::Exchange exchange;
};

std::ostream& operator<<(std::ostream& out, const Faulty& database) { return out << database.name; }

class FaultyDatabase : public testing::TestWithParam<Faulty> {};

std::vector<Faulty> faulty_databases() {
  using Lines = std::vector<Line>;
  const auto replaced = [](auto change) {
    return [change](store::Connection& connection, Lines lines) {
      for (Line& line : lines) change(line);
      return Trial::ask(connection, lines);
    };
  };
  const auto failed = [](const store::Reply& reply) { return reply.kind == store::Reply::Kind::error; };
  return {
      {"LosesWrites", replaced([](Line& line) {
         if (line[0] == "AI.TENSORSET" && line.back() == "7") line.back() = "8";
       })},
      {"KeepsWhatIsDeleted", replaced([](Line& line) {
         if (line[0] == "UNLINK") line[0] = "EXISTS";
       })},
      {"ForgetsAnOptimizersMemory",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         if (lines[0][0] == "TENSOR.UPDATE" && replies[0].text == "OK") {
           const auto blob = Trial::ask(connection, {{"AI.TENSORGET", lines[0][1]}})[0];
           Line set{"AI.TENSORSET", lines[0][1], blob.elements[1].text};
           for (const store::Reply& dim : blob.elements[3].elements) set.push_back(std::to_string(dim.integer));
           set.insert(set.end(), {"BLOB", blob.elements[5].text});
           Trial::ask(connection, {set});
         }
         return replies;
       }},
      {"RepliesTwice",
       [](store::Connection& connection, Lines lines) {
         if (lines[0][0] == "TENSOR.AGGREGATE") lines.insert(lines.begin(), {"PING"});
         return Trial::ask(connection, lines);
       }},
      {"AcceptsWhatIsWrong",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         if (lines[0][0] == "AI.SCRIPTEXECUTE" && replies[0].kind == store::Reply::Kind::error) {
           replies[0].kind = store::Reply::Kind::status;
           replies[0].text = "OK";
         }
         return replies;
       }},
      {"LosesTheTimeToLive", replaced([](Line& line) {
         if (line[0] == "EXPIRE") line = {"EXISTS", line[1]};
       })},
      {"Dies",
       [](store::Connection& connection, const Lines& lines) {
         if (lines[0][0] == "AI.MODELUPDATE") Trial::ask(connection, {{"DEBUG", "SEGFAULT"}});
         return Trial::ask(connection, lines);
       }},
      {"PersistsWhatAFailedDagMade",
       [=](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         const std::vector<store::Reply>& operations = replies[0].elements;
         const auto failure = std::find_if(operations.begin(), operations.end(), failed);
         if (lines[0][0] == "AI.DAGEXECUTE" && failure != operations.end()) {
           auto end = std::find(lines[0].begin(), lines[0].end(), "|>");
           for (auto each = operations.begin(); each != failure; ++each) end = std::find(end + 1, lines[0].end(), "|>");
           Trial::ask(connection, {Line(lines[0].begin(), end)});
         }
         return replies;
       }},
      {"GoesOnBehindAFailureInADag",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         for (store::Reply& each : replies[0].elements) {
           if (each.text == "NA") each.text = "OK";
         }
         return replies;
       }},
      {"StoresWhatIsLocalToADag",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         const auto set = std::find(lines[0].begin(), lines[0].end(), "AI.TENSORSET");
         if (lines[0][0] == "AI.DAGEXECUTE" && set != lines[0].end() && replies[0].kind == store::Reply::Kind::array) {
           Trial::ask(connection, {Line(set, std::find(set, lines[0].end(), "|>"))});
         }
         return replies;
       }},
      {"WritesInAReadOnlyDag", replaced([](Line& line) {
         if (line[0] == "AI.DAGEXECUTE_RO") line[0] = "AI.DAGEXECUTE";
       })},
      {"ScansWithoutTags",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         if (lines[0][0] == "AI._SCRIPTSCAN") {
           for (store::Reply& each : replies[0].elements) each.elements.at(1).text.clear();
         }
         return replies;
       }},
      {"ForgetsASetting",
       [](store::Connection& connection, const Lines& lines) {
         auto replies = Trial::ask(connection, lines);
         if (lines[0][0] == "AI.CONFIG") Trial::ask(connection, {initial_settings()});
         return replies;
       }},
  };
}

INSTANTIATE_TEST_SUITE_P(, FaultyDatabase, testing::ValuesIn(faulty_databases()),
                         [](const auto& database) { return database.param.name; });

TEST_P(FaultyDatabase, IsFound) {
  LiveServer server(options());
  Trial trial(server, GetParam().exchange);
  int tried = 0;
  const std::optional<Found> found = search(trial, 1, [&] { return ++tried == 300; });
  ASSERT_TRUE(found.has_value()) << "none of " << tried << " sequences shows it";
  std::cout << found->fault << "\nafter\n" << found->sequence;
}

}  // namespace
}  // namespace windtunnel::tensordb::random
