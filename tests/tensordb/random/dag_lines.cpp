#include "tests/tensordb/random/dag_lines.h"

#include <algorithm>

#include "tests/tensordb/random/operation_lines.h"

namespace windtunnel::tensordb::random {
namespace {

namespace gen = rc::gen;

/// One DAG in the making: the tensors that it has so far.
class Making {
 public:
  explicit Making(bool read_only) : read_only_(read_only) {}

  Line line() {
    std::vector<Line> head;
    if (!one_in(3)) head.push_back(load());
    Line operations;
    for (int i = 0, n = *gen::inRange(1, 6); i < n; ++i) {
      operations.emplace_back("|>");
      add(operations, operation());
    }
    if (read_only_ ? one_in(12) : !one_in(4)) head.push_back(persist());
    if (head.empty() ? !one_in(8) : one_in(6)) head.push_back({"ROUTING", pick({"a", "x", "LOAD"})});
    if (one_in(12)) head.push_back({"TIMEOUT", pick({"1000", "1000", "5", "0"})});
    Line line{read_only_ ? "AI.DAGEXECUTE_RO" : "AI.DAGEXECUTE"};
    while (!head.empty()) {
      const auto next = head.begin() + below(static_cast<int>(head.size()));
      add(line, *next);
      head.erase(next);
    }
    add(line, operations);
    return line;
  }

 private:
  /// A name that is a key, or one that none is.
  static std::string any_name() { return pick({"a", "b", "c", "d", "x", "y"}); }

  std::string input() const { return known_.empty() || one_in(60) ? any_name() : *gen::elementOf(known_); }
  std::string output() { return known_.emplace_back(any_name()); }

  Line load() {
    known_ = names([] { return one_in(25) ? key() : pick({"a", "b", "c"}); }, 1, 2);
    Line line;
    add_counted(line, "LOAD", known_);
    return line;
  }

  /// Each name once, as a rule.
  Line persist() {
    std::vector<std::string> stored = names([&] { return input(); }, 1, 3);
    std::sort(stored.begin(), stored.end());
    if (!one_in(12)) stored.erase(std::unique(stored.begin(), stored.end()), stored.end());
    Line line;
    add_counted(line, "PERSIST", stored);
    return line;
  }

  Line operation() {
    const Name in = [&] { return input(); }, out = [&] { return output(); };
    if (known_.empty() && !one_in(10)) return tensor_set(out);
    switch (*gen::weightedElement<int>({{4, 0}, {4, 1}, {read_only_ ? 1 : 6, 2}, {read_only_ ? 8 : 3, 3}, {1, 4}})) {
      case 0:
        return tensor_set(out);
      case 1:
        return tensor_get(in);
      case 2:
        return script_execute(in, out);
      case 3:
        return model_execute(in, out);
      default:
        return odd();
    }
  }

  /// Where words of the grammar are data or names, and lines that are alone what they may not be here.
  Line odd() {
    switch (below(6)) {
      case 0:
        return {"ai.tensorset", output(), "INT8", "2", "BLOB", "|>"};
      case 1:
        return {"AI.TENSORSET", output(), "STRING", "2", "VALUES", "BLOB", "VALUES"};
      case 2:
        return {"AI.TENSORSET", known_.emplace_back("BLOB"), "UINT16", "1", "VALUES", "7"};
      case 3:
        return {"ai.tensorget", input(), "values"};
      case 4:
        return {"AI.SCRIPTEXECUTE", script(), "same", "INPUTS", "1", input(), "TIMEOUT", "1000"};
      default:
        return {pick({"AI.DAGEXECUTE", "AI.INFO", "GET", "TENSOR.ACCUMULATE"}), input(), input()};
    }
  }

  bool read_only_;
  std::vector<std::string> known_;
};

}  // namespace

Line dag() { return Making(one_in(3)).line(); }

}  // namespace windtunnel::tensordb::random
