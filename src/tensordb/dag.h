// The grammar of AI.DAGEXECUTE and AI.DAGEXECUTE_RO, and of their older forms AI.DAGRUN and AI.DAGRUN_RO, which want none
// of the words in front and take AI.SCRIPTRUN and AI.MODELRUN as operations too:
//   [LOAD n k …] [PERSIST n k …] [ROUTING tag] [TIMEOUT ms] |> operation |> operation …
// A word |> separates operations wherever it stands, except as the data of a BLOB. Names of tensors are local to the
// DAG; only what LOAD, PERSIST and ROUTING name, scripts and models are keys.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tensordb/operations.h"

namespace windtunnel::tensordb {

struct DagLine {
  using Operation = std::variant<TensorSetLine, TensorGetLine, ProgramLine>;

  std::vector<std::string_view> load, persist;
  std::optional<std::chrono::milliseconds> timeout;
  std::vector<Operation> operations;
};

struct DagKind {
  const char* name;  ///< of the command
  bool read_only = false, older_form = false;
};

/// Reads the whole line and checks that every name is known where it is used. Throws CommandError.
DagLine parse_dag(Arguments& arguments, const DagKind& kind);

}  // namespace windtunnel::tensordb
