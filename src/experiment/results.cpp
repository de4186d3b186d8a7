#include "experiment/results.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/text.h"

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
  RunSummary summary{.run_id = run.run_id,
                     .point = run.point,
                     .replication = run.replication,
                     .scenario = run.scenario,
                     .variant = run.variant,
                     .point_label = run.point_label,
                     .architecture = run.architecture,
                     .rule = run.rule,
                     .attack = run.attack,
                     .sweep_values = run.sweep_values,
                     .seed = run.seed,
                     .scenario_hash = run.scenario_hash,
                     .program_version = run.program_version,
                     .price_sheet = run.price_sheet,
                     .status = run.status,
                     .reason = run.reason,
                     .detail = detail,
                     .simulated_s = to_seconds(run.ended.time_since_epoch()),
                     .accuracy = run.accuracy,
                     .loss = run.loss,
                     .trajectory_fingerprint = run.trajectory.hex(),
                     .results_fingerprint = results_fingerprint(run).hex(),
                     .reproducible = run.reproducible};
  if (run.journal == nullptr) return summary;
  const models::Journal& journal = *run.journal;
  summary.rounds = static_cast<std::int64_t>(journal.rounds.size());
  const models::Ledger& ledger = journal.ledger;
  const std::vector<Usd> priced = ledger.priced();
  std::map<std::string, double> services;
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const models::PriceItem& item = ledger.prices()[ledger.charges()[i].item];
    double* const kinds[] = {&summary.compute_usd, &summary.requests_usd, &summary.storage_usd, &summary.machines_usd};
    *kinds[static_cast<std::size_t>(item.kind)] += priced[i].value;
    services[item.service] += priced[i].value;
    summary.cost_usd += priced[i].value;
  }
  summary.cost_by_service.assign(services.begin(), services.end());
  summary.invocations = static_cast<std::int64_t>(journal.invocations.size());
  summary.cold_starts = std::count_if(journal.invocations.begin(), journal.invocations.end(),
                                      [](const models::Invocation& invocation) { return invocation.cold; });
  summary.bytes_moved = journal.bytes_moved().count;
  return summary;
}

}  // namespace windtunnel::experiment
