#include "tests/tensordb/random/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tests/tensordb/live_server.h"
#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/native.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {
namespace {

using Kind = Value::Kind;

const char* const any_error = "-";
const char* const fine = "+OK";

std::string bulk(const std::string& text) {
  store::Reply reply;
  reply.kind = store::Reply::Kind::bulk;
  reply.text = text;
  return text_of(reply);
}
std::string number(std::int64_t n) { return fmt::format(":{}", n); }

std::string list(const std::vector<std::string>& parts) {
  std::string text = "[";
  for (const std::string& part : parts) text += (text.size() > 1 ? ", " : "") + part;
  return text + "]";
}

struct Type {
  const char* name;
  std::size_t size;  // 0: strings
  std::int64_t min, max;
};
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
const Type types[] = {{"FLOAT", 4, 0, 0},
                      {"DOUBLE", 8, 0, 0},
                      {"INT8", 1, -128, 127},
                      {"INT16", 2, -32768, 32767},
                      {"INT32", 4, -2147483648, 2147483647},
                      {"INT64", 8, lowest, highest},
                      {"UINT8", 1, 0, 255},
                      {"UINT16", 2, 0, 65535},
                      {"BOOL", 1, 0, 1},
                      {"STRING", 0, 0, 0}};

const Type& type_named(std::string_view name) {
  for (const Type& type : types) {
    if (same_word(type.name, name)) return type;
  }
  throw Refused{};
}

bool is_real(const Type& type) { return type.name == types[0].name || type.name == types[1].name; }

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string parsed(const Type& type, const std::vector<std::string>& words) {
  std::string bytes;
  for (const std::string& word : words) {
    if (type.size == 0) {
      demand(word.find('\0') == std::string::npos);
      bytes += word + '\0';
    } else if (is_real(type)) {
      const std::optional<double> value = real(word);
      demand(value.has_value());
      type.size == 4 ? append(bytes, static_cast<float>(*value)) : append(bytes, *value);
    } else {
      const std::optional<std::int64_t> value = whole(word);
      demand(value && *value >= type.min && *value <= type.max);
      bytes.append(reinterpret_cast<const char*>(&*value), type.size);  // little-endian
    }
  }
  return bytes;
}

void check_blob(const Type& type, const std::string& bytes, std::int64_t count) {
  if (type.size == 0) {
    demand(std::count(bytes.begin(), bytes.end(), '\0') == count && (bytes.empty() || bytes.back() == '\0'));
    return;
  }
  demand(bytes.size() == static_cast<std::size_t>(count) * type.size);
  const bool is_bool = std::string_view(type.name) == "BOOL";
  demand(!is_bool || std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == 1; }));
}

/// The commands; each checks, changes `entries` and gives the reply.
class Doing {
 public:
  Doing(Entries& entries, const Line& line, bool in_transaction)
      : entries_(entries), line_(line), cursor_(line), in_transaction_(in_transaction) {}

  std::string reply() {
    const std::string& name = line_.at(0);
    if (name == "AI.TENSORSET") return tensor_set();
    if (name == "AI.TENSORGET") return tensor_get();
    if (name == "AI.SCRIPTSTORE") return script_store();
    if (name == "AI.SCRIPTGET") return script_get();
    if (name == "AI.SCRIPTDEL") return script_del();
    if (name == "AI.SCRIPTEXECUTE") return script_execute();
    if (name == "AI.INFO") return script_info();
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
    if (name == "DBSIZE") return number(static_cast<std::int64_t>(entries_.size()));
    if (name == "DEBUG") return fine;  // RELOAD and LOADAOF: everything is as it was
    return "";                         // SAVE, BGREWRITEAOF …: refused while another one is under way
  }
  const std::vector<std::string>& or_late() const { return or_late_; }

 private:
  const Value* find(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second.value.get();
  }
  const Value& tensor(const std::string& key) const {
    const Value* value = find(key);
    demand(value != nullptr && value->kind == Kind::tensor);
    return *value;
  }
  const Value& script(const std::string& key) const {
    const Value* value = find(key);
    demand(value != nullptr && value->kind == Kind::script);
    return *value;
  }
  void demand_empty_or(const std::string& key, Kind kind) const {
    const Value* value = find(key);
    demand(value == nullptr || value->kind == kind);
  }
  void store(const std::string& key, Value value) {
    entries_[key] = {std::make_shared<const Value>(std::move(value)), false};
  }
  /// The same key with a new value: its time to live stays.
  void move(const std::string& key, Value value) {
    entries_[key].value = std::make_shared<const Value>(std::move(value));
  }

  std::string tensor_set() {
    demand(line_.size() >= 4);
    const std::string key = cursor_.take();
    const Type& type = type_named(cursor_.take());
    Value value{.kind = Kind::tensor, .dtype = type.name};
    std::int64_t count = 1;
    while (!cursor_.done() && !cursor_.at("BLOB") && !cursor_.at("VALUES")) {
      const std::optional<std::int64_t> dim = whole(cursor_.take());
      demand(dim && *dim > 0 && value.shape.size() < 64 && !__builtin_mul_overflow(count, *dim, &count));
      value.shape.push_back(*dim);
    }
    demand(count < highest / 8);
    if (cursor_.take_if("BLOB")) {
      demand(cursor_.left() == 1);
      value.bytes = cursor_.take();
      check_blob(type, value.bytes, count);
    } else if (cursor_.take_if("VALUES")) {
      demand(cursor_.left() == static_cast<std::size_t>(count));
      value.bytes = parsed(type, cursor_.take_many(cursor_.left()));
    } else {
      const auto size = static_cast<std::int64_t>(std::max<std::size_t>(type.size, 1));
      demand(count <= max_tensor_bytes / size);
      value.bytes.assign(static_cast<std::size_t>(count * size), '\0');
    }
    demand_empty_or(key, Kind::tensor);
    store(key, std::move(value));
    return fine;
  }

  std::string tensor_get() {
    demand(line_.size() >= 2 && line_.size() <= 4);
    const Value& value = tensor(cursor_.take());
    bool meta = cursor_.done(), blob = cursor_.done(), values = false;
    while (!cursor_.done()) {
      if (cursor_.take_if("META")) {
        meta = true;
      } else if (cursor_.take_if("BLOB")) {
        blob = true;
      } else {
        demand(cursor_.take_if("VALUES"));
        values = true;
      }
    }
    demand(!blob || !values);
    if (!meta) return blob ? bulk(value.bytes) : shown_values(value);
    std::vector<std::string> shape;
    for (const std::int64_t dim : value.shape) shape.push_back(number(dim));
    std::vector<std::string> parts{bulk("dtype"), bulk(value.dtype), bulk("shape"), list(shape)};
    if (blob) parts.insert(parts.end(), {bulk("blob"), bulk(value.bytes)});
    if (values) parts.insert(parts.end(), {bulk("values"), shown_values(value)});
    return list(parts);
  }

  std::string script_store() {
    demand(line_.size() >= 6);
    Value value{.kind = Kind::script};
    const std::string key = cursor_.take();
    value.device = cursor_.take();
    demand(same_word(value.device, "CPU") ||
           (same_word(value.device.substr(0, 4), "CPU:") && whole(value.device.substr(4)).value_or(-1) >= 0));
    if (cursor_.take_if("TAG")) value.tag = cursor_.take();
    demand(cursor_.take_if("ENTRY_POINTS"));
    value.entry_points = cursor_.take_counted(1);
    demand(cursor_.take_if("SOURCE"));
    value.bytes = cursor_.take();  // what follows is not looked at
    const std::vector<std::string> functions = functions_of(value.bytes);
    for (const std::string& name : value.entry_points) {
      demand(std::find(functions.begin(), functions.end(), name) != functions.end());
    }
    demand_empty_or(key, Kind::script);
    store(key, std::move(value));
    return fine;
  }

  std::string script_get() {
    demand(line_.size() >= 2 && line_.size() <= 4);
    const Value& value = script(cursor_.take());
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
    std::vector<std::string> names;
    for (const std::string& name : value.entry_points) names.push_back(bulk(name));
    std::vector<std::string> parts{bulk("device"),  bulk(value.device),   bulk("tag"),
                                   bulk(value.tag), bulk("Entry Points"), list(names)};
    if (source) parts.insert(parts.end(), {bulk("source"), bulk(value.bytes)});
    return list(parts);
  }

  std::string script_del() {
    demand(line_.size() == 2);
    const std::string& key = cursor_.take();
    script(key);
    entries_.erase(key);
    return fine;
  }

  std::string script_info() {
    demand(line_.size() == 2 || line_.size() == 3);
    script(cursor_.take());
    if (cursor_.done()) return "[";
    demand(cursor_.take_if("RESETSTAT"));
    return fine;
  }

  std::string script_execute() {
    demand(line_.size() >= 4 && !in_transaction_);
    const std::string key = cursor_.take(), function = cursor_.take();
    demand(cursor_.at("KEYS") || cursor_.at("INPUTS"));
    std::map<std::string, std::vector<std::string>> blocks;
    while (!cursor_.done()) {
      if (cursor_.take_if("TIMEOUT")) {
        demand(whole(cursor_.take()).value_or(0) > 0 && cursor_.done());
        or_late_.emplace_back("+TIMEDOUT");
        break;
      }
      const auto known = {"KEYS", "INPUTS", "ARGS", "OUTPUTS"};
      const auto name = std::find_if(known.begin(), known.end(), [&](const char* word) { return cursor_.at(word); });
      demand(name != known.end() && !blocks.contains(*name));
      cursor_.take();
      blocks[*name] = cursor_.take_counted(std::string_view(*name) == "KEYS" ? 1 : 0);
    }
    const std::vector<std::string> functions = functions_of(script(key).bytes);
    std::vector<const Value*> inputs;
    for (const std::string& input : blocks["INPUTS"]) inputs.push_back(&tensor(input));
    for (const std::string& output : blocks["OUTPUTS"]) demand_empty_or(output, Kind::tensor);
    demand(std::find(functions.begin(), functions.end(), function) != functions.end());
    for (const Value* input : inputs) demand(input->dtype != "UINT16" && input->dtype != "STRING");
    // The clock is looked at in loops; on a busy machine short ones may be late too.
    or_late_.push_back("-ERR script took longer than it may: " + function);
    const std::optional<Results> results = call(function, inputs);
    demand(results.has_value());
    const std::vector<std::string>& outputs = blocks["OUTPUTS"];
    demand(outputs.empty() || (results->tensors && results->values.size() == outputs.size()));
    for (std::size_t i = 0; i < outputs.size(); ++i) store(outputs[i], results->values[i]);
    return fine;
  }

  std::vector<const Value*> tensors(const std::vector<std::string>& keys) const {
    std::vector<const Value*> found;
    for (const std::string& key : keys) found.push_back(&tensor(key));
    return found;
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
    const std::vector<const Value*> rows = tensors(counted_to_the_end());
    demand_empty_or(out, Kind::tensor);
    store(out, aggregated(rule, given, rows));
    return fine;
  }

  std::string update() {
    demand(line_.size() >= 5);
    const std::string params = cursor_.take(), optimizer = cursor_.take();
    const Settings given = settings("GRAD");
    demand(cursor_.take_if("GRAD") && cursor_.left() == 1);
    const Value& gradient = tensor(cursor_.take());
    move(params, stepped(optimizer, given, tensor(params), gradient));
    return fine;
  }

  std::string accumulate() {
    demand(line_.size() == 3);
    const std::string mean = cursor_.take();
    const Value& added = tensor(cursor_.take());
    const Value* before = find(mean);
    demand(before == nullptr || before->kind == Kind::tensor);
    move(mean, accumulated(before, added));
    return fine;
  }

  std::string aggupdate() {
    demand(line_.size() >= 8);
    const std::string params = cursor_.take(), optimizer = cursor_.take();
    const Settings optimizer_settings = settings("RULE");
    demand(cursor_.take_if("RULE"));
    const std::string rule = cursor_.take();
    const Settings rule_settings = settings("KEYS");
    const std::vector<const Value*> rows = tensors(counted_to_the_end());
    move(params, stepped(optimizer, optimizer_settings, tensor(params), aggregated(rule, rule_settings, rows)));
    return fine;
  }

  std::string model_update() {
    demand(line_.size() >= 4);
    const std::string params = cursor_.take();
    const Settings given{{"learning_rate", cursor_.take()}};
    const std::vector<const Value*> rows = tensors(cursor_.take_many(cursor_.left()));
    move(params, stepped("sgd", given, tensor(params), aggregated("mean", {}, rows)));
    return fine;
  }

  // ---- Redis's own commands; these lines are always well-formed. ----

  std::string remove() {
    std::int64_t n = 0;
    while (!cursor_.done()) n += static_cast<std::int64_t>(entries_.erase(cursor_.take()));
    return number(n);
  }
  std::string rename() {
    const std::string &from = cursor_.take(), &to = cursor_.take();
    const auto found = entries_.find(from);
    demand(found != entries_.end());
    if (from == to) return fine;
    const Entry entry = found->second;
    entries_.erase(found);
    entries_[to] = entry;
    return fine;
  }
  std::string copy() {
    const std::string &from = cursor_.take(), &to = cursor_.take();
    demand(from != to);
    const bool replace = cursor_.take_if("REPLACE");
    const auto found = entries_.find(from);
    if (found == entries_.end() || (entries_.contains(to) && !replace)) return number(0);
    const Entry entry = found->second;
    entries_[to] = entry;
    return number(1);
  }
  std::string expire() {
    const std::string& key = cursor_.take();
    const auto found = entries_.find(key);
    if (found == entries_.end()) return number(0);
    if (whole(cursor_.take()).value_or(0) > 0) {
      found->second.expires = true;
    } else {
      entries_.erase(found);
    }
    return number(1);
  }
  std::string persist() {
    const auto found = entries_.find(cursor_.take());
    const bool did = found != entries_.end() && found->second.expires;
    if (did) found->second.expires = false;
    return number(did ? 1 : 0);
  }
  std::string ttl() {
    const auto found = entries_.find(cursor_.take());
    if (found == entries_.end()) return number(-2);
    return found->second.expires ? ":" : number(-1);
  }
  std::string set() {
    const std::string& key = cursor_.take();
    store(key, {.kind = Kind::text, .bytes = cursor_.take()});
    return fine;
  }
  std::string get() {
    const Value* value = find(cursor_.take());
    if (value == nullptr) return "(nil)";
    demand(value->kind == Kind::text);
    return bulk(value->bytes);
  }

  Entries& entries_;
  const Line& line_;
  Cursor cursor_;
  bool in_transaction_;
  std::vector<std::string> or_late_;
};

template <class T>
T element(const std::string& bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof value);
  return value;
}

std::string shown_element(const Value& tensor, const Type& type, std::size_t i) {
  if (is_real(type)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g",
                  type.size == 4 ? double{element<float>(tensor.bytes, i)} : element<double>(tensor.bytes, i));
    return bulk(text);
  }
  const bool is_signed = type.min < 0;
  switch (type.size) {
    case 1:
      return number(is_signed ? element<std::int8_t>(tensor.bytes, i) : element<std::uint8_t>(tensor.bytes, i));
    case 2:
      return number(is_signed ? element<std::int16_t>(tensor.bytes, i) : element<std::uint16_t>(tensor.bytes, i));
    case 4:
      return number(element<std::int32_t>(tensor.bytes, i));
    default:
      return number(element<std::int64_t>(tensor.bytes, i));
  }
}

}  // namespace

std::string shown_values(const Value& tensor) {
  const Type& type = type_named(tensor.dtype);
  std::vector<std::string> parts;
  if (type.size == 0) {
    for (std::size_t at = 0; at < tensor.bytes.size();) {
      const std::string text = tensor.bytes.c_str() + at;
      at += text.size() + 1;
      parts.push_back(bulk(text));
    }
  } else {
    for (std::size_t i = 0; i < tensor.bytes.size() / type.size; ++i) parts.push_back(shown_element(tensor, type, i));
  }
  return list(parts);
}

Outcome Reference::outcome(const Line& line, bool in_transaction) const {
  Outcome outcome{.reply = any_error, .stored = entries_};
  Doing doing(outcome.stored, line, in_transaction);
  try {
    outcome.reply = doing.reply();
  } catch (const Refused&) {
    outcome.stored = entries_;
  }
  outcome.or_late = doing.or_late();
  return outcome;
}

}  // namespace windtunnel::tensordb::random
