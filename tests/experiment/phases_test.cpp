// Spans summed up by actor and by role: what overlaps counts once, and what lies before the training is known.
#include "experiment/results_phases.h"

#include <gmock/gmock.h>

#include <tuple>

namespace windtunnel::experiment {
namespace {

using models::Journal;
using models::Phase;
using ::testing::ElementsAre;

sim::Time at(double s) { return sim::Time(from_seconds(s)); }

Journal journal() { return Journal(models::PriceSheet::named("aws-us-east-1-2025-08")); }

using Row = std::tuple<std::string, std::int64_t, Phase, std::int64_t, double, double, double>;

std::vector<Row> rows(const std::vector<PhaseShare>& shares) {
  std::vector<Row> found;
  for (const PhaseShare& s : shares) {
    found.emplace_back(s.who, s.actors, s.phase, s.spans, to_seconds(s.total), to_seconds(s.exclusive), to_seconds(s.startup));
  }
  return found;
}

TEST(Phases, AnInstantCountsOnceForTheSpanThatBeganLast) {
  Journal j = journal();
  const models::ActorId peer = j.actors.id("peer-0");
  // Stored when they end. Within the barrier 2–4 a fetch; the compute begins later and so covers the barrier's end.
  j.span({peer, Phase::fetch, 0}, at(2), at(4));
  j.span({peer, Phase::barrier, 0}, at(1), at(10));
  j.span({peer, Phase::compute, 0}, at(8), at(12));
  j.begin_training(at(3));
  EXPECT_THAT(rows(phases_by_actor(j)), ElementsAre(Row("peer-0", 1, Phase::fetch, 1, 2, 2, 1),
                                                    Row("peer-0", 1, Phase::compute, 1, 4, 4, 0),
                                                    Row("peer-0", 1, Phase::barrier, 1, 9, 5, 1)));
}

TEST(Phases, OfTwoThatBeginTogetherTheShorterLiesOnTop) {
  Journal j = journal();
  const models::ActorId peer = j.actors.id("peer-0");
  j.span({peer, Phase::transition, 0}, at(0), at(1));
  j.span({peer, Phase::aggregate, 0}, at(0), at(5));
  j.span({peer, Phase::aggregate, 0}, at(6), at(7));
  EXPECT_THAT(rows(phases_by_actor(j)), ElementsAre(Row("peer-0", 1, Phase::transition, 1, 1, 1, 1),
                                                    Row("peer-0", 1, Phase::aggregate, 2, 6, 5, 5)));
}

TEST(Phases, RolesAddUpTheirActors) {
  Journal j = journal();
  for (const char* name : {"peer-0", "server", "peer-11", "peer-0/gradient-3", "peer-11/gradient-12"}) {
    j.span({j.actors.id(name), Phase::compute, 0}, at(0), at(2));
  }
  j.actors.id("peer-12");  // has no spans
  j.span({j.actors.id("peer-0"), Phase::fetch, 0}, at(1), at(2));
  j.begin_training(at(0));
  EXPECT_THAT(rows(phases_by_role(j)), ElementsAre(Row("peer-*", 2, Phase::fetch, 1, 1, 1, 0),
                                                   Row("peer-*", 2, Phase::compute, 2, 4, 3, 0),
                                                   Row("server", 1, Phase::compute, 1, 2, 2, 0),
                                                   Row("peer-*/gradient-*", 2, Phase::compute, 2, 4, 4, 0)));
}

}  // namespace
}  // namespace windtunnel::experiment
