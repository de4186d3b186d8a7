#include "architectures/spirt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "architectures/survive.h"
#include "architectures/training.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"

namespace windtunnel::architectures {
namespace {

using models::Context;
using models::HostId;
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

constexpr const char* weights_key = "model";
constexpr const char* aggregate_key = "aggregate";
std::string gradient_key(std::int64_t minibatch) { return fmt::format("gradient/{}", minibatch); }
std::string update_key(std::int64_t peer) { return fmt::format("update/{}", peer); }
/// A peer may run ahead of its readers by one round, so an average keeps its round in its name until nobody can ask for it.
std::string average_key(std::int64_t round) { return fmt::format("average/{}", round); }

/// What a peer's database holds, by kind and number.
enum class Held : std::uint8_t { model, gradient, average, update, aggregate };
models::Key held(Held what, std::int64_t number = 0) {
  return models::key_of(static_cast<std::uint8_t>(what), static_cast<std::uint64_t>(number));
}

/// Bytes that announce something on a queue, or that a state passes on.
constexpr Bytes note{256};

class Peer;

/// What the peers share: the synchronisation queue of each round, the functions' settings, the rule.
struct Overlay {
  Training& training;
  const Spirt& config;
  std::vector<std::unique_ptr<Peer>> peers;
  Choice<aggregation::Rule> mean{aggregation::rules(), "mean"};
  std::map<std::int64_t, models::Queue<std::int64_t>> barriers;  // by round
  std::map<std::int64_t, std::set<std::int64_t>> done;           // by round: who has said "done"
  std::map<std::int64_t, std::int64_t> finished;                 // by round: peers that are through it

  models::Queue<std::int64_t>& barrier(std::int64_t round) {
    return barriers.try_emplace(round, training.cloud.queues, fmt::format("sync-{}", round)).first->second;
  }
  /// One gradient or average on the wire and in a database: 4 bytes a number, or as text 20 (facts 1).
  Bytes tensor_bytes() const {
    return config.fidelity == Fidelity::as_published ? training.update_bytes() * 5 : training.update_bytes();
  }
};

class Peer {
 public:
  Peer(Overlay& overlay, std::int64_t index)
      : o_(overlay), t_(overlay.training), index_(index), name_(fmt::format("peer-{}", index)),
        actor_(t_.journal.actors.id(name_)), site_(t_.cloud.network.add_corner(name_)),
        database_(t_.cloud.database(fmt::format("database-{}", index), site_)), space_(t_.open(name_)) {
    deploy();
  }

  models::SiteId site() const { return site_; }

  /// All rounds, one workflow execution each. A crash loses the round under way; a peer that comes back begins it again.
  sim::Task<> live() {
    if (space_) space_->put(weights_key, t_.initial_weights());
    database_->keep(held(Held::model), t_.update_bytes());
    const CrashHooks hooks{.crashed = [this] { database_->fail(); }, .recovered = [this] { return restart(); }};
    for (std::int64_t round = 0; round < t_.job.rounds && !stop_; ++round) {
      const bool there = co_await survive(t_, {models::TargetKind::worker, index_}, context(Phase::compute, round),
                                          [this, round] { return epoch(round); }, hooks);
      if (!there) co_return;  // The others find out at their barrier.
      leave(round);
    }
  }

  void release() { database_->release(); }

 private:
  // The protocol, a state of the workflow at a time (facts 1: steps 1 to 9) -----------------------------------------------

  /// A round that was interrupted goes on with the state that had not ended: the workflow service remembers.
  sim::Task<> epoch(std::int64_t round) {
    models::Execution execution = t_.cloud.workflows.start();
    co_await state(execution, State::authenticate, Phase::authenticate, round, &Peer::authenticate);
    co_await compute_gradients(execution, round);
    co_await state(execution, State::average_gradients, Phase::average, round, &Peer::average_gradients);
    co_await state(execution, State::check_heartbeat, Phase::heartbeat, round, &Peer::check_heartbeat);
    co_await state(execution, State::aggregate, Phase::aggregate, round, &Peer::aggregate);
    co_await state(execution, State::update, Phase::update, round, &Peer::update);
    co_await state(execution, State::check_convergence, Phase::converge, round, &Peer::check_convergence);
    co_await state(execution, State::trigger_next, Phase::transition, round, &Peer::trigger_next);
  }

  /// The peer's own token and the list of trusted peers are in its own database.
  sim::Task<> authenticate(HostId here, Context context) { co_await database_->read(here, note, context); }

  /// Steps 1 to 3: a function per minibatch reads it and the weights, computes the gradient, stores it in the database.
  sim::Task<> compute_gradients(models::Execution& execution, std::int64_t round) {
    if (ended(State::compute_gradients, round)) co_return;
    const Context c = context(Phase::compute, round);
    const models::SpanScope span(t_.journal, t_.simulation, c);
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) database_->erase(held(Held::gradient, m));
    co_await execution.map({.items = t_.job.minibatches, .input = note}, c, [this, c](std::int64_t minibatch) {
      return t_.cloud.functions.invoke(functions_[static_cast<std::size_t>(State::compute_gradients)], c, {note, note},
                                       [this, c, minibatch](models::Instance& instance) {
                                         return compute_gradient(instance, c.round, minibatch);
                                       });
    });
    end(State::compute_gradients, round);
  }

  sim::Task<> compute_gradient(models::Instance& instance, std::int32_t round, std::int64_t minibatch) {
    const learning::Sample sample = t_.sample(index_, round, minibatch);
    RealWork work = t_.start_gradient({space_, weights_key, space_, gradient_key(minibatch), sample});
    const Context c{minibatch_actors_[static_cast<std::size_t>(minibatch)], Phase::fetch, round};
    {
      const models::SpanScope span(t_.journal, t_.simulation, c);
      co_await t_.cloud.objects.get(instance.host(), t_.samples_bytes(1), c);
      co_await database_->read(instance.host(), o_.tensor_bytes(), c);
    }
    const double speed = t_.cloud.config.compute.speed(instance.vcpus());
    co_await t_.compute(work, {t_.gradient_time(sample, speed), speed}, c);
    const models::SpanScope span(t_.journal, t_.simulation, c.in(Phase::store));
    co_await database_->write(instance.host(), held(Held::gradient, minibatch), o_.tensor_bytes(), c.in(Phase::store));
  }

  /// Step 4, inside the database; then step 5, "done" on the synchronisation queue.
  sim::Task<> average_gradients(HostId here, Context context) {
    std::vector<std::string> keys;
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) keys.push_back(gradient_key(m));
    const std::string average = average_key(context.round);
    const Operation operation = Aggregate{average, o_.mean, keys};
    co_await t_.in_database(*database_, here, space_, operation, context);
    database_->keep(held(Held::average, context.round), o_.tensor_bytes());
    forget(context.round - 2);
    if (t_.forges(index_, context.round)) {
      space_->put(average, t_.update_of(index_, context.round, space_->get(average)));
    }
    if (!o_.done[context.round].contains(index_)) {
      co_await o_.barrier(context.round).send(here, {index_, note}, context);
      o_.done[context.round].insert(index_);
    }
  }

  /// Are the others alive: one round trip to each peer's database, several at once. What is known of those who do not
  /// answer is recorded; the vote on dropping them belongs here. Then step 6, the barrier.
  sim::Task<> check_heartbeat(HostId here, Context context) {
    co_await for_others([this, here, context](Peer& other) { return ping(other, here, context); });
    co_await wait_for_all(here, context.in(Phase::barrier));
  }

  sim::Task<> ping(Peer& other, HostId here, Context context) {
    bool answered = true;
    try {
      co_await other.database_->ping(here, context);
    } catch (const models::DatabaseDown&) {
      answered = false;
    }
    if (!answered) {
      t_.journal.faults.push_back({actor_, "heartbeat unanswered", context.round, t_.simulation.now(), other.name_});
    }
  }

  sim::Task<> wait_for_all(HostId here, Context context) {
    const models::SpanScope span(t_.journal, t_.simulation, context);
    const bool busy = o_.config.fidelity == Fidelity::as_published;
    auto& queue = o_.barrier(context.round);
    while (co_await queue.count(here, context) < o_.peers.size()) {
      if (!busy) co_await t_.simulation.delay(o_.config.poll_interval);
    }
    if (busy) co_await t_.simulation.delay(std::chrono::seconds(5));
  }

  /// Step 7: the others' averages into the own database; step 8: the rule, inside it.
  sim::Task<> aggregate(HostId here, Context context) {
    {
      const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::fetch));
      co_await for_others([this, here, context](Peer& other) { return copy(other, here, context.in(Phase::fetch)); });
    }
    std::vector<std::string> keys;
    for (std::int64_t p = 0; p < static_cast<std::int64_t>(o_.peers.size()); ++p) {
      keys.push_back(p == index_ ? average_key(context.round) : update_key(p));
    }
    const Operation operation = Aggregate{aggregate_key, o_.config.rule, keys};
    co_await t_.in_database(*database_, here, space_, operation, context);
    database_->keep(held(Held::aggregate), o_.tensor_bytes());
  }

  sim::Task<> copy(Peer& other, HostId here, Context context) {
    RealWork work = t_.start([from = other.space_, to = space_, key = update_key(other.index_),
                              average = average_key(context.round)] { to->put(key, from->get(average)); });
    while (!co_await readable(other, here, context)) co_await t_.simulation.delay(o_.config.poll_interval);
    co_await database_->write(here, held(Held::update, other.index_), o_.tensor_bytes(), context);
    work.finish();
  }

  /// Reads the other's average; false when its database is down.
  sim::Task<bool> readable(Peer& other, HostId here, Context context) {
    try {
      co_await other.database_->read(here, o_.tensor_bytes(), context);
    } catch (const models::DatabaseDown&) {
      co_return false;
    }
    co_return true;
  }

  /// Step 9, inside the database.
  sim::Task<> update(HostId here, Context context) {
    const Operation operation = Update{weights_key, t_.optimizer, aggregate_key};
    co_await t_.in_database(*database_, here, space_, operation, context);
  }

  /// Looks at the model only when there is a target to reach.
  sim::Task<> check_convergence(HostId here, Context context) {
    if (!t_.job.target_accuracy) {
      co_await database_->read(here, note, context);
      co_return;
    }
    co_await database_->read(here, o_.tensor_bytes(), context);
    const double speed = t_.cloud.config.compute.speed(models::vcpus(o_.config.step_memory));
    co_await t_.simulation.delay(from_seconds(t_.workload.evaluation_seconds() / speed));
    stop_ = t_.converged(model(context.round));
  }

  /// The next execution is started by a message that carries its round.
  sim::Task<> trigger_next(HostId here, Context context) { co_await t_.cloud.queues.request(here, context); }

  // Means to the ends -----------------------------------------------------------------------------------------------------

  using Step = sim::Task<> (Peer::*)(HostId, Context);

  /// Enters a state of the workflow, which calls its function, which does `step`.
  sim::Task<> state(models::Execution& execution, State which, Phase phase, std::int64_t round, Step step) {
    if (ended(which, round)) co_return;
    const Context c = context(phase, round);
    co_await execution.transition(c.in(Phase::transition), note);
    const models::SpanScope span(t_.journal, t_.simulation, c);
    std::optional<std::string> overdue;
    try {
      co_await t_.cloud.functions.invoke(
          functions_[static_cast<std::size_t>(which)], c, {note, note},
          [this, c, step](models::Instance& instance) { return (this->*step)(instance.host(), c); });
    } catch (const models::InvocationError& error) {
      if (error.kind() != models::InvocationError::Kind::timed_out) throw;
      overdue = error.what();
    }
    if (overdue) {
      throw RunError(fmt::format("{}: {} of round {}: {}{}{}", name_, state_names[static_cast<std::size_t>(which)], round,
                                 *overdue, names("not done", [&](const Peer& p) { return !o_.done[round].contains(p.index_); }),
                                 names("down", [](const Peer& p) { return !p.database_->up(); })));
    }
    end(which, round);
  }

  bool ended(State state, std::int64_t round) const { return round == ended_round_ && state <= *ended_state_; }
  void end(State state, std::int64_t round) {
    ended_round_ = round;
    ended_state_ = state;
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
  sim::Task<> for_others(std::function<sim::Task<>(Peer&)> work) {
    sim::Resource slots(t_.simulation, o_.config.fetch_concurrency);
    std::vector<sim::Task<>> all;
    for (const auto& peer : o_.peers) {
      if (peer.get() != this) all.push_back(one(slots, work, *peer));
    }
    co_await sim::all_of(t_.simulation, std::move(all));
  }
  static sim::Task<> one(sim::Resource& slots, const std::function<sim::Task<>(Peer&)>& work, Peer& other) {
    const sim::Lease slot = co_await slots.acquire();
    co_await work(other);
  }

  /// A peer that comes back needs its database as it was: weights, averages that others may still read.
  sim::Task<> restart() {
    if (!t_.cloud.config.database.persistent) {
      throw RunError(fmt::format("{} came back, but its database had lost its contents (cloud.database.persistent: false)",
                                 name_));
    }
    database_->recover();
    co_return;
  }

  /// The last peer through a round ends it.
  void leave(std::int64_t round) {
    if (++o_.finished[round] < static_cast<std::int64_t>(o_.peers.size())) return;
    o_.finished.erase(round);
    o_.done.erase(round);
    o_.barriers.erase(round);
    const Peer& witness = *o_.peers[static_cast<std::size_t>(first_honest(round))];
    t_.round_finished(witness.model(round), static_cast<std::int64_t>(o_.peers.size()));
  }

  std::int64_t first_honest(std::int64_t round) const {
    std::int64_t p = 0;
    while (p + 1 < t_.job.workers && t_.adversary.lies(p, round)) ++p;
    return p;
  }

  void forget(std::int64_t round) {
    if (round < 0) return;
    database_->erase(held(Held::average, round));
    if (space_) space_->erase({average_key(round)});
  }

  void deploy() {
    for (std::size_t s = 0; s < state_names.size(); ++s) {
      const bool gradient = static_cast<State>(s) == State::compute_gradients;
      models::FunctionSpec spec = t_.cloud.config.function;
      spec.name = fmt::format("{}[{}]", state_names[s], name_);
      spec.site = site_;
      if (!gradient) spec.memory = o_.config.step_memory;
      // A step holds one tensor at a time, on its way from one database to another.
      spec.working_set = gradient ? t_.cloud.config.compute.working_set(t_.update_bytes())
                                  : Memory{t_.cloud.config.compute.runtime_memory.mb + (o_.tensor_bytes().count >> 20)};
      functions_.push_back(t_.cloud.functions.deploy(std::move(spec)));
    }
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
      minibatch_actors_.push_back(t_.journal.actors.id(fmt::format("{}/gradient-{}", name_, m)));
    }
  }

  Context context(Phase phase, std::int64_t round) const { return {actor_, phase, static_cast<std::int32_t>(round)}; }
  Training::Model model(std::int64_t round) const { return {round, actor_, space_, weights_key}; }

  Overlay& o_;
  Training& t_;
  std::int64_t index_;
  std::string name_;
  models::ActorId actor_;
  models::SiteId site_;
  std::unique_ptr<models::Database> database_;
  std::shared_ptr<TensorSpace> space_;
  std::vector<models::FunctionId> functions_;  // by State
  std::vector<models::ActorId> minibatch_actors_;
  std::int64_t ended_round_ = -1;
  std::optional<State> ended_state_;  // the last one of that round that has ended
  bool stop_ = false;
};

}  // namespace

void Spirt::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> fidelities{"paper", "as_published"};
  f("rule", rule, "how a peer combines the peers' averages");
  f("fidelity", fidelity, fidelities, "follow the paper's description, or what its published code does");
  f("step_memory", step_memory, "memory of the functions that do not compute gradients",
    {.min = 128, .max = 10'240, .source = "[R]"});
  f("poll_interval", poll_interval, "pause between two looks at the synchronisation queue",
    {.min = 0.001, .max = 900, .source = "[R]"});
  f("fetch_concurrency", fetch_concurrency, "other peers' databases that a peer talks to at once",
    {.min = 1, .max = 1000, .source = "[R]"});
}

Uses Spirt::uses() const {
  return {.functions = true, .database = true, .queue = true, .workflow = true, .rule = &rule};
}

std::vector<std::string> Spirt::problems(const JobConfig&) const { return {}; }

sim::Task<> Spirt::run(Training& training) const {
  Overlay overlay{.training = training, .config = *this};
  std::vector<models::SiteId> sites;
  for (std::int64_t p = 0; p < training.job.workers; ++p) {
    overlay.peers.push_back(std::make_unique<Peer>(overlay, p));
    sites.push_back(overlay.peers.back()->site());
  }
  sim::Scope disturbances(training.simulation);
  disturbances.spawn(training.faults.disturb(training.cloud.network, sites, training.journal.actors.id("network")),
                     "faults");
  std::vector<sim::Task<>> lives;
  for (const auto& peer : overlay.peers) lives.push_back(peer->live());
  co_await sim::all_of(training.simulation, std::move(lives));
  for (const auto& peer : overlay.peers) peer->release();
}

}  // namespace windtunnel::architectures
