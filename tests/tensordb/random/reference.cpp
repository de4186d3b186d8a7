#include "tests/tensordb/random/reference.h"

#include <algorithm>

#include "tests/tensordb/random/config.h"
#include "tests/tensordb/random/dag.h"
#include "tests/tensordb/random/models.h"
#include "tests/tensordb/random/native.h"
#include "tests/tensordb/random/notation.h"
#include "tests/tensordb/random/operations.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {
namespace {

using Kind = Value::Kind;

/// The commands; each checks, changes the database and gives the reply.
class Doing {
 public:
  Doing(Database& database, const Line& line, bool in_transaction)
      : database_(database), line_(line), cursor_(line), in_transaction_(in_transaction) {}

  std::string reply() {
    const std::string& name = line_.at(0);
    if (const std::optional<Operation> read = read_operation(line_)) {
      return std::visit([&](const auto& line) { return operation(line); }, *read);
    }
    if (name == "AI.SCRIPTSTORE") return script_store();
    if (name == "AI.SCRIPTGET") return script_get();
    if (name == "AI.SCRIPTDEL") return program_del(Kind::script);
    if (name == "AI.INFO") return program_info();
    if (name == "AI.MODELSTORE") return model_store();
    if (name == "AI.MODELGET") return model_get();
    if (name == "AI.MODELDEL") return program_del(Kind::model);
    if (name == "AI.DAGEXECUTE" || name == "AI.DAGEXECUTE_RO") return dag();
    if (name == "AI.CONFIG") return configured(line_, database_);
    if (name == "AI._SCRIPTSCAN") return scan(Kind::script);
    if (name == "AI._MODELSCAN") return scan(Kind::model);
    if (name == "TENSOR.AGGREGATE") return aggregate();
    if (name == "TENSOR.UPDATE") return update();
    if (name == "TENSOR.ACCUMULATE") return accumulate();
    if (name == "TENSOR.AGGUPDATE") return aggupdate();
    if (name == "AI.MODELUPDATE") return model_update();
    if (name == "DEL" || name == "UNLINK") return remove();
    if (name == "RENAME") return rename();
    if (name == "COPY") return copy();
    if (name == "EXPIRE") return expire();
    if (name == "PERSIST") return persist();
    if (name == "TTL") return ttl();
    if (name == "SET") return set();
    if (name == "GET") return get();
    if (name == "DBSIZE") return number(static_cast<std::int64_t>(database_.entries.size()));
    if (name == "DEBUG") return fine;  // RELOAD and LOADAOF: everything is as it was
    return "";                         // SAVE, BGREWRITEAOF …: refused while another one is under way
  }
  const std::vector<std::string>& or_late() const { return or_late_; }

 private:
  std::string operation(const SetLine& line) {
    database_.demand_empty_or(line.name, Kind::tensor);
    database_.store(line.name, line.tensor);
    return fine;
  }
  std::string operation(const GetLine& line) { return shown(database_.at(line.name, Kind::tensor), line); }
  std::string operation(const CallLine& line) {
    demand(!in_transaction_);
    if (line.has_timeout) or_late_.emplace_back("+TIMEDOUT");
    // The clock is looked at in loops; on a busy machine short ones may be late too.
    or_late_.push_back(late_reply(line));
    const Value& program = program_of(line, database_);
    const std::vector<const Value*> inputs = database_.tensors(line.inputs);
    for (const std::string& output : line.outputs) database_.demand_empty_or(output, Kind::tensor);
    const std::optional<std::vector<Value>> results = results_of(line, program, inputs);
    demand(results.has_value());
    for (std::size_t i = 0; i < line.outputs.size(); ++i) database_.store(line.outputs[i], (*results)[i]);
    return fine;
  }

  std::string dag() {
    const DagReply reply = run_dag(line_, in_transaction_, database_);
    or_late_ = reply.or_late;
    return reply.text;
  }

  std::string take_device() {
    const std::string name = cursor_.take();
    demand(same_word(name, "CPU") || (same_word(name.substr(0, 4), "CPU:") && whole(name.substr(4)).value_or(-1) >= 0));
    return name;
  }
  std::string script_store() {
    demand(line_.size() >= 6);
    Value value{.kind = Kind::script};
    const std::string key = cursor_.take();
    value.device = take_device();
    if (cursor_.take_if("TAG")) value.tag = cursor_.take();
    demand(cursor_.take_if("ENTRY_POINTS"));
    value.entry_points = cursor_.take_counted(1);
    demand(cursor_.take_if("SOURCE"));
    value.bytes = cursor_.take();  // what follows is not looked at
    const std::vector<std::string> functions = functions_of(value.bytes);
    for (const std::string& name : value.entry_points) {
      demand(std::find(functions.begin(), functions.end(), name) != functions.end());
    }
    database_.demand_empty_or(key, Kind::script);
    database_.store(key, std::move(value));
    return fine;
  }

  std::string script_get() {
    demand(line_.size() >= 2 && line_.size() <= 4);
    const Value& value = database_.at(cursor_.take(), Kind::script);
    bool meta = cursor_.done(), source = cursor_.done();
    while (!cursor_.done()) {
      if (cursor_.take_if("META")) {
        meta = true;
      } else {
        demand(cursor_.take_if("SOURCE"));
        source = true;
      }
    }
    if (!meta) return bulk(value.bytes);
    std::vector<std::string> parts{bulk("device"),  bulk(value.device),   bulk("tag"),
                                   bulk(value.tag), bulk("Entry Points"), bulks(value.entry_points)};
    if (source) parts.insert(parts.end(), {bulk("source"), bulk(value.bytes)});
    return list(parts);
  }

  std::string model_store() {
    demand(line_.size() >= 5);
    Value value{.kind = Kind::model};
    const std::string key = cursor_.take();
    demand(cursor_.take_if("TORCH"));
    value.device = take_device();
    while (cursor_.take_if("TAG")) value.tag = cursor_.take();
    demand(cursor_.take_if("BLOB"));
    while (!cursor_.done()) value.bytes += cursor_.take();
    demand(model_of(value.bytes) != nullptr);
    database_.demand_empty_or(key, Kind::model);
    database_.store(key, std::move(value));
    return fine;
  }

  std::string model_get() {
    demand(line_.size() >= 2 && line_.size() <= 4);
    const Value& value = database_.at(cursor_.take(), Kind::model);
    bool meta = cursor_.done(), blob = cursor_.done();
    while (!cursor_.done()) {
      if (cursor_.take_if("META")) {
        meta = true;
      } else {
        demand(cursor_.take_if("BLOB"));
        blob = true;
      }
    }
    if (!meta) return pieces(value.bytes);
    const KnownModel& model = *model_of(value.bytes);
    std::vector<std::string> parts{bulk("backend"),
                                   bulk("TORCH"),
                                   bulk("device"),
                                   bulk(value.device),
                                   bulk("tag"),
                                   bulk(value.tag),
                                   bulk("batchsize"),
                                   number(0),
                                   bulk("minbatchsize"),
                                   number(0),
                                   bulk("inputs"),
                                   bulks(model.inputs),
                                   bulk("outputs"),
                                   bulks(std::vector<std::string>(model.outputs)),
                                   bulk("minbatchtimeout"),
                                   number(0)};
    if (blob) parts.insert(parts.end(), {bulk("blob"), pieces(value.bytes)});
    return list(parts);
  }
  std::string pieces(const std::string& archive) const {
    const auto longest = static_cast<std::size_t>(database_.model_chunk_bytes);
    if (archive.size() <= longest) return bulk(archive);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < archive.size(); at += longest) all.push_back(archive.substr(at, longest));
    return bulks(all);
  }

  std::string program_del(Kind kind) {
    demand(line_.size() == 2);
    const std::string& key = cursor_.take();
    database_.at(key, kind);
    database_.entries.erase(key);
    return fine;
  }

  std::string scan(Kind kind) {
    demand(line_.size() == 1);
    std::vector<std::string> found;
    for (const auto& [key, entry] : database_.entries) {
      if (entry.value->kind == kind) found.push_back(bulks({key, entry.value->tag}));
    }
    return list(found);
  }

  std::string program_info() {
    demand(line_.size() == 2 || line_.size() == 3);
    const Value* program = database_.find(cursor_.take());
    demand(program != nullptr && (program->kind == Kind::script || program->kind == Kind::model));
    if (cursor_.done()) return "[";
    demand(cursor_.take_if("RESETSTAT"));
    return fine;
  }

  Settings settings(std::string_view end) {
    Settings given;
    if (!cursor_.take_if("PARAMS")) return given;
    while (!cursor_.at(end)) {
      std::string name = cursor_.take();
      given.emplace_back(std::move(name), cursor_.take());
    }
    return given;
  }
  std::vector<std::string> counted_to_the_end() {
    demand(cursor_.take_if("KEYS"));
    std::vector<std::string> keys = cursor_.take_counted(1);
    demand(cursor_.done());
    return keys;
  }

  std::string aggregate() {
    demand(line_.size() >= 7);
    const std::string out = cursor_.take();
    demand(cursor_.take_if("RULE"));
    const std::string rule = cursor_.take();
    const Settings given = settings("KEYS");
    const std::vector<const Value*> rows = database_.tensors(counted_to_the_end());
    database_.demand_empty_or(out, Kind::tensor);
    database_.store(out, aggregated(rule, given, rows));
    return fine;
  }

  std::string update() {
    demand(line_.size() >= 5);
    const std::string params = cursor_.take(), optimizer = cursor_.take();
    const Settings given = settings("GRAD");
    demand(cursor_.take_if("GRAD") && cursor_.left() == 1);
    const Value& gradient = database_.at(cursor_.take(), Kind::tensor);
    database_.change(params, stepped(optimizer, given, database_.at(params, Kind::tensor), gradient));
    return fine;
  }

  std::string accumulate() {
    demand(line_.size() == 3);
    const std::string mean = cursor_.take();
    const Value& added = database_.at(cursor_.take(), Kind::tensor);
    const Value* before = database_.find(mean);
    demand(before == nullptr || before->kind == Kind::tensor);
    database_.change(mean, accumulated(before, added));
    return fine;
  }

  std::string aggupdate() {
    demand(line_.size() >= 8);
    const std::string params = cursor_.take(), optimizer = cursor_.take();
    const Settings optimizer_settings = settings("RULE");
    demand(cursor_.take_if("RULE"));
    const std::string rule = cursor_.take();
    const Settings rule_settings = settings("KEYS");
    const std::vector<const Value*> rows = database_.tensors(counted_to_the_end());
    database_.change(params, stepped(optimizer, optimizer_settings, database_.at(params, Kind::tensor),
                                     aggregated(rule, rule_settings, rows)));
    return fine;
  }

  std::string model_update() {
    demand(line_.size() >= 4);
    const std::string params = cursor_.take();
    const Settings given{{"learning_rate", cursor_.take()}};
    const std::vector<const Value*> rows = database_.tensors(cursor_.take_many(cursor_.left()));
    database_.change(params, stepped("sgd", given, database_.at(params, Kind::tensor), aggregated("mean", {}, rows)));
    return fine;
  }

  // ---- Redis's own commands; these lines are always well-formed. ----

  std::string remove() {
    std::int64_t n = 0;
    while (!cursor_.done()) n += static_cast<std::int64_t>(database_.entries.erase(cursor_.take()));
    return number(n);
  }
  std::string rename() {
    const std::string &from = cursor_.take(), &to = cursor_.take();
    const auto found = database_.entries.find(from);
    demand(found != database_.entries.end());
    if (from == to) return fine;
    const Entry entry = found->second;
    database_.entries.erase(found);
    database_.entries[to] = entry;
    return fine;
  }
  std::string copy() {
    const std::string &from = cursor_.take(), &to = cursor_.take();
    demand(from != to);
    const bool replace = cursor_.take_if("REPLACE");
    const auto found = database_.entries.find(from);
    if (found == database_.entries.end() || (database_.entries.contains(to) && !replace)) return number(0);
    const Entry entry = found->second;
    database_.entries[to] = entry;
    return number(1);
  }
  std::string expire() {
    const std::string& key = cursor_.take();
    const auto found = database_.entries.find(key);
    if (found == database_.entries.end()) return number(0);
    if (whole(cursor_.take()).value_or(0) > 0) {
      found->second.expires = true;
    } else {
      database_.entries.erase(found);
    }
    return number(1);
  }
  std::string persist() {
    const auto found = database_.entries.find(cursor_.take());
    const bool did = found != database_.entries.end() && found->second.expires;
    if (did) found->second.expires = false;
    return number(did ? 1 : 0);
  }
  std::string ttl() {
    const auto found = database_.entries.find(cursor_.take());
    if (found == database_.entries.end()) return number(-2);
    return found->second.expires ? ":" : number(-1);
  }
  std::string set() {
    const std::string& key = cursor_.take();
    database_.store(key, {.kind = Kind::text, .bytes = cursor_.take()});
    return fine;
  }
  std::string get() {
    const Value* value = database_.find(cursor_.take());
    if (value == nullptr) return "(nil)";
    demand(value->kind == Kind::text);
    return bulk(value->bytes);
  }

  Database& database_;
  const Line& line_;
  Cursor cursor_;
  bool in_transaction_;
  std::vector<std::string> or_late_;
};

}  // namespace

Outcome Reference::outcome(const Line& line, bool in_transaction) const {
  Outcome outcome{.reply = any_error, .stored = database_};
  Doing doing(outcome.stored, line, in_transaction);
  try {
    outcome.reply = doing.reply();
  } catch (const Refused&) {
    outcome.stored = database_;
  }
  outcome.or_late = doing.or_late();
  return outcome;
}

}  // namespace windtunnel::tensordb::random
