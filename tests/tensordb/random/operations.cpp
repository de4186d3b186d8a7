#include "tests/tensordb/random/operations.h"

#include <algorithm>
#include <limits>
#include <map>

#include "tests/tensordb/random/config.h"
#include "tests/tensordb/random/elements.h"
#include "tests/tensordb/random/models.h"
#include "tests/tensordb/random/notation.h"
#include "tests/tensordb/random/programs.h"

namespace windtunnel::tensordb::random {
namespace {

SetLine tensor_set(const Line& line) {
  demand(line.size() >= 4);
  Cursor cursor(line);
  std::string name = cursor.take();
  const Type& type = type_named(cursor.take());
  Value value{.kind = Value::Kind::tensor, .dtype = type.name};
  std::int64_t count = 1;
  while (!cursor.done() && !cursor.at("BLOB") && !cursor.at("VALUES")) {
    const std::optional<std::int64_t> dim = whole(cursor.take());
    demand(dim && *dim > 0 && value.shape.size() < 64 && !__builtin_mul_overflow(count, *dim, &count));
    value.shape.push_back(*dim);
  }
  demand(count < std::numeric_limits<std::int64_t>::max() / 8);
  if (cursor.take_if("BLOB")) {
    demand(cursor.left() == 1);
    value.bytes = cursor.take();
    check_blob(type, value.bytes, count);
  } else if (cursor.take_if("VALUES")) {
    demand(cursor.left() == static_cast<std::size_t>(count));
    value.bytes = parsed(type, cursor.take_many(cursor.left()));
  } else {
    const auto size = static_cast<std::int64_t>(std::max<std::size_t>(type.size, 1));
    demand(count <= max_tensor_bytes / size);
    value.bytes.assign(static_cast<std::size_t>(count * size), '\0');
  }
  return {std::move(name), std::move(value)};
}

GetLine tensor_get(const Line& line) {
  demand(line.size() >= 2 && line.size() <= 4);
  Cursor cursor(line);
  std::string name = cursor.take();
  bool meta = cursor.done(), blob = cursor.done(), values = false;
  while (!cursor.done()) {
    if (cursor.take_if("META")) {
      meta = true;
    } else if (cursor.take_if("BLOB")) {
      blob = true;
    } else {
      demand(cursor.take_if("VALUES"));
      values = true;
    }
  }
  demand(!blob || !values);
  return {std::move(name), meta, blob, values};
}

bool take_timeout(Cursor& cursor) {
  if (!cursor.take_if("TIMEOUT")) return false;
  demand(whole(cursor.take()).value_or(0) > 0 && cursor.done());  // nothing may follow
  return true;
}

CallLine script_execute(const Line& line) {
  demand(line.size() >= 4);
  Cursor cursor(line);
  CallLine call{
      .kind = Value::Kind::script, .program = cursor.take(), .function = cursor.take(), .inputs = {}, .outputs = {}};
  demand(cursor.at("KEYS") || cursor.at("INPUTS"));
  std::map<std::string, std::vector<std::string>> blocks;
  while (!cursor.done()) {
    if (take_timeout(cursor)) {
      call.has_timeout = true;
      break;
    }
    const auto known = {"KEYS", "INPUTS", "ARGS", "OUTPUTS"};
    const auto name = std::find_if(known.begin(), known.end(), [&](const char* word) { return cursor.at(word); });
    demand(name != known.end() && !blocks.contains(*name));
    cursor.take();
    blocks[*name] = cursor.take_counted(std::string_view(*name) == "KEYS" ? 1 : 0);
  }
  call.inputs = blocks["INPUTS"];
  call.outputs = blocks["OUTPUTS"];
  return call;
}

CallLine model_execute(const Line& line) {
  demand(line.size() >= 8);
  Cursor cursor(line);
  CallLine call{
      .kind = Value::Kind::model, .program = cursor.take(), .function = "forward", .inputs = {}, .outputs = {}};
  demand(cursor.take_if("INPUTS"));
  call.inputs = cursor.take_counted(1);
  demand(cursor.take_if("OUTPUTS"));
  call.outputs = cursor.take_counted(1);
  call.has_timeout = take_timeout(cursor);
  demand(cursor.done());
  return call;
}

std::optional<Results> returned(const CallLine& line, const Value& program, const std::vector<const Value*>& inputs) {
  if (program.kind == Value::Kind::model) return forward(*model_of(program.bytes), inputs);
  const std::vector<std::string> functions = functions_of(program.bytes);
  if (std::find(functions.begin(), functions.end(), line.function) == functions.end()) return std::nullopt;
  return call(line.function, inputs);
}

}  // namespace

std::optional<Operation> read_operation(const Line& line) {
  const std::string& name = line.at(0);
  if (same_word(name, "AI.TENSORSET")) return tensor_set(line);
  if (same_word(name, "AI.TENSORGET")) return tensor_get(line);
  if (same_word(name, "AI.SCRIPTEXECUTE")) return script_execute(line);
  if (same_word(name, "AI.MODELEXECUTE")) return model_execute(line);
  return std::nullopt;
}

std::string shown(const Value& tensor, const GetLine& line) {
  if (!line.meta) return line.blob ? bulk(tensor.bytes) : shown_values(tensor);
  std::vector<std::string> shape;
  for (const std::int64_t dim : tensor.shape) shape.push_back(number(dim));
  std::vector<std::string> parts{bulk("dtype"), bulk(tensor.dtype), bulk("shape"), list(shape)};
  if (line.blob) parts.insert(parts.end(), {bulk("blob"), bulk(tensor.bytes)});
  if (line.values) parts.insert(parts.end(), {bulk("values"), shown_values(tensor)});
  return list(parts);
}

const Value& program_of(const CallLine& line, const Database& database) {
  const Value& program = database.at(line.program, line.kind);
  if (line.kind == Value::Kind::model) demand(model_of(program.bytes)->inputs.size() == line.inputs.size());
  return program;
}

std::optional<std::vector<Value>> results_of(const CallLine& line, const Value& program,
                                             const std::vector<const Value*>& inputs) {
  for (const Value* input : inputs) {
    if (input->dtype == "UINT16" || input->dtype == "STRING") return std::nullopt;  // LibTorch has none
  }
  std::optional<Results> results = returned(line, program, inputs);
  if (!results) return std::nullopt;
  if (line.outputs.empty()) return std::vector<Value>{};
  if (!results->tensors || results->values.size() != line.outputs.size()) return std::nullopt;
  return std::move(results->values);
}

std::string late_reply(const CallLine& line) { return "-ERR script took longer than it may: " + line.function; }

}  // namespace windtunnel::tensordb::random
