#include "tensordb/dag.h"

#include <algorithm>
#include <set>

namespace windtunnel::tensordb {
namespace {

constexpr std::string_view separator = "|>";

CommandError unexpected(std::string_view argument) {
  return CommandError("ERR Invalid DAG command. Unexpected argument:  " + shown(argument));
}

/// What stands before the first operation, each block at most once.
class Head {
 public:
  Head(Arguments& arguments, const DagKind& kind, DagLine& line) : arguments_(arguments), kind_(kind), line_(line) {}

  void read() {
    while (words_left() > 0) {
      if (take("LOAD")) {
        line_.load = arguments_.take_keys(key_count("LOAD", "number of keys to LOAD into DAG"), redis::use::read);
      } else if (take("PERSIST")) {
        read_persist();
      } else if (take("ROUTING")) {
        if (words_left() == 0) throw CommandError("ERR Missing ROUTING value");
        arguments_.take_key(redis::use::route);
      } else if (take("TIMEOUT")) {
        line_.timeout = take_timeout(arguments_, "ERR No value provided for TIMEOUT");
      } else {
        throw unexpected(arguments_.peek());
      }
    }
    if (kind_.older_form) return;
    if (!seen_.contains("LOAD") && !seen_.contains("PERSIST") && !seen_.contains("ROUTING")) {
      throw CommandError(
          "ERR AI.DAGEXECUTE and AI.DAGEXECUTE_RO commands must contain at least one out of ROUTING, LOAD, PERSIST "
          "keywords");
    }
  }

 private:
  bool take(std::string_view word) {
    if (!arguments_.take_if(word)) return false;
    if (!seen_.insert(word).second) {
      throw CommandError("ERR Already Encountered " + std::string(word) + " scope in DAG command");
    }
    return true;
  }

  /// Arguments up to the next separator.
  int words_left() const {
    int n = 0;
    while (n < arguments_.left() && arguments_.at(arguments_.position() + n) != separator) ++n;
    return n;
  }

  int key_count(const std::string& word, const std::string& what) {
    if (arguments_.left() < 2) throw CommandError("ERR missing arguments after " + word + " keyword in DAG command");
    const std::optional<std::int64_t> n = parse_integer(arguments_.take());
    if (!n || *n <= 0) throw CommandError("ERR invalid or negative value found in number of keys to " + word);
    if (*n > words_left()) throw CommandError("ERR " + what + " does not match the number of given arguments");
    return static_cast<int>(*n);
  }

  void read_persist() {
    if (kind_.read_only) throw CommandError("ERR PERSIST cannot be specified in a read-only DAG");
    const int n = key_count("PERSIST", "number of keys to PERSIST after DAG execution");
    line_.persist = arguments_.take_keys(n, redis::use::overwrite);
    if (std::set(line_.persist.begin(), line_.persist.end()).size() != line_.persist.size()) {
      throw CommandError("ERR PERSIST keys must be unique");
    }
  }

  Arguments& arguments_;
  const DagKind& kind_;
  DagLine& line_;
  std::set<std::string_view> seen_;
};

/// Where the values end that begin at `first`, when they are many numbers and their count is right: somebody who sends ten
/// million does not want each of them compared with the separator. `type` is where the type stands.
std::optional<int> end_of_many_values(const Arguments& arguments, int type, int first, int end) {
  const std::optional<DType> dtype = dtype_named(arguments.at(type));
  if (!dtype || *dtype == DType::string) return std::nullopt;
  Shape shape;
  for (int i = type + 1; i < first - 1; ++i) {
    const std::optional<std::int64_t> dim = parse_integer(arguments.at(i));
    if (!dim || *dim <= 0 || shape.size() == max_rank) return std::nullopt;
    shape.push_back(*dim);
  }
  const std::optional<std::int64_t> count = element_count(shape);
  if (!count || *count < many_elements || *count > end - first) return std::nullopt;
  const int after = first + static_cast<int>(*count);
  if (after != end && arguments.at(after) != separator) return std::nullopt;
  return after;
}

/// Where the operation ends that begins at the next argument.
int operation_end(const Arguments& arguments) {
  const int begin = arguments.position(), end = begin + arguments.left();
  bool may_hold_blob = equal_ignoring_case(arguments.peek(), "AI.TENSORSET");
  for (int i = begin; i < end; ++i) {
    const std::string_view word = arguments.at(i);
    if (word == separator) return i;
    const bool behind_type = i >= begin + 3;  // the name, the key and the type may be any words
    const bool is_blob = equal_ignoring_case(word, "BLOB");
    if (!may_hold_blob || !behind_type || (!is_blob && !equal_ignoring_case(word, "VALUES"))) continue;
    may_hold_blob = false;
    if (is_blob) {
      ++i;  // the data
    } else if (const std::optional<int> after = end_of_many_values(arguments, begin + 2, i + 1, end)) {
      return *after;
    }
  }
  return end;
}

ProgramLine without_timeout(ProgramLine line) {
  if (line.timeout) throw CommandError("ERR TIMEOUT not allowed within a DAG command");
  return line;
}

/// An operation of the older form, which is no part of the newer; nothing when it is none of these.
std::optional<ProgramLine> parse_older_operation(std::string_view name, Arguments& arguments, const DagKind& kind) {
  const bool script = equal_ignoring_case(name, "AI.SCRIPTRUN");
  if (!script && !equal_ignoring_case(name, "AI.MODELRUN")) return std::nullopt;
  const std::string shown_name = script ? "AI.SCRIPTRUN" : "AI.MODELRUN";
  if (!kind.older_form) throw CommandError("Deprecated " + shown_name + " cannot be used in AI.DAGEXECUTE command");
  if (script && kind.read_only) {
    throw CommandError("ERR AI.SCRIPTRUN command cannot be specified in a read-only DAG");
  }
  return script ? parse_script_run(arguments) : parse_model_run(arguments);
}

DagLine::Operation parse_operation(std::string_view name, Arguments& arguments, const DagKind& kind) {
  if (equal_ignoring_case(name, "AI.TENSORSET")) return parse_tensor_set(arguments);
  if (equal_ignoring_case(name, "AI.TENSORGET")) return parse_tensor_get(arguments);
  if (equal_ignoring_case(name, "AI.MODELEXECUTE")) return without_timeout(parse_model_execute(arguments));
  if (equal_ignoring_case(name, "AI.SCRIPTEXECUTE")) {
    if (kind.read_only) {
      throw CommandError("ERR AI.SCRIPTEXECUTE command cannot be specified in a read-only DAG");
    }
    return without_timeout(parse_script_execute(arguments));
  }
  if (std::optional<ProgramLine> line = parse_older_operation(name, arguments, kind)) {
    return without_timeout(std::move(*line));
  }
  throw CommandError("Unsupported command within DAG");
}

/// Throws unless every tensor is loaded or made before it is used.
void check_names(const DagLine& line) {
  std::set<std::string_view> known(line.load.begin(), line.load.end());
  const auto used = [&](std::string_view name) {
    if (!known.contains(name)) throw CommandError("ERR INPUT key cannot be found in DAG");
  };
  for (const DagLine::Operation& operation : line.operations) {
    if (const auto* set = std::get_if<TensorSetLine>(&operation)) {
      known.insert(set->key);
    } else if (const auto* get = std::get_if<TensorGetLine>(&operation)) {
      used(get->key);
    } else {
      const auto& program = std::get<ProgramLine>(operation);
      for (const std::string_view input : program.inputs) used(input);
      known.insert(program.outputs.begin(), program.outputs.end());
    }
  }
  for (const std::string_view key : line.persist) {
    if (!known.contains(key)) throw CommandError("ERR PERSIST key cannot be found in DAG");
  }
}

}  // namespace

DagLine parse_dag(Arguments& arguments, const DagKind& kind) {
  if (arguments.count() < (kind.older_form ? 3 : 5)) {
    throw CommandError(std::string("ERR missing arguments for '") + kind.name + "' command");
  }
  DagLine line;
  Head(arguments, kind, line).read();
  if (arguments.done()) throw CommandError("ERR DAG is empty");
  while (!arguments.done()) {
    arguments.take();  // the separator
    if (arguments.done()) throw unexpected(separator);
    const int end = operation_end(arguments);
    if (end == arguments.position()) throw CommandError("Unsupported command within DAG");
    const std::string_view name = arguments.peek();
    arguments.enter_operation(end);
    line.operations.push_back(parse_operation(name, arguments, kind));
    arguments.leave_operation();
  }
  check_names(line);
  return line;
}

}  // namespace windtunnel::tensordb
