// One call of a stored script or model: AI.SCRIPTEXECUTE and AI.MODELEXECUTE, by themselves or inside a DAG.
#pragma once

#include <string>
#include <vector>

#include "tensordb/engine.h"
#include "tensordb/job.h"
#include "tensordb/operations.h"
#include "tensordb/stored_program.h"

namespace windtunnel::tensordb {

class ProgramCall {
 public:
  explicit ProgramCall(const ProgramLine& line);

  const std::string& key() const { return key_; }                       ///< of the script or model
  const std::vector<std::string>& inputs() const { return inputs_; }    ///< names of tensors
  const std::vector<std::string>& outputs() const { return outputs_; }  ///< names of tensors

  /// Finds the program. Under the server's lock. Throws CommandError.
  void gather(redis::Context* context);
  /// After gather: whether it takes microseconds with these inputs.
  bool is_small(const std::vector<TensorRef>& inputs) const;
  /// Runs it with one tensor for each input; one comes back for each output. Throws CommandError.
  std::vector<TensorRef> run(std::vector<TensorRef> inputs, const JobContext& context) const;

 private:
  ProgramLine::Kind kind_;
  std::string key_;
  std::vector<std::string> inputs_, outputs_;
  ScriptCall call_;  // without inputs and deadline
  Ref<const StoredProgram> program_;
};

/// Runs a line as a command of its own. Throws CommandError, or replies once.
void execute(redis::Context* context, const ProgramLine& line);

/// Throws CommandError inside MULTI and Lua: a program may run for long, and the whole server would wait for it.
void refuse_in_transactions(redis::Context* context);

}  // namespace windtunnel::tensordb
