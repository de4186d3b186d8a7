// A run as rows of the results file's tables: which figure goes into which column.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "experiment/results.h"
#include "experiment/results_phases.h"
#include "experiment/results_sqlite.h"

namespace windtunnel::experiment {

class RunRows {
 public:
  /// For a database with the schema's tables.
  explicit RunRows(const Database& database);

  /// Inserts all rows of the run, in the caller's transaction.
  void write(const RunRecord& run, Detail detail);

 private:
  class Row;
  Row row(std::string_view table, std::int64_t run_id);
  static Row& charge(Row& row, const models::PriceItem& item, double quantity, Usd usd);
  void write_small(const RunRecord& run, const models::Journal& journal);
  void write_phase(std::int64_t run_id, std::size_t n, const PhaseShare& share);
  void write_full(std::int64_t run_id, const models::Journal& journal);
  void write_summary(std::int64_t run_id, const models::Journal& journal);

  std::map<std::string, Statement, std::less<>> inserts_;
};

}  // namespace windtunnel::experiment
