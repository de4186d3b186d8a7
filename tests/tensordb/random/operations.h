// The commands that may also be operations of a DAG: what their lines say, and what they do with tensors. The same in
// both places; where the tensors come from and go to is not known here.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

struct SetLine {
  std::string name;
  Value tensor;
};
struct GetLine {
  std::string name;
  bool meta, blob, values;
};
struct CallLine {
  Value::Kind kind;      ///< of the program: script or model
  std::string program;   ///< its key
  std::string function;  ///< of the script; a model has one
  std::vector<std::string> inputs, outputs;
  bool has_timeout = false;
};
using Operation = std::variant<SetLine, GetLine, CallLine>;

/// Nothing when the line's first word is none of these commands. Throws Refused when the line is wrong in itself.
std::optional<Operation> read_operation(const Line& line);

/// The reply that shows these parts of a tensor.
std::string shown(const Value& tensor, const GetLine& line);

/// Throws Refused when there is none, or not for as many inputs.
const Value& program_of(const CallLine& line, const Database& database);
/// One tensor for each output; nothing when the call fails.
std::optional<std::vector<Value>> results_of(const CallLine& line, const Value& program,
                                             const std::vector<const Value*>& inputs);
/// The reply to a call that takes longer than it may.
std::string late_reply(const CallLine& line);

}  // namespace windtunnel::tensordb::random
