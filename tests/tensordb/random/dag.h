// What AI.DAGEXECUTE and AI.DAGEXECUTE_RO must answer and store: first everything about the line and its keys that is
// wrong, then one operation after another over a map of tensors.
#pragma once

#include <string>
#include <vector>

#include "tests/tensordb/random/cursor.h"
#include "tests/tensordb/random/database.h"

namespace windtunnel::tensordb::random {

struct DagReply {
  std::string text;
  std::vector<std::string> or_late;  ///< as in Outcome
};

/// `database` gets what is persisted. Throws Refused when nothing of the line runs.
DagReply run_dag(const Line& line, bool in_transaction, Database& database);

}  // namespace windtunnel::tensordb::random
