// Checks: actors' names, the words of phases and statuses, the aggregation of transfers, spans also of killed
// processes, and that sums are the same when the rows are not kept. Does not check what the models write here.
#include "models/journal.h"

#include <gtest/gtest.h>

#include <list>
#include <set>

#include "base/error.h"
#include "sim/random.h"
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

// The same life of a job in two journals, of which one keeps sums only: actors whose spans overlap, last for many rounds, begin
// and end together; charges, calls and transfers, now and then of a round of long ago.
class Life {
 public:
  explicit Life(bool sums_only) {
    if (sums_only) journal.keep_sums_only();
    journal.actors.id("a");
    journal.actors.id("b");
    journal.begin_training(clock_.time);
  }

  void live(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const sim::Time start = clock_.time;
      for (int step = 0; step < 12; ++step) one_step();
      journal.finished({round_++, start, clock_.time, 2});
    }
  }
  std::size_t rows() const {
    return journal.spans.size() + journal.invocations.size() + journal.workflow_runs.size() + journal.requests().size() +
           journal.transfers().size() + journal.ledger.charges().size();
  }
  std::size_t open() const { return open_.size(); }

  Journal journal = models::journal();

 private:
  struct Clock {
    sim::Time time{};
    sim::Time now() const { return time; }
  };

  std::int64_t below(std::size_t bound) { return random_.integer(0, static_cast<std::int64_t>(bound) - 1); }

  void one_step() {
    clock_.time += Duration(below(3));  // often none passes
    const auto actor = static_cast<ActorId>(below(2));
    const std::int32_t late = below(50) == 0 ? static_cast<std::int32_t>(below(60)) : 0;
    const Context context{actor, static_cast<Phase>(below(phases)), std::max(0, round_ - late)};
    if (open_.size() < 12) open_.emplace_back(journal, clock_, context);
    if (open_.size() > 3) {
      auto ends = open_.begin();
      std::advance(ends, 1 + static_cast<std::ptrdiff_t>(below(open_.size() - 1)));
      if (below(400) == 0) ends = open_.begin();  // else the first is under way for hundreds of rounds
      open_.erase(ends);
    }
    journal.ledger.charge(static_cast<ItemId>(below(4)), 0.1 * static_cast<double>(below(9)), context);
    journal.moved(context, below(2) == 0 ? "s3" : "database", {static_cast<std::int64_t>(below(1000))});
    journal.requested(context, "s3.get", {static_cast<std::int64_t>(below(3))});
    Invocation call{.context = context, .requested = clock_.time, .started = clock_.time, .ended = clock_.time + Duration(below(9)),
                    .cold = below(5) == 0, .billed = Duration(below(7)), .placed = below(9) != 0,
                    .memory = {static_cast<std::int64_t>(128 * below(3))}, .tmp = {512}, .processor = "x86", .package = "zip"};
    journal.invocations.push_back(call);
    journal.workflow_runs.push_back({context, below(2) == 0, clock_.time, clock_.time + Duration(below(99)), 3, 4, {64}});
  }

  sim::RandomStream random_{7, "life", 0};
  Clock clock_{sim::Time{seconds(1)}};
  std::list<SpanScope> open_;
  std::int32_t round_ = 0;
};

TEST(Journal, SumsAreTheSameWhenTheRowsAreNotKept) {
  Life kept(false), summed(true);
  kept.live(1000);
  summed.live(1000);
  ASSERT_EQ(kept.open(), summed.open());
  ASSERT_LT(summed.rows(), kept.rows() / 2) << "some were closed";
  const Journal& a = kept.journal;
  const Journal& b = summed.journal;

  const LedgerSums bill = a.ledger.sums(), other = b.ledger.sums();
  EXPECT_EQ(bill.rows, other.rows);
  EXPECT_EQ(bill.print, other.print);
  EXPECT_EQ(bill.total, other.total) << "to the last bit";
  EXPECT_EQ(bill.quantity, other.quantity);
  EXPECT_EQ(bill.usd, other.usd);
  EXPECT_EQ(bill.by_service, other.by_service);
  EXPECT_EQ(a.startup_quantities(), b.startup_quantities());
  EXPECT_EQ(a.transfer_sums().print, b.transfer_sums().print);
  EXPECT_EQ(a.transfer_sums().by_service.at("s3").bytes, b.transfer_sums().by_service.at("s3").bytes);
  EXPECT_EQ(a.request_sums().print, b.request_sums().print);
  EXPECT_EQ(a.request_sums().alike, b.request_sums().alike);
  EXPECT_EQ(a.workflow_sums().print, b.workflow_sums().print);
  EXPECT_EQ(a.workflow_sums().alike.at({true, Memory{64}}).count, b.workflow_sums().alike.at({true, Memory{64}}).count);
  const InvocationSums calls = a.invocation_sums(), others = b.invocation_sums();
  EXPECT_EQ(calls.calls, 12'000);
  EXPECT_EQ(calls.calls, others.calls);
  EXPECT_EQ(calls.cold, others.cold);
  ASSERT_EQ(calls.placed.size(), 3u);
  for (const auto& [alike, sum] : calls.placed) {
    EXPECT_EQ(sum.count, others.placed.at(alike).count);
    EXPECT_EQ(sum.with_init, others.placed.at(alike).with_init);
  }
  const SpanSums spans = a.span_sums(), those = b.span_sums();
  Duration exclusive{};
  for (ActorId actor = 0; actor < 2; ++actor) {
    for (int i = 0; i < phases; ++i) {
      const PhaseSum& sum = spans.of(actor, static_cast<Phase>(i));
      const PhaseSum& same = those.of(actor, static_cast<Phase>(i));
      EXPECT_EQ(sum.spans, same.spans);
      EXPECT_EQ(sum.total, same.total);
      EXPECT_EQ(sum.exclusive, same.exclusive);
      exclusive += sum.exclusive;
    }
  }
  EXPECT_GT(exclusive, Duration(1000));
}

TEST(Journal, WithoutRowsItsSizeDoesNotHangOnTheRounds) {
  Life summed(true);
  std::size_t most_early = 0, most_late = 0;
  for (int i = 0; i < 1000; ++i) {
    summed.live(1);
    most_early = std::max(most_early, summed.rows());
  }
  for (int i = 0; i < 9000; ++i) {
    summed.live(1);
    most_late = std::max(most_late, summed.rows());
  }
  EXPECT_LT(most_late, 3 * most_early);
}

}  // namespace
}  // namespace windtunnel::models
