#include "experiment/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "experiment/results.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"

namespace windtunnel::experiment {
namespace {

struct Run {
  std::int64_t id = 0;
  std::string name;
  bool has_spans = false;
};

std::vector<Run> runs_of(const Database& database) {
  std::vector<Run> runs;
  Statement query = database.prepare(
      "SELECT run_id, variant, point_label, scenario, EXISTS (SELECT 1 FROM spans WHERE spans.run_id = runs.run_id) "
      "FROM runs ORDER BY run_id");
  while (query.step()) {
    std::string label = query.text(1);
    if (const std::string point = query.text(2); !point.empty()) label += label.empty() ? point : fmt::format(" {}", point);
    runs.push_back({query.integer(0), label.empty() ? query.text(3) : label, query.integer(4) != 0});
  }
  return runs;
}

// "0 (spirt), 1 (parameter_server), …"
std::string listed(const std::vector<Run>& runs) {
  constexpr std::size_t most = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(runs.size(), most); ++i) {
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", runs[i].id, runs[i].name);
  }
  return text + (runs.size() > most ? fmt::format(", … {} in all", runs.size()) : "");
}

std::int64_t choose(const Database& database, std::optional<std::int64_t> wanted) {
  std::vector<Run> with_spans, all = runs_of(database);
  for (const Run& run : all) {
    if (run.has_spans) with_spans.push_back(run);
  }
  if (with_spans.empty()) {
    throw InputError(fmt::format("{}: no run was stored with its spans (sweeps keep summaries only)", database.file()));
  }
  if (!wanted) {
    if (with_spans.size() == 1) return with_spans.front().id;
    throw InputError(fmt::format("{}: several runs; name one of {}", database.file(), listed(with_spans)));
  }
  for (const Run& run : with_spans) {
    if (run.id == *wanted) return run.id;
  }
  throw InputError(
      fmt::format("{}: no run {} with spans; there are {}", database.file(), *wanted, listed(with_spans)));
}

// Microseconds with all nanoseconds shown; seconds that were nanoseconds come back exactly.
std::string microseconds(std::int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }
std::int64_t nanoseconds(double s) { return std::llround(s * 1e9); }

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Numbers the actors in the order in which they first ended something.
std::map<std::string, std::int64_t> numbered_actors(const Database& database, std::int64_t run_id) {
  std::map<std::string, std::int64_t> numbers;
  Statement query =
      database.prepare("SELECT actor FROM spans WHERE run_id = ? GROUP BY actor ORDER BY min(n)");
  query.bind(1, run_id);
  while (query.step()) numbers.emplace(query.text(0), static_cast<std::int64_t>(numbers.size()) + 1);
  return numbers;
}

// The threads of one actor: spans that overlap get different ones.
class Lanes {
 public:
  std::size_t place(std::int64_t start, std::int64_t end) {
    std::size_t lane = 0;
    while (lane < ends_.size() && ends_[lane] > start) ++lane;
    if (lane == ends_.size()) ends_.push_back(end);
    ends_[lane] = end;
    return lane + 1;
  }
  void clear() { ends_.clear(); }

 private:
  std::vector<std::int64_t> ends_;
};

}  // namespace

void write_trace(const std::filesystem::path& file, std::optional<std::int64_t> run_id, std::ostream& out) {
  const Database database(file, Database::Mode::read);
  require_schema(database);
  const std::int64_t run = choose(database, run_id);
  out << R"({"displayTimeUnit":"ms","traceEvents":[)";
  const char* separator = "\n";
  const auto actors = numbered_actors(database, run);
  for (const auto& [actor, number] : actors) {
    out << separator
        << fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", number, quoted(actor))
        << ",\n"
        << fmt::format(R"({{"ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}}}})", number);
    separator = ",\n";
  }
  Statement query = database.prepare(
      "SELECT actor, phase, round, start_s, end_s FROM spans WHERE run_id = ? ORDER BY actor, start_s, n");
  query.bind(1, run);
  std::string present;
  std::int64_t pid = 0;
  Lanes lanes;
  while (query.step()) {
    if (std::string actor = query.text(0); pid == 0 || actor != present) {
      present = std::move(actor);
      pid = actors.at(present);
      lanes.clear();
    }
    const std::int64_t start = nanoseconds(query.real(3)), end = nanoseconds(query.real(4));
    const double round = query.real(2);
    out << separator
        << fmt::format(R"({{"ph":"X","name":{0},"cat":{0},"pid":{1},"tid":{2},"ts":{3},"dur":{4}{5}}})",
                       quoted(query.text(1)), pid, lanes.place(start, end), microseconds(start),
                       microseconds(end - start),
                       std::isnan(round) ? "" : fmt::format(R"(,"args":{{"round":{}}})", static_cast<std::int64_t>(round)));
    separator = ",\n";
  }
  out << "\n]}\n";
  out.flush();
  if (!out) throw RunError("the trace could not be written (disk full?)");
}

}  // namespace windtunnel::experiment
