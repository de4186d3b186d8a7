#include "architectures/spirt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "architectures/startup.h"
#include "sim/combine.h"
#include "sim/for_each.h"

namespace windtunnel::architectures {
namespace {

using models::Context;
using models::Phase;

/// The states of a peer's workflow, in order. ComputeGradients is a map with an iteration per minibatch.
enum class State : std::uint8_t {
  authenticate,
  compute_gradients,
  average_gradients,
  check_heartbeat,
  aggregate,
  update,
  check_convergence,
  trigger_next,
};
constexpr std::array<std::string_view, 8> state_names{"Authenticate", "ComputeGradients", "AverageGradients",
                                                      "CheckHeartbeat", "Aggregate", "Update",
                                                      "CheckConvergence", "TriggerNext"};
constexpr std::string_view name(State state) { return state_names[static_cast<std::size_t>(state)]; }

/// Bytes that announce something on a queue, or that a state passes on.
constexpr Bytes note{256};

class Peer;

/// What the peers share: the synchronisation queue of each round, the functions' settings, the rule.
struct Overlay {
  Training& training;
  const Spirt& config;
  PeerFormat format;
  std::vector<std::unique_ptr<Peer>> peers{};
  std::map<std::int64_t, models::Queue<std::int64_t>> barriers{};  // by round
  std::map<std::int64_t, std::set<std::int64_t>> done{};           // by round: who has said "done"
  std::map<std::int64_t, std::int64_t> finished{};                 // by round: peers that are through it

  models::Queue<std::int64_t>& barrier(std::int64_t round) {
    return barriers.try_emplace(round, training.cloud.queues, fmt::format("sync-{}", round)).first->second;
  }
};

class Peer {
 public:
  Peer(Overlay& overlay, std::int64_t index)
      : o_(overlay), t_(overlay.training), index_(index), name_(fmt::format("peer-{}", index)),
        actor_(t_.journal.actors.id(name_)), site_(t_.cloud.network.add_corner(name_)),
        database_(t_, overlay.format, index, site_),
        life_(t_, {models::TargetKind::worker, index}, actor_,
              {.crashed = [this](const models::Crash&) { database_.fail(); },
               .recover = [this](Context context) -> sim::Task<std::string> {
                 co_await database_.restart(context);
                 co_return std::string();
               }}) {
    deploy();
  }

  models::ActorId actor() const { return actor_; }
  models::SiteId site() const { return site_; }
  PeerDatabase& database() { return database_; }

  void begin(sim::Scope& scope) {
    life_.begin(scope);
    database_.begin(scope);
  }

  /// All rounds, one workflow execution each. A crash interrupts the round under way; a peer that comes back goes on with it.
  sim::Task<> live() {
    for (std::int64_t round = 0; round < t_.job.rounds && !stop_; ++round) {
      const bool there = co_await life_.run_with_recovery(context(Phase::compute, round), [this, round] { return epoch(round); });
      if (!there) co_return;  // The others find out at their barrier.
      leave(round);
    }
  }

 private:
  /// The workflow service remembers which states of a standard execution have ended: an interrupted round goes on with the
  /// next. An express execution begins again. So it is, too, when the own database crashes during a step.
  sim::Task<> epoch(std::int64_t round) {
    for (;;) {
      co_await database_.enter(static_cast<std::int32_t>(round));
      if (execution_round_ != round) {
        execution_.emplace(t_.cloud.workflows.start(context(Phase::transition, round)));
        execution_round_ = round;
      }
      bool interrupted = false;
      try {
        co_await steps(round);
      } catch (const models::DatabaseDown&) {
        interrupted = true;
      }
      if (interrupted) continue;
      execution_->finish();
      co_return;
    }
  }

  // The protocol, a state of the workflow at a time (facts 1: steps 1 to 9) -----------------------------------------------

  sim::Task<> steps(std::int64_t round) {
    co_await state(State::authenticate, Phase::authenticate, round, &Peer::authenticate);
    co_await compute_gradients(round);
    co_await state(State::average_gradients, Phase::average, round, &Peer::average_gradients);
    co_await state(State::check_heartbeat, Phase::heartbeat, round, &Peer::check_heartbeat);
    co_await state(State::aggregate, Phase::aggregate, round, &Peer::aggregate);
    co_await state(State::update, Phase::update, round, &Peer::update);
    co_await state(State::check_convergence, Phase::converge, round, &Peer::check_convergence);
    co_await state(State::trigger_next, Phase::trigger, round, &Peer::trigger_next);
  }

  /// The peer's own token and the list of trusted peers are in its own database.
  sim::Task<> authenticate(Place here, Context context) { return database_.read_note(here, context); }

  /// Steps 1 to 3: a function per minibatch reads it and the weights, computes the gradient, stores it in the database.
  sim::Task<> compute_gradients(std::int64_t round) {
    const Context c = context(Phase::compute, round);
    const models::SpanScope span(t_.journal, t_.simulation, c);
    co_await execution_->map({.name = name(State::compute_gradients),
                              .context = c.in(Phase::transition),
                              .items = t_.job.minibatches,
                              .input = note},
                             [this, c](std::int64_t minibatch) {
                               return call(State::compute_gradients, c, [this, c, minibatch](models::Instance& instance) {
                                 return compute_gradient(Place(instance), c.round, minibatch);
                               });
                             });
  }

  sim::Task<> compute_gradient(Place here, std::int32_t round, std::int64_t minibatch) {
    const learning::Sample sample = t_.sample(index_, round, minibatch);
    RealWork work = t_.start_gradient(
        {database_.space(), PeerDatabase::weights_key, sample},
        [space = database_.space(), key = PeerDatabase::gradient_key(minibatch)](Tensor tensor) { space->put(key, tensor); });
    const Context c{minibatch_actors_[static_cast<std::size_t>(minibatch)], Phase::fetch, round};
    co_await t_.read_samples(here, index_, 1, c);
    {
      const models::SpanScope span(t_.journal, t_.simulation, c);
      co_await database_.fetch_weights(here, c);
    }
    {
      const models::SpanScope span(t_.journal, t_.simulation, c.in(Phase::compute));
      co_await t_.spend(work, t_.gradient_time(sample, here, here.vcpus), here, here.vcpus);
    }
    const models::SpanScope span(t_.journal, t_.simulation, c.in(Phase::store));
    co_await database_.store_gradient(here, minibatch, c.in(Phase::store));
  }

  /// Step 4, inside the database; then step 5, "done" on the synchronisation queue.
  sim::Task<> average_gradients(Place here, Context context) {
    co_await database_.average(here, context);
    database_.forget(context.round - 2);
    if (t_.forges(index_, context.round)) database_.forge(context.round);
    if (!o_.done[context.round].contains(index_)) {
      co_await o_.barrier(context.round).send(here.host, {index_, note}, context);
      o_.done[context.round].insert(index_);
    }
  }

  /// Are the others alive: one round trip to each peer's database, several at once. What is known of those who do not
  /// answer is recorded; the vote on dropping them belongs here. Then step 6, the barrier.
  sim::Task<> check_heartbeat(Place here, Context context) {
    co_await for_others([this, here, context](Peer& other) { return ping(other, here.host, context); });
    co_await wait_for_all(here.host, context.in(Phase::barrier));
  }

  sim::Task<> ping(Peer& other, models::HostId here, Context context) {
    bool answered = true;
    try {
      co_await other.database_.ping(here, context);
    } catch (const models::DatabaseDown&) {
      answered = false;
    }
    if (!answered) {
      t_.journal.faults.push_back({actor_, "heartbeat unanswered", context.round, t_.simulation.now(), other.name_});
    }
  }

  sim::Task<> wait_for_all(models::HostId here, Context context) {
    const models::SpanScope span(t_.journal, t_.simulation, context);
    const bool busy = o_.config.fidelity == Fidelity::as_published;
    auto& queue = o_.barrier(context.round);
    while (co_await queue.count(here, context) < o_.peers.size()) {
      if (!busy) co_await t_.simulation.delay(o_.config.poll_interval);
    }
    if (busy) co_await t_.simulation.delay(std::chrono::seconds(5));
  }

  /// Step 7: the others' averages into the own database; step 8: the rule, inside it.
  sim::Task<> aggregate(Place here, Context context) {
    {
      const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::fetch));
      co_await for_others([this, here, context](Peer& other) {
        return database_.copy_from(other.database_, here, o_.config.poll_interval, context.in(Phase::fetch));
      });
    }
    co_await database_.aggregate(here, o_.config.rule, context);
  }

  /// Step 9, inside the database.
  sim::Task<> update(Place here, Context context) { return database_.update(here, context); }

  /// Measures the model in the rounds in which it may have reached the target; looks at a note in all others.
  sim::Task<> check_convergence(Place here, Context context) {
    if (!t_.decision_due(context.round)) {
      co_await database_.read_note(here, context);
      co_return;
    }
    co_await database_.fetch_weights(here, context);
    co_await t_.load_test_data(here, context);
    co_await t_.evaluate_at(here, context);
    stop_ = t_.converged(database_.model(context.round, actor_));
  }

  /// The next execution is started by a message that carries its round.
  sim::Task<> trigger_next(Place here, Context context) { return t_.cloud.queues.request(here.host, context); }

  // Means to the ends -----------------------------------------------------------------------------------------------------

  using Step = sim::Task<> (Peer::*)(Place, Context);

  /// Enters a state of the workflow, which calls its function, which does `step`.
  sim::Task<> state(State which, Phase phase, std::int64_t round, Step work) {
    const Context c = context(phase, round);
    co_await execution_->state({.name = name(which), .context = c.in(Phase::transition), .input = note},
                               [this, which, c, work] { return run(which, c, work); });
  }

  sim::Task<> run(State which, Context c, Step work) {
    const models::SpanScope span(t_.journal, t_.simulation, c);
    std::optional<std::string> overdue;
    try {
      co_await call(which, c, [this, c, work](models::Instance& instance) { return (this->*work)(Place(instance), c); });
    } catch (const models::InvocationError& error) {
      if (error.kind() != models::InvocationError::Kind::timed_out) throw;
      overdue = error.what();
    }
    if (overdue) {
      throw RunError(fmt::format("{}: {} of round {}: {}{}{}", name_, name(which), c.round, *overdue,
                                 names("not done", [&](Peer& p) { return !o_.done[c.round].contains(p.index_); }),
                                 names("down", [](Peer& p) { return !p.database_.up(); })));
    }
  }

  /// Calls a state's function; each further try is one more step of the workflow.
  sim::Task<> call(State which, Context c, models::Functions::Body body) {
    return t_.cloud.functions.invoke(functions_[static_cast<std::size_t>(which)], c, {note, note}, std::move(body),
                                     execution_->on_retry(c.in(Phase::transition)));
  }

  /// "; down: peer-1, peer-2", or nothing when it is true of nobody.
  template <class Which>
  std::string names(std::string_view what, Which which) const {
    std::string all;
    for (const auto& peer : o_.peers) {
      if (which(*peer)) all += (all.empty() ? "" : ", ") + peer->name_;
    }
    return all.empty() ? "" : fmt::format("; {}: {}", what, all);
  }

  /// Does `work` with every other peer, as many at once as the scenario allows, in order of their numbers.
  template <class Work>
  sim::Task<> for_others(Work work) {
    return sim::for_each(t_.simulation, t_.job.workers - 1, o_.config.fetch_concurrency, [this, work](std::int64_t i) {
      return work(*o_.peers[static_cast<std::size_t>(i < index_ ? i : i + 1)]);
    });
  }

  /// The last peer through a round ends it.
  void leave(std::int64_t round) {
    if (++o_.finished[round] < t_.job.workers) return;
    o_.finished.erase(round);
    o_.done.erase(round);
    o_.barriers.erase(round);
    const Peer& witness = *o_.peers[static_cast<std::size_t>(first_honest(round))];
    t_.round_finished(witness.database_.model(round, witness.actor_), t_.job.workers);
  }

  std::int64_t first_honest(std::int64_t round) const {
    std::int64_t p = 0;
    while (p + 1 < t_.job.workers && t_.adversary.is_byzantine(p, round)) ++p;
    return p;
  }

  void deploy() {
    const TensorFormat& format = o_.format.tensors;
    for (std::size_t s = 0; s < state_names.size(); ++s) {
      const bool gradient = static_cast<State>(s) == State::compute_gradients;
      models::FunctionSpec spec = gradient ? t_.cloud.config.function : o_.config.step;
      spec.name = fmt::format("{}[{}]", state_names[s], name_);
      spec.site = site_;
      spec.working_set = gradient ? t_.worker_memory(1, false)
                                  : t_.computing().holding(format.size(t_.workload.parameters),
                                                           PeerDatabase::tensors_of_a_step(
                                                               format, t_.job, t_.optimizer->state_vectors()));
      functions_.push_back(t_.cloud.functions.deploy(std::move(spec)));
    }
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
      minibatch_actors_.push_back(t_.journal.actors.id(fmt::format("{}/gradient-{}", name_, m)));
    }
  }

  Context context(Phase phase, std::int64_t round) const { return {actor_, phase, static_cast<std::int32_t>(round)}; }

  Overlay& o_;
  Training& t_;
  std::int64_t index_;
  std::string name_;
  models::ActorId actor_;
  models::SiteId site_;
  PeerDatabase database_;
  Lifeline life_;
  std::vector<models::FunctionId> functions_;  // by State
  std::vector<models::ActorId> minibatch_actors_;
  std::optional<models::Execution> execution_;  // of execution_round_
  std::int64_t execution_round_ = -1;
  bool stop_ = false;
};

}  // namespace

Spirt::Spirt() { step.memory = Memory{512}; }

TensorFormat Spirt::format(const ComputeConfig& compute) const {
  if (fidelity == Fidelity::as_published) return published_format();
  return {.encode = compute.encode, .decode = compute.decode, .operations = operations};
}

void Spirt::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> fidelities{"paper", "as_published"};
  static constexpr std::array<std::string_view, 2> places{"in_database", "client"};
  f("rule", rule, "how a peer combines the peers' averages");
  f("fidelity", fidelity, fidelities, "follow the paper's description, or what its published code does");
  f("operations", operations, places,
    "who averages, aggregates and updates: the database, or a function that fetches, calculates and stores");
  f("step", step, "the functions that do not compute gradients");
  f("poll_interval", poll_interval, "pause between two looks at the synchronisation queue",
    {.min = 0.001, .max = 900, .source = "unverified"});
  f("fetch_concurrency", fetch_concurrency, "other peers' databases that a peer talks to at once",
    {.min = 1, .max = 1000, .source = "unverified"});
}

Uses Spirt::uses(const JobConfig& job) const {
  Uses uses{.functions = true, .database = true, .queue = true, .workflow = true, .rule = &rule, .at_hand = {.own = true}};
  uses.deploys.push_back({"step", step});
  uses.idle = idle_settings(step, "architecture.spirt.step");
  uses.idle.push_back({"cloud.network.latency", "every service that a peer talks to has its own latency"});
  if (job.workers == 1) {
    for (const char* setting : {"poll_interval", "fetch_concurrency"}) {
      uses.idle.push_back({fmt::format("architecture.spirt.{}", setting), "a single peer waits for nobody"});
    }
  }
  if (fidelity == Fidelity::as_published) {
    uses.idle.push_back({"architecture.spirt.operations", "the published code averages by a script in the database"});
    uses.idle.push_back({"architecture.spirt.poll_interval", "the published code polls without a pause"});
    for (const char* setting : {"encode", "decode", "memory_bandwidth", "operations_per_s"}) {
      uses.idle.push_back({fmt::format("cloud.compute.{}", setting), "the published code's tensors are text"});
    }
  }
  return uses;
}

std::vector<std::string> Spirt::problems(const JobConfig&) const { return {}; }

sim::Task<> Spirt::run(Training& training) const {
  Overlay overlay{.training = training, .config = *this, 
                  .format = {format(training.computing()), Choice<aggregation::Rule>(aggregation::rules(), "mean")}};
  std::vector<models::SiteId> sites;
  std::vector<Starting> starting;
  sim::Scope failures(training.simulation);
  for (std::int64_t p = 0; p < training.job.workers; ++p) {
    Peer& peer = *overlay.peers.emplace_back(std::make_unique<Peer>(overlay, p));
    sites.push_back(peer.site());
    starting.push_back({.actor = peer.actor(), .start = peer.database().start(), .by_itself = false});
  }
  failures.spawn(training.faults.disturb(training.cloud.network, sites, training.journal.actors.id("network")), "faults");
  co_await start_up(training, std::move(starting));
  for (const auto& peer : overlay.peers) peer->begin(failures);
  std::vector<sim::Task<>> lives;
  for (const auto& peer : overlay.peers) lives.push_back(peer->live());
  co_await sim::all_of(training.simulation, std::move(lives));
  if (!training.complete()) {
    throw RunError(fmt::format("{} of {} rounds were done: no peer is left, all have crashed", training.rounds_finished(),
                               training.job.rounds));
  }
  for (const auto& peer : overlay.peers) peer->database().release();
}

}  // namespace windtunnel::architectures
