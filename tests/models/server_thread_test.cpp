// Checks the server's thread, which reckons ahead, against a plain line of processes in front of one processor: random work,
// random kills, with and without CPU credits. The same times to the nanosecond.
#include "models/server_thread.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "models/processors.h"

namespace windtunnel::models {
namespace {

using namespace std::chrono_literals;

struct Piece {
  Duration at, length;
  std::optional<Duration> killed;
};

std::vector<Piece> random_pieces(std::mt19937_64& random) {
  const auto upto = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n + 1)); };
  std::vector<Piece> pieces(1 + random() % 25);
  for (Piece& piece : pieces) {
    piece.at = Duration(upto(20) * 1'000'000'007);
    piece.length = Duration(upto(8) * 700'000'001);
    if (upto(3) == 0) piece.killed = piece.at + Duration(1 + upto(10) * 500'000'003);  // never when one is done
  }
  return pieces;
}

/// When each piece was done; −1 for those that were killed.
template <class Work>
std::vector<Duration> play(sim::Simulation& simulation, const std::vector<Piece>& pieces, Work work) {
  std::vector<Duration> done(pieces.size(), Duration(-1));
  const auto client = [&](const Piece& piece, Duration& out) -> sim::Task<> {
    co_await simulation.delay(piece.at);
    co_await work(piece.length);
    out = simulation.now().time_since_epoch();
  };
  const auto killer = [&](sim::Process victim, Duration at) -> sim::Task<> {
    co_await simulation.delay(at);
    victim.kill();
  };
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const sim::Process process = simulation.spawn(client(pieces[i], done[i]));
    if (pieces[i].killed) simulation.spawn(killer(process, *pieces[i].killed));
  }
  simulation.run();
  return done;
}

void compare(const std::optional<CreditTerms>& terms) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Piece> pieces = random_pieces(random);

    sim::Simulation simulation;
    ServerThread thread(simulation);
    std::optional<CpuCredits> credits;
    if (terms) thread.use(credits.emplace(*terms, CreditMode::standard, simulation.now()));
    const std::vector<Duration> ours =
        play(simulation, pieces, [&](Duration length) -> sim::Task<> { EXPECT_TRUE(co_await thread.work(length)); });

    sim::Simulation plain;
    Processors processors(plain, 1);
    if (terms) processors.limit(*terms, CreditMode::standard);
    const std::vector<Duration> expected =
        play(plain, pieces, [&](Duration length) { return processors.compute(length, 1); });
    ASSERT_EQ(ours, expected) << "seed " << seed;
    if (terms) {
      ASSERT_NEAR(credits->balance(simulation.now()), processors.credits()->balance(plain.now()), 1e-6) << "seed " << seed;
    }
  }
}

TEST(ServerThreadTest, IsALineInFrontOfOneProcessor) { compare(std::nullopt); }

// Earns a quarter of a processor and starts with four seconds of one.
TEST(ServerThreadTest, IsOneWithCpuCreditsToo) {
  compare(CreditTerms{.vcpus = 1, .earned_per_hour = 15, .launch = 4.0 / 60, .unlimited = false});
}

TEST(ServerThreadTest, AnInterruptionEndsEverythingAtOnceAndTheNextBeginsAfresh) {
  sim::Simulation simulation;
  ServerThread thread(simulation);
  std::vector<std::pair<bool, Duration>> ended;
  const auto client = [&](Duration at, Duration length) -> sim::Task<> {
    co_await simulation.delay(at);
    const bool done = co_await thread.work(length);
    ended.emplace_back(done, simulation.now().time_since_epoch());
  };
  simulation.spawn(client(0s, 1s));
  simulation.spawn(client(0s, 5s));
  simulation.spawn(client(0s, 5s));
  simulation.spawn(client(2s, 1s));
  simulation.run_until(sim::Time(2s));
  EXPECT_EQ(thread.waiting(), 2u);
  thread.interrupt();
  thread.interrupt();
  EXPECT_EQ(thread.waiting(), 0u);
  simulation.spawn(client(0s, 1s));
  simulation.run();
  using Row = std::pair<bool, Duration>;
  EXPECT_EQ(ended, (std::vector<Row>{{true, 1s}, {false, 2s}, {false, 2s}, {false, 2s}, {true, 3s}}));
}

}  // namespace
}  // namespace windtunnel::models
