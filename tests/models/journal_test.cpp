// Checks: actors' names, the words of phases and statuses, the aggregation of transfers, spans also of killed
// processes. Does not check what the models write here.
#include "models/journal.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {
namespace {

using std::chrono::seconds;

Journal journal() { return Journal(PriceSheet::named("aws-us-east-1-2025-08")); }

TEST(Journal, ActorsCountFromZeroInOrderOfFirstUse) {
  Actors actors;
  EXPECT_EQ(actors.id("server"), 0u);
  EXPECT_EQ(actors.id("peer-1"), 1u);
  EXPECT_EQ(actors.id("server"), 0u);
  EXPECT_EQ(actors.name(1), "peer-1");
  EXPECT_EQ(actors.size(), 2u);
  EXPECT_THROW(actors.name(2), BrokenInvariant);
}

TEST(Journal, EveryPhaseHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i < phases; ++i) words.insert(name(static_cast<Phase>(i)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(phases));
  EXPECT_EQ(name(Phase::boot), "boot");
  EXPECT_EQ(name(Phase::queued), "queued");
  EXPECT_EQ(name(Phase::barrier), "barrier");
  EXPECT_EQ(name(Phase::idle), "idle");
  EXPECT_EQ(name(InvocationStatus::timed_out), "timed_out");
  EXPECT_EQ(name(InvocationStatus::killed), "killed");
}

TEST(Journal, TransfersOfOneKindShareARow) {
  Journal j = journal();
  const Context store{.actor = 1, .phase = Phase::store, .round = 0};
  j.moved(store, "s3", {100});
  j.moved(store, "database", {10});
  j.moved(store, "s3", {50});
  j.moved(store.in(Phase::fetch), "s3", {7});
  ASSERT_EQ(j.transfers().size(), 3u);
  EXPECT_EQ(j.transfers()[0].service, "s3");
  EXPECT_EQ(j.transfers()[0].count, 2);
  EXPECT_EQ(j.transfers()[0].bytes, Bytes{150});
  EXPECT_EQ(j.transfers()[1].bytes, Bytes{10});
  EXPECT_EQ(j.transfers()[2].context.phase, Phase::fetch);
  EXPECT_EQ(j.bytes_moved(), Bytes{167});
  EXPECT_THROW(j.moved(store, "s3", {-1}), BrokenInvariant);
}

sim::Task<> work(Journal& journal, sim::Simulation& simulation) {
  const SpanScope span(journal, simulation, {.actor = 0, .phase = Phase::compute, .round = 1});
  co_await simulation.delay(seconds(10));
}

TEST(Journal, ASpanEndsWithItsScopeAndWithItsProcess) {
  sim::Simulation simulation;
  Journal j = journal();
  simulation.spawn(work(j, simulation));
  sim::Process killed = simulation.spawn(work(j, simulation));
  simulation.run_until(sim::Time{seconds(4)});
  killed.kill();
  simulation.run();
  ASSERT_EQ(j.spans.size(), 2u);
  EXPECT_EQ(j.spans[0].end, sim::Time{seconds(4)}) << "the killed one";
  EXPECT_EQ(j.spans[1].end, sim::Time{seconds(10)});
  EXPECT_EQ(j.spans[1].start, sim::Time{});
  EXPECT_EQ(j.spans[1].context.round, 1);
  EXPECT_THROW(j.span({}, sim::Time{seconds(2)}, sim::Time{seconds(1)}), BrokenInvariant);
}

TEST(Journal, RequestsOfOneKindAndSizeShareARow) {
  Journal j = journal();
  const Context send{.actor = 1, .phase = Phase::average, .round = 0};
  j.requested(send, "sqs.requests", {256});
  j.requested(send, "sqs.requests", {256}, 4);
  j.requested(send, "sqs.requests", {70'000});
  j.requested(send.in(Phase::barrier), "sqs.requests", {256});
  ASSERT_EQ(j.requests().size(), 3u);
  EXPECT_EQ(j.requests()[0].count, 5);
  EXPECT_EQ(j.requests()[1].size, Bytes{70'000});
  EXPECT_THROW(j.requested(send, "sqs.requests", {-1}), BrokenInvariant);
}

// A machine at 0.34 USD per hour for 100 s, 25 of them before training; two reads before and two after.
TEST(Journal, StartUpCostsWhatWasChargedAndItsPartOfTheRent) {
  Journal j = journal();
  const ItemId machine = j.ledger.prices().item("ec2.c5.2xlarge"), read = j.ledger.prices().item("s3.get");
  j.ledger.charge(read, 2, {});
  j.begin_training(sim::Time{seconds(25)});
  j.begin_training(sim::Time{seconds(50)});
  EXPECT_EQ(j.training_started(), sim::Time{seconds(25)}) << "the first call counts";
  j.ledger.charge(read, 2, {});
  j.ledger.charge(machine, 100.0 / 3600, {});
  j.rentals.push_back({.item = machine, .rented = {}, .released = sim::Time{seconds(100)}, .billed = seconds(100)});
  EXPECT_NEAR(j.startup_cost().value, 2 * 0.0004 / 1000 + 0.34 * 25 / 3600, 1e-12);
}

TEST(Journal, WithoutTrainingAllIsStartUp) {
  Journal j = journal();
  j.ledger.charge(j.ledger.prices().item("s3.get"), 1000, {});
  EXPECT_FALSE(j.training_started());
  EXPECT_DOUBLE_EQ(j.startup_cost().value, j.ledger.total().value);
}

}  // namespace
}  // namespace windtunnel::models
