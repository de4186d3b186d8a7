// The commands that are also operations of a DAG: the grammar of each, the same in both places, and what both do with
// a line once it is read. Text in a line lives as long as the command.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "tensordb/arguments.h"
#include "tensordb/borrowed_values.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// AI.TENSORSET key dtype [dim …] [BLOB data | VALUES v …]
struct TensorSetLine {
  std::string_view key;
  DType dtype = DType::float32;
  Shape shape;
  bool has_blob = false, has_values = false;
  redis::String* blob = nullptr;
  std::span<redis::String* const> values;
};

/// AI.TENSORGET key [META] [BLOB | VALUES]
struct TensorParts {
  bool meta = false, blob = false, values = false;
};
struct TensorGetLine {
  std::string_view key;
  TensorParts parts;
};

/// AI.SCRIPTEXECUTE key function {KEYS n k … | INPUTS n t …} [KEYS …] [INPUTS …] [ARGS n a …] [OUTPUTS n o …]
/// [TIMEOUT ms], and AI.MODELEXECUTE key INPUTS n t … OUTPUTS n o … [TIMEOUT ms]
struct ProgramLine {
  enum class Kind { script, model };
  Kind kind = Kind::script;
  std::string_view key, function;
  std::vector<std::string_view> keys, inputs, arguments, outputs;
  std::optional<std::chrono::milliseconds> timeout;
};

/// Each reads up to the end of the arguments. Throws CommandError.
TensorSetLine parse_tensor_set(Arguments& arguments);
TensorGetLine parse_tensor_get(Arguments& arguments);
ProgramLine parse_script_execute(Arguments& arguments);
ProgramLine parse_model_execute(Arguments& arguments);
/// The older forms.
ProgramLine parse_script_run(Arguments& arguments);
ProgramLine parse_model_run(Arguments& arguments);

/// Whether its values are so many that a worker should read them.
bool has_many_values(const TensorSetLine& line);

/// The tensor that a line describes. Throws CommandError when the data do not fit type and shape.
TensorRef tensor_of(const TensorSetLine& line);

/// The same of a line with many values, in two parts: what a worker needs, which checks that their number is right, and the
/// tensor, when a worker has read them.
class ValuesToRead {
 public:
  explicit ValuesToRead(const TensorSetLine& line);
  TensorRef read() const;
  void let_go() const { values_.let_go(); }

 private:
  DType dtype_;
  Shape shape_;
  BorrowedValues values_;
};

/// Whether putting this reply together takes longer than the main thread should.
bool is_long_reply(const Tensor& tensor, const TensorParts& wanted);

/// One reply: these parts of a tensor. `resp3`: how the client wants its doubles.
void reply_tensor(redis::Context* context, const Tensor& tensor, const TensorParts& wanted, bool resp3);

}  // namespace windtunnel::tensordb
