// Billing finished runs anew, from a file alone: the money of another sheet, start-up apart, and results of different inputs
// that must not stand in one table unnoticed. What a sheet says of an item is the models' matter (tests/models/ledger_test).
#include "experiment/rebill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "experiment/compare.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// As of small_flight, at other prices; the tiers of durations end within the 4 GB-s that it used.
constexpr std::string_view dearer = R"(
provider: test
region: nowhere
date: 2025-02
lambda_init_billed: true
items:
  fn.duration:
    service: functions
    unit: GB-s
    kind: compute
    tiers:
      - {up_to: 3, usd: 1}
      - {usd: 0.1}
    source: made up
  fn.requests: {service: functions, unit: request, kind: requests, usd: 0.02, source: made up}
  store.puts: {service: store, unit: request, kind: requests, usd: 0.02, source: made up}
  store.kept: {service: store, unit: GB-month, kind: storage, usd: 0.25, source: made up}
  vm.small: {service: machines, unit: hour, kind: machines, usd: 4, source: made up}
)";

TEST(Rebill, MakesTheBillOfAnotherSheet) {
  const Folder folder;
  const models::PriceSheet sheet = models::PriceSheet::parse(dearer, "dearer.yaml");
  for (const Detail detail : {Detail::full, Detail::summary}) {
    Flight flight = small_flight(0);
    flight.journal->begin_training(sim::Time(from_seconds(5)));
    const auto file = folder / std::string(name(detail));
    Writer::create(file).write(flight.record, detail);
    const RunSummary run = read_runs_under(file, sheet).at(0);
    EXPECT_DOUBLE_EQ(run["compute_usd"], 3 * 1 + 1 * 0.1);
    EXPECT_DOUBLE_EQ(run["requests_usd"], 10 * 0.02 + 5 * 0.02);
    EXPECT_DOUBLE_EQ(run["storage_usd"], 0.5);
    EXPECT_DOUBLE_EQ(run["machines_usd"], 6);
    EXPECT_DOUBLE_EQ(run["cost_usd"], 9.9);
    EXPECT_DOUBLE_EQ(run["startup_usd"], 3.9 + 6 * (1800 * 0.4 + 3600 * 3 / 10.5) / 5400);
    EXPECT_DOUBLE_EQ(run["startup_usd"] + run["training_usd"], run["cost_usd"]);
    EXPECT_THAT(run.cost_by_service, ElementsAre(Pair("functions", ::testing::DoubleEq(3.3)), Pair("machines", 6),
                                                 Pair("store", ::testing::DoubleEq(0.6))));
    EXPECT_EQ(run.price_sheet, "dearer");
    EXPECT_EQ(run["simulated_s"], 12.5);
  }
}

TEST(Rebill, UnderItsOwnSheetChangesNothing) {
  const Folder folder;
  write(folder / "r", quickstart_flights(), Detail::full);
  const auto before = read_runs(folder / "r");
  const auto after = read_runs_under(folder / "r", models::PriceSheet::named("aws-us-east-1-2025-08"));
  for (std::size_t i = 0; i < before.size(); ++i) {
    for (const char* figure : {"cost_usd", "startup_usd", "training_usd", "compute_usd", "requests_usd", "machines_usd"}) {
      EXPECT_NEAR(after[i][figure], before[i][figure], 1e-12 * before[i]["cost_usd"]) << figure;
    }
  }
}

TEST(Rebill, ASheetWithoutAnItemIsRefused) {
  const Folder folder;
  Writer::create(folder / "r").write(small_flight(0).record, Detail::full);
  EXPECT_THROW(read_runs_under(folder / "r", models::PriceSheet::named("aws-us-east-1-2025-08")), InputError);
}

std::string comparison(const Folder& folder, const CompareOptions& options) {
  const std::filesystem::path files[] = {folder / "a", folder / "b"};
  try {
    return render(compare(files, options), Format::table);
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Compare, DifferentInputsDoNotStandInOneTableUnnoticed) {
  const std::string sheet = "aws-us-east-1-2025-08";
  const std::pair<void (*)(RunRecord&), const char*> changes[] = {
      {[](RunRecord& run) { run.price_sheet_hash = "other"; }, "what price sheet aws-us-east-1-2025-08 says"},
      {[](RunRecord& run) { run.data_hash = "other"; }, "content of the data files"},
      {[](RunRecord& run) { run.program_build = "other"; }, "sources of the program"}};
  for (const auto& [change, named] : changes) {
    const Folder folder;
    std::vector<Flight> flights = quickstart_flights();
    write(folder / "a", flights, Detail::summary);
    for (Flight& flight : flights) change(flight.record);
    write(folder / "b", flights, Detail::summary);
    EXPECT_THAT(comparison(folder, {}), HasSubstr("--mixed"));
    EXPECT_THAT(comparison(folder, {}), HasSubstr(named));
    EXPECT_THAT(comparison(folder, {.mixed = true}), HasSubstr(std::string("other inputs than above: ") + named));
    const bool prices = std::string_view(named).starts_with("what price sheet");
    EXPECT_THAT(comparison(folder, {.prices = sheet}), HasSubstr(prices ? "simulated time" : "--mixed"));
  }
}

}  // namespace
}  // namespace windtunnel::experiment::testing
