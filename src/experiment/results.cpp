#include "experiment/results.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "experiment/run_figures.h"

namespace windtunnel::experiment {

namespace {

constexpr std::array<std::string_view, 3> status_names{"done", "infeasible", "failed"};

}  // namespace

std::string_view name(Status status) {
  const auto index = static_cast<std::size_t>(status);
  check(index < status_names.size(), "name: a status");
  return status_names[index];
}

Status status_named(std::string_view name) {
  const auto found = std::find(status_names.begin(), status_names.end(), name);
  if (found == status_names.end()) throw InputError(unknown_word("status", name, status_names));
  return static_cast<Status>(found - status_names.begin());
}

std::string_view name(Detail detail) { return detail == Detail::full ? "full" : "summary"; }

RunSummary summarize(const RunRecord& run, Detail detail) {
  RunSummary summary;
  static_cast<RunIdentity&>(summary) = run;
  summary.detail = detail;
  for (std::size_t i = 0; i < run_figures().size(); ++i) {
    if (const auto* take = std::get_if<double (*)(const RunRecord&)>(&run_figures()[i].take)) {
      summary.figures[i] = (*take)(run);
    }
  }
  set_money(summary, bill_of(run));  // and what follows from other figures
  summary.trajectory_fingerprint = run.trajectory.hex();
  summary.results_fingerprint = results_fingerprint(run).hex();
  return summary;
}

}  // namespace windtunnel::experiment
