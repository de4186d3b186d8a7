// Settings with a field of every kind, for the tests of the loader, the merge, the schema and the dump: they must not hang
// on what the program's own settings happen to be.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace windtunnel::scenario::sample {

class Rule {
 public:
  virtual ~Rule() = default;
  virtual void describe(Fields&) {}
};

class Mean final : public Rule {};

class Krum final : public Rule {
 public:
  std::int64_t f = 1;
  void describe(Fields& fields) override { fields("f", f, "false rows", {.min = 0, .max = 100}); }
};

class TrimmedMean final : public Rule {
 public:
  std::int64_t f = 2;
  Duration pause = std::chrono::seconds(1);
  void describe(Fields& fields) override {
    fields("f", f, "rows cut at each end", {.min = 0});
    fields("pause", pause, "a setting that another rule lacks", {.min = 0, .max = 60});
  }
};

inline constexpr std::array<Option<Rule>, 3> rule_list{
    option<Rule, Mean>("mean", "the mean"), option<Rule, Krum>("krum", "the one nearest to its neighbours"),
    option<Rule, TrimmedMean>("trimmed_mean", "the mean of the middle")};
inline Family<Rule> rules() { return rule_list; }

class Plan {
 public:
  virtual ~Plan() = default;
  virtual void describe(Fields&) {}
};

class Alone final : public Plan {};

class Together final : public Plan {
 public:
  Choice<Rule> rule{rules(), "mean"};
  std::int64_t partners = 3;
  void describe(Fields& f) override {
    f("rule", rule, "how updates are combined");
    f("partners", partners, "how many others", {.min = 1, .max = 1000});
  }
};

inline constexpr std::array<Option<Plan>, 2> plan_list{option<Plan, Alone>("alone", "nobody else"),
                                                       option<Plan, Together>("together", "with partners")};
inline Family<Plan> plans() { return plan_list; }

enum class Mode : int { slow, fast };
inline constexpr std::array<std::string_view, 2> mode_words{"slow", "fast"};

struct Platform {
  Memory memory{1769};
  Duration timeout = std::chrono::seconds(900);
  Bandwidth rate{65e6};
  Bytes package{50'000'000};
  Usd budget{1.5};
  void describe(Fields& f) {
    f("memory", memory, "memory of a function", {.min = 128, .max = 10240, .source = "facts 5"});
    f("timeout", timeout, "longest run", {.min = 0, .max = 900, .above_min = true});
    f("rate", rate, "throughput", {.min = 0, .above_min = true});
    f("package", package, "size of the code");
    f("budget", budget, "money to spend");
  }
};

struct Fault {
  Duration at{};
  std::int64_t worker = 0;
  Choice<Rule> rule{rules(), "krum"};
  void describe(Fields& f) {
    f("at", at, "when");
    f("worker", worker, "who", {.min = 0});
    f("rule", rule, "a choice inside a list");
  }
};

struct Settings {
  std::int64_t seed = 1;
  std::int64_t workers = 4;
  double momentum = 0.9;
  bool verbose = false;
  Mode mode = Mode::slow;
  std::optional<std::int64_t> limit;
  std::optional<double> target;
  std::optional<Duration> deadline;
  std::optional<Bytes> cap;
  std::optional<std::string> url;
  std::vector<std::int64_t> liars;
  Members some;
  Platform platform;
  Choice<Plan> plan{plans(), "together"};
  std::vector<Fault> faults;

  void describe(Fields& f) {
    f("seed", seed, "root of all randomness", {.min = 0});
    f("workers", workers, "number of workers", {.min = 1, .max = 1000});
    f("momentum", momentum, "part of the last step that is kept", {.min = 0, .max = 1});
    f("verbose", verbose, "say more");
    f("mode", mode, mode_words, "how fast");
    f("limit", limit, "most of something", {.min = 1});
    f("target", target, "stop there", {.min = 0, .max = 1});
    f("deadline", deadline, "stop then", {.min = 0, .above_min = true});
    f("cap", cap, "largest message");
    f("url", url, "where");
    f("liars", liars, "who lies", {.min = 0});
    f("some", some, "who does not come", {.min = 0});
    f("platform", platform, "the platform");
    f("plan", plan, "what they do");
    f("faults", faults, "what breaks");
  }
};

}  // namespace windtunnel::scenario::sample
