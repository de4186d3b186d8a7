// A run as rows of the results file's tables.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "experiment/results.h"
#include "experiment/results_sqlite.h"

namespace windtunnel::experiment {

class RunRows {
 public:
  /// For a database with the schema's tables.
  explicit RunRows(const Database& database);

  /// Inserts all rows of the run, in the caller's transaction.
  void write(const RunRecord& run, Detail detail);

 private:
  std::map<std::string, Statement, std::less<>> inserts_;
};

}  // namespace windtunnel::experiment
