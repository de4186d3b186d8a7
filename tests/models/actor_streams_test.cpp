// Checks: an actor's draws do not depend on who else draws, how often, or in which order actors became known. Does not
// check the generator (tests/sim/random_test.cpp) nor that a service uses the right actor (each service's own test).
#include "models/actor_streams.h"

#include <gtest/gtest.h>

#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

TEST(ActorStreams, OthersDrawsChangeNothing) {
  Cloud alone, crowd;
  ActorStreams one(alone.simulation, alone.journal.actors, "boot");
  ActorStreams many(crowd.simulation, crowd.journal.actors, "boot");
  for (int i = 0; i < 5; ++i) many.of(crowd.journal.actors.id("other-" + std::to_string(i))).uniform();
  const ActorId mine = alone.journal.actors.id("peer-3"), theirs = crowd.journal.actors.id("peer-3");
  ASSERT_NE(mine, theirs);
  for (int i = 0; i < 100; ++i) {
    many.of(0).normal(0, 1);
    EXPECT_EQ(one.of(mine).uniform(), many.of(theirs).uniform());
  }
}

TEST(ActorStreams, ActorsAndPurposesDiffer) {
  Cloud cloud;
  ActorStreams boots(cloud.simulation, cloud.journal.actors, "boot"), reads(cloud.simulation, cloud.journal.actors, "read");
  const ActorId a = cloud.journal.actors.id("a"), b = cloud.journal.actors.id("b");
  const double first = boots.of(a).uniform();
  EXPECT_NE(first, boots.of(b).uniform());
  EXPECT_NE(first, reads.of(a).uniform());
  EXPECT_NE(first, boots.of(a).uniform()) << "the stream goes on";
}

}  // namespace
}  // namespace windtunnel::models
