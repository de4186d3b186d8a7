// The results fingerprint: every figure of a run counts, nothing else does. That equal runs of the simulator give equal
// journals is tested with the architectures.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

std::string print(const Flight& flight) { return results_fingerprint(flight.record).hex(); }

TEST(ResultsFingerprint, IsTheSameForTheSameRun) { EXPECT_EQ(print(small_flight(0)), print(small_flight(0))); }

TEST(ResultsFingerprint, IgnoresLabels) {
  Flight flight = small_flight(0);
  flight.record.run_id = 9;
  flight.record.point = 9;
  flight.record.variant = "another";
  flight.record.program_version.push_back('9');
  flight.record.scenario_json = "{\"x\": 1}";
  EXPECT_EQ(print(flight), print(small_flight(0)));
}

TEST(ResultsFingerprint, CountsEveryFigure) {
  const std::pair<const char*, std::function<void(Flight&)>> changes[] = {
      {"status", [](Flight& f) { f.record.status = Status::failed; }},
      {"end", [](Flight& f) { f.record.ended += Duration(1); }},
      {"accuracy", [](Flight& f) { f.record.accuracy = std::nextafter(f.record.accuracy, 1); }},
      {"loss", [](Flight& f) { f.record.loss = 0; }},
      {"a round", [](Flight& f) { f.journal->rounds[1].participants = 1; }},
      {"a round's end", [](Flight& f) { f.journal->rounds[1].end += Duration(1); }},
      {"an evaluation", [](Flight& f) { f.journal->evaluations[0].accuracy = 0.25; }},
      {"a fault", [](Flight& f) { f.journal->faults[0].kind = "restored"; }},
      {"a charge", [](Flight& f) { f.journal->ledger.charge(0, 1e-9, {0, models::Phase::compute, 0}); }},
      {"a transfer", [](Flight& f) { f.journal->moved({0, models::Phase::store, 0}, "database", Bytes{0}); }},
      {"a request", [](Flight& f) { f.journal->requested({0, models::Phase::store, 0}, "s3.put"); }},
      {"a rental", [](Flight& f) { f.journal->rentals[0].billed += Duration(1); }},
      {"a rental's return", [](Flight& f) { f.journal->rentals[0].released += Duration(1); }},
      {"a workflow", [](Flight& f) { f.journal->workflow_runs[0].transitions += 1; }},
      {"what is kept", [](Flight& f) { f.journal->stored[0].bytes += 1; }},
      {"the start of the training", [](Flight& f) { f.journal->begin_training(sim::Time(Duration(1))); }},
      {"an invocation", [](Flight& f) { f.journal->invocations.pop_back(); }},
      {"a span", [](Flight& f) { f.journal->spans[3].end += Duration(1); }},
      {"the journal", [](Flight& f) { f.record.journal = nullptr; }}};
  for (const auto& [what, change] : changes) {
    Flight flight = small_flight(0);
    change(flight);
    EXPECT_NE(print(flight), print(small_flight(0))) << what;
  }
}

}  // namespace
}  // namespace windtunnel::experiment::testing
