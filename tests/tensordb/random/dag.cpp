#include "tests/tensordb/random/dag.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/tensordb/random/notation.h"
#include "tests/tensordb/random/operations.h"

namespace windtunnel::tensordb::random {
namespace {

using Kind = Value::Kind;
using Names = std::vector<std::string>;

constexpr std::string_view separator = "|>";
constexpr const char* not_run = "+NA";
constexpr const char* late = "-ERR the DAG took longer than it may";

struct Dag {
  Names load, persist;
  bool has_timeout = false;
  std::vector<Operation> operations;
};

bool at_separator(const Cursor& cursor) { return !cursor.done() && cursor.peek() == separator; }

Names take_keys(Cursor& cursor) {
  Names keys = cursor.take_counted(1);
  demand(std::find(keys.begin(), keys.end(), separator) == keys.end());
  return keys;
}

void read_head(Cursor& cursor, bool read_only, Dag& dag) {
  std::set<std::string> seen;
  while (!cursor.done() && !at_separator(cursor)) {
    const auto known = {"LOAD", "PERSIST", "ROUTING", "TIMEOUT"};
    const auto name = std::find_if(known.begin(), known.end(), [&](const char* word) { return cursor.at(word); });
    demand(name != known.end() && seen.insert(*name).second);
    cursor.take();
    const std::string_view block = *name;
    if (block == "LOAD") dag.load = take_keys(cursor);
    if (block == "PERSIST") dag.persist = take_keys(cursor);
    if (block == "ROUTING") demand(!at_separator(cursor) && !cursor.take_many(1).empty());
    if (block == "TIMEOUT") demand(whole(cursor.take()).value_or(0) > 0);
  }
  dag.has_timeout = seen.contains("TIMEOUT");
  demand(seen.size() > (dag.has_timeout ? 1 : 0));
  demand(!read_only || !seen.contains("PERSIST"));
  demand(std::set(dag.persist.begin(), dag.persist.end()).size() == dag.persist.size());
}

/// Whether the data of a BLOB come next, which may look like the separator: `AI.TENSORSET name type … BLOB`.
bool data_are_next(const Line& words) {
  if (words.size() < 4 || !same_word(words[0], "AI.TENSORSET") || !same_word(words.back(), "BLOB")) return false;
  return std::none_of(words.begin() + 3, words.end() - 1,
                      [](const std::string& word) { return same_word(word, "BLOB") || same_word(word, "VALUES"); });
}

Line take_operation(Cursor& cursor) {
  Line words;
  while (!cursor.done() && (data_are_next(words) || !at_separator(cursor))) words.push_back(cursor.take());
  return words;
}

void demand_allowed(const Operation& operation, bool read_only) {
  const auto* call = std::get_if<CallLine>(&operation);
  if (call == nullptr) return;
  demand(!call->has_timeout);
  demand(!read_only || call->kind == Kind::model);
}

/// Every tensor is there before it is used.
void demand_known_names(const Dag& dag) {
  std::set<std::string> known(dag.load.begin(), dag.load.end());
  const auto use = [&](const std::string& name) { demand(known.contains(name)); };
  for (const Operation& operation : dag.operations) {
    if (const auto* set = std::get_if<SetLine>(&operation)) known.insert(set->name);
    if (const auto* get = std::get_if<GetLine>(&operation)) use(get->name);
    if (const auto* call = std::get_if<CallLine>(&operation)) {
      std::for_each(call->inputs.begin(), call->inputs.end(), use);
      known.insert(call->outputs.begin(), call->outputs.end());
    }
  }
  std::for_each(dag.persist.begin(), dag.persist.end(), use);
}

Dag read_dag(const Line& line) {
  demand(line.size() >= 5);
  const bool read_only = same_word(line[0], "AI.DAGEXECUTE_RO");
  Dag dag;
  Cursor cursor(line);
  read_head(cursor, read_only, dag);
  demand(!cursor.done());
  while (!cursor.done()) {
    cursor.take();  // |>
    const Line words = take_operation(cursor);
    demand(!words.empty());
    std::optional<Operation> operation = read_operation(words);
    demand(operation.has_value());
    demand_allowed(*operation, read_only);
    dag.operations.push_back(std::move(*operation));
  }
  demand_known_names(dag);
  return dag;
}

class Run {
 public:
  /// Takes what is loaded.
  Run(const Dag& dag, const Database& database) : dag_(dag), database_(database) {
    for (const std::string& key : dag.load) tensors_[key] = database.at(key, Kind::tensor);
    for (const std::string& key : dag.persist) database.demand_empty_or(key, Kind::tensor);
    for (const Operation& operation : dag.operations) {
      if (const auto* call = std::get_if<CallLine>(&operation)) program_of(*call, database);
    }
    if (dag.has_timeout) or_late_.emplace_back("+TIMEDOUT");
  }

  /// Does one operation after another; false when one fails.
  bool all() {
    for (const Operation& operation : dag_.operations) {
      late_here(late);
      if (const auto* call = std::get_if<CallLine>(&operation)) late_here(late_reply(*call));
      const std::optional<std::string> reply = std::visit([&](const auto& each) { return done(each); }, operation);
      replies_.push_back(reply.value_or(any_error));
      if (!reply) return false;
    }
    return true;
  }

  const Value& tensor(const std::string& name) const { return tensors_.at(name); }
  DagReply reply() const { return {filled_up(replies_), or_late_}; }

 private:
  // Each does an operation and gives its reply; nothing when it fails.

  std::optional<std::string> done(const SetLine& line) {
    tensors_[line.name] = line.tensor;
    return fine;
  }
  std::optional<std::string> done(const GetLine& line) { return shown(tensor(line.name), line); }
  std::optional<std::string> done(const CallLine& line) {
    std::vector<const Value*> inputs;
    for (const std::string& name : line.inputs) inputs.push_back(&tensor(name));
    const std::optional<std::vector<Value>> results = results_of(line, program_of(line, database_), inputs);
    if (!results) return std::nullopt;
    for (std::size_t i = 0; i < line.outputs.size(); ++i) tensors_[line.outputs[i]] = (*results)[i];
    return fine;
  }

  /// The next operation may also be the one that takes too long.
  void late_here(const std::string& error) {
    std::vector<std::string> replies = replies_;
    replies.push_back(error);
    or_late_.push_back(filled_up(std::move(replies)));
  }
  std::string filled_up(std::vector<std::string> replies) const {
    replies.resize(dag_.operations.size(), not_run);
    return list(replies);
  }

  const Dag& dag_;
  const Database& database_;
  std::map<std::string, Value> tensors_;
  std::vector<std::string> replies_;
  std::vector<std::string> or_late_;
};

}  // namespace

DagReply run_dag(const Line& line, bool in_transaction, Database& database) {
  const Dag dag = read_dag(line);
  demand(!in_transaction);
  Run run(dag, database);
  if (run.all()) {
    for (const std::string& key : dag.persist) database.store(key, run.tensor(key));
  }
  return run.reply();
}

}  // namespace windtunnel::tensordb::random
