#include "architectures/spirt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "architectures/spirt_peer.h"
#include "architectures/startup.h"
#include "sim/combine.h"

namespace windtunnel::architectures {
namespace spirt {

// The protocol, a state of the workflow at a time (facts 1: steps 1 to 9) -------------------------------------------------

sim::Task<> Peer::steps(std::int64_t round) {
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
sim::Task<> Peer::authenticate(Place here, Context context) { return database_.read_note(here, context); }

/// Steps 1 to 3: a function per minibatch reads it and the weights, computes the gradient, stores it in the database.
sim::Task<> Peer::compute_gradients(std::int64_t round) {
  if (!o_.membership.active(index_)) co_return;
  const Context c = context(Phase::compute, round);
  const models::SpanScope span(t_.journal, t_.simulation, c);
  co_await execution_->map({.name = state_name(State::compute_gradients),
                            .context = c.in(Phase::transition),
                            .items = t_.job.minibatches,
                            .input = note},
                           [this, c](std::int64_t minibatch) {
                             return call(State::compute_gradients, c, [this, c, minibatch](models::Instance& instance) {
                               return compute_gradient(Place(instance), c.round, minibatch);
                             });
                           });
}

sim::Task<> Peer::compute_gradient(Place here, std::int32_t round, std::int64_t minibatch) {
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
sim::Task<> Peer::average_gradients(Place here, Context context) {
  co_await database_.average(here, context);
  database_.forget(context.round - 2);
  if (!t_.adversary.byzantine(context.round).empty()) o_.attackers.ready(index_, context.round, database_.honest_average(context.round));
  if (t_.forges(index_, context.round)) co_await forge(context);
  if (!o_.done[context.round].contains(index_)) {
    const Overlay::Barrier barrier = o_.barrier(context.round);
    co_await barrier->send(here.host, {index_, note}, context);
    o_.done[context.round].insert(index_);
  }
}

/// A Byzantine peer looks at the averages of the others, and puts what it makes of them in the place of its own.
sim::Task<> Peer::forge(Context context) {
  const auto taking_part = [this, context] {
    Attackers::Workers all = o_.membership.members(context.round);
    std::erase_if(all, [this](std::int64_t p) { return !o_.membership.active(p); });
    return all;
  };
  {
    const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::barrier));
    co_await o_.attackers.look(index_, context.round, taking_part);
  }
  const Tensor previous = o_.attackers.want_previous() ? database_.previous_aggregate() : nullptr;
  RealWork forging = o_.attackers.forge({index_, context.round, taking_part(), previous}, [this, context](Tensor forged) {
    database_.replace_average(context.round, forged);
  });
  forging.finish();
}

/// Are the others alive: one round trip to each peer's database, several at once. Then step 6, the barrier.
sim::Task<> Peer::check_heartbeat(Place here, Context context) {
  co_await for_each_of(others_of(context.round), [this, here, context](Peer& other) { return ping(other, here, context); });
  co_await wait_for_all(here, context.in(Phase::barrier));
}

sim::Task<> Peer::wait_for_all(Place here, Context context) {
  const models::SpanScope span(t_.journal, t_.simulation, context);
  const Overlay::Barrier barrier = o_.barrier(context.round);
  sim::Time look = t_.simulation.now() + o_.config.membership.heartbeat_interval;
  while (o_.membership.active(index_)) {
    const std::size_t said = co_await barrier->count(here.host, context);
    if (said >= o_.awaited(context.round)) break;
    if (o_.votes()) {
      if (t_.simulation.now() >= look) co_await look_after(missing_at_barrier(context.round), look, here, context);
      co_await t_.simulation.delay(o_.config.poll_interval);
    }
  }
  if (!o_.votes()) co_await t_.simulation.delay(std::chrono::seconds(5));
}

/// Step 7: the others' averages into the own database; step 8: the rule, inside it.
sim::Task<> Peer::aggregate(Place here, Context context) {
  {
    const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::fetch));
    co_await collect(here, context.in(Phase::fetch));
  }
  if (!o_.membership.active(index_)) co_return;
  co_await database_.aggregate(here, o_.config.rule, o_.membership.fix(index_, context.round), context);
}

/// Each from its own database, then what is missing from those who have a copy.
sim::Task<> Peer::collect(Place here, Context context) {
  sim::Time look = t_.simulation.now() + o_.config.membership.heartbeat_interval;
  for (;;) {
    co_await for_each_of(missing_averages(context.round), [this, here, context](Peer& other) {
      return database_.copy_from(other.database_, other.index_, here, context);
    });
    Membership::Peers missing = missing_averages(context.round);
    if (o_.votes() && !missing.empty()) {
      co_await for_each_of(missing, [this, here, context](Peer& other) { return copy_average(other, here, context); });
      missing = missing_averages(context.round);
    }
    if (missing.empty() || !o_.membership.active(index_)) co_return;
    if (o_.votes() && t_.simulation.now() >= look) co_await look_after(missing, look, here, context);
    co_await t_.simulation.delay(o_.config.poll_interval);
  }
}

sim::Task<> Peer::copy_average(Peer& other, Place here, Context context) {
  for (const std::int64_t p : others_of(context.round)) {
    if (p == other.index_ || !o_.peer(p).database_.has_average(other.index_, context.round)) continue;
    co_await database_.copy_from(o_.peer(p).database_, other.index_, here, context);
    if (database_.has_average(other.index_, context.round)) co_return;
  }
}

/// Step 9, inside the database.
sim::Task<> Peer::update(Place here, Context context) { return database_.update(here, context); }

/// Measures the model in the rounds in which it may have reached the target; looks at a note in all others.
sim::Task<> Peer::check_convergence(Place here, Context context) {
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
sim::Task<> Peer::trigger_next(Place here, Context context) { return t_.cloud.queues.request(here.host, context); }

/// A state of the round, unless the others have dropped it meanwhile.
sim::Task<> Peer::state(State which, Phase phase, std::int64_t round, Step work) {
  if (o_.membership.active(index_)) co_await enter(which, phase, round, work);
}

}  // namespace spirt

namespace {

std::set<std::int64_t> newcomers(const Training& training) {
  std::set<std::int64_t> all;
  for (std::int64_t p = 0; p < training.job.workers; ++p) {
    if (training.faults.joins_at(p)) all.insert(p);
  }
  return all;
}

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
  f("membership", membership, "how peers that do not answer are dropped");
  f("fetch_concurrency", fetch_concurrency, "other peers' databases that a peer talks to at once",
    {.min = 1, .max = 1000, .source = "unverified"});
}

Uses Spirt::uses(const JobConfig& job) const {
  Uses uses{.functions = true,
            .database = true,
            .queue = true,
            .workflow = true,
            .newcomers = fidelity == Fidelity::paper,
            .rule = &rule,
            .at_hand = {.own = true},
            .attackers_see = Attackers::shown};
  uses.deploys.push_back({"step", step});
  uses.idle = idle_settings(step, "architecture.spirt.step");
  uses.idle.push_back({"cloud.network.latency", "every service that a peer talks to has its own latency"});
  const auto members_idle = [&uses](const char* why) {
    for (const char* setting : {"heartbeat_interval", "suspicions", "quorum"}) {
      uses.idle.push_back({fmt::format("architecture.spirt.membership.{}", setting), why});
    }
  };
  if (job.workers == 1) {
    for (const char* setting : {"poll_interval", "fetch_concurrency"}) {
      uses.idle.push_back({fmt::format("architecture.spirt.{}", setting), "a single peer waits for nobody"});
    }
    members_idle("a single peer waits for nobody");
  }
  if (fidelity == Fidelity::as_published) {
    uses.idle.push_back({"architecture.spirt.operations", "the published code averages by a script in the database"});
    uses.idle.push_back({"architecture.spirt.poll_interval", "the published code polls without a pause"});
    members_idle("the published code drops nobody");
    for (const char* setting : {"encode", "decode", "memory_bandwidth", "operations_per_s"}) {
      uses.idle.push_back({fmt::format("cloud.compute.{}", setting), "the published code's tensors are text"});
    }
  }
  return uses;
}

std::vector<std::string> Spirt::problems(const JobConfig&) const { return {}; }

sim::Task<> Spirt::run(Training& training) const {
  spirt::Overlay overlay{
      .training = training,
      .config = *this,
      .format = {format(training.computing()), Choice<aggregation::Rule>(aggregation::rules(), "mean")},
      .membership = Membership(training.job.workers, membership, newcomers(training)),
      .attackers = Attackers(training, *rule)};
  std::vector<models::SiteId> sites;
  std::vector<Starting> starting;
  sim::Scope failures(training.simulation);
  for (std::int64_t p = 0; p < training.job.workers; ++p) {
    spirt::Peer& peer = *overlay.peers.emplace_back(std::make_unique<spirt::Peer>(overlay, p));
    sites.push_back(peer.site());
    if (peer.is_newcomer()) continue;
    starting.push_back({.actor = peer.actor(), .start = peer.database().start(), .by_itself = false});
  }
  failures.spawn(training.faults.disturb(training.cloud.network, sites, training.journal.actors.id("network")), "faults");
  co_await start_up(training, std::move(starting));
  for (const auto& peer : overlay.peers) peer->begin(failures);
  std::vector<sim::Task<>> lives;
  for (const auto& peer : overlay.peers) lives.push_back(peer->live());
  co_await sim::all_of(training.simulation, std::move(lives));
  if (!training.complete()) {
    throw RunError(fmt::format("{} of {} rounds were done: no peer is left that has the model", training.rounds_finished(),
                               training.job.rounds));
  }
  for (const auto& peer : overlay.peers) peer->database().release();
}

}  // namespace windtunnel::architectures
