#include "architectures/parameter_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "architectures/attackers.h"
#include "architectures/startup.h"
#include "architectures/worker.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/scope.h"

namespace windtunnel::architectures {
namespace {

using models::Context;
using models::Phase;

class Run {
 public:
  Run(Training& training, const ParameterServer& config)
      : t_(training), config_(config), server_(training, config.server, "server", server_memory()),
        attackers_(training, *config.rule), progress_(training.simulation) {
    for (std::int64_t w = 0; w < t_.job.workers; ++w) {
      workers_.push_back({std::make_unique<Worker>(t_, w, config.worker == WorkerKind::machine ? config.worker_machine : "")});
    }
  }

  sim::Task<> train() {
    sim::Scope failures(t_.simulation);
    std::vector<models::SiteId> sites;
    std::vector<Starting> starting;
    starting.push_back({server_.actor(), server_.boot()});
    for (Member& w : workers_) {
      sites.push_back(w.worker->site());
      starting.push_back({w.worker->actor(), w.worker->boot()});
    }
    failures.spawn(t_.faults.disturb(t_.cloud.network, sites, t_.journal.actors.id("network")), "faults");
    co_await start_up(t_, std::move(starting));
    server_.begin(failures);
    for (Member& w : workers_) w.worker->begin(failures);
    std::vector<sim::Task<>> loads;
    for (Member& w : workers_) loads.push_back(w.worker->load());
    co_await sim::all_of(t_.simulation, std::move(loads));
    co_await server_.publish(0);
    co_await server_.run([this](std::int64_t from) {
      return config_.synchronization->staleness() ? asynchronous(from) : synchronous(from);
    });
    for (Member& w : workers_) w.worker->release();
    server_.release();
  }

 private:
  struct Member {
    std::unique_ptr<Worker> worker;
    std::int64_t next_round = 0;  ///< asynchronous: the round it works on
    bool contributes = false;     ///< synchronous: its update of this round is at the server, or to come
  };

  // Rounds: all compute at the same weights, the server waits for all and combines.
  sim::Task<> synchronous(std::int64_t from) {
    has_aggregate_ = false;  // that of a server that crashed went with its memory
    for (std::int64_t round = from; round < t_.job.rounds; ++round) {
      co_await server_.begin_round(round);
      {
        const models::SpanScope barrier(t_.journal, t_.simulation, server_.context(Phase::barrier, round));
        std::vector<sim::Task<>> updates;
        for (Member& w : workers_) updates.push_back(contribute(w, round));
        co_await sim::all_of(t_.simulation, std::move(updates));
      }
      const std::vector<std::string> keys = update_keys();
      require_rows(keys.size(), round);
      const Operation aggregate = Aggregate{"aggregate", config_.rule, keys, {.previous = has_aggregate_ ? "aggregate" : ""}};
      const Operation update = Update{Server::weights, t_.optimizer, "aggregate"};
      co_await server_.apply(aggregate, server_.context(Phase::aggregate, round));
      has_aggregate_ = true;
      attackers_.forget_before(round + 1);
      co_await server_.apply(update, server_.context(Phase::update, round));
      if (round + 1 < t_.job.rounds) co_await server_.publish(round);
      const bool done = co_await finish_round(round, keys.size());
      if (done) co_return;
    }
  }

  sim::Task<> contribute(Member& w, std::int64_t round) {
    w.contributes = true;
    const auto outcome = co_await w.worker->work(w.worker->context(Phase::compute, round), [this, &w, round](Place place) {
      return train_round(w, place, round);
    });
    w.contributes = outcome == Worker::Outcome::done;
    attackers_.others_changed();
  }

  sim::Task<> train_round(Member& w, Place place, std::int64_t round) {
    Worker& worker = *w.worker;
    co_await t_.read_samples(place, worker.index(), t_.job.minibatches, worker.context(Phase::fetch, round));
    co_await pull(worker, place, round);
    const Tensor own = co_await worker.gradient(place, round);
    co_await push(worker, place, round, own);
  }

  sim::Task<> pull(Worker& worker, Place place, std::int64_t round) {
    const Context context = worker.context(Phase::fetch, round);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    if (worker.memory()) worker.memory()->put(Worker::weights, server_.space()->get(Server::weights));
    co_await t_.cloud.network.transfer({.from = server_.host(), .to = place.host, .bytes = t_.update_bytes()}, context,
                                       "network");
    co_await t_.decode(place, 1, context);
  }

  // The mean of the minibatches' gradients, or what a Byzantine worker makes of it while the message is under way.
  sim::Task<> push(Worker& worker, Place place, std::int64_t round, Tensor own) {
    auto sent = std::make_shared<Tensor>(own);
    RealWork forging;
    attackers_.ready(worker.index(), round, own);
    if (t_.forges(worker.index(), round)) {
      {
        const models::SpanScope waiting(t_.journal, t_.simulation, worker.context(Phase::barrier, round));
        co_await attackers_.look(worker.index(), round, [this] { return taking_part(); });
      }
      forging = attackers_.forge({worker.index(), round, taking_part(), previous_aggregate()},
                                 [sent](Tensor forged) { *sent = std::move(forged); });
    }
    const Context context = worker.context(Phase::store, round);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    co_await t_.encode(place, 1, context);
    co_await t_.cloud.network.transfer({.from = place.host, .to = server_.host(), .bytes = t_.update_bytes()}, context,
                                       "network");
    forging.finish();
    const std::string key = update_key(worker);
    if (config_.synchronization->staleness()) {
      const Operation update = Update{Server::weights, t_.optimizer, key};
      const std::function<void()> apply = [this, update, key, sent] { apply_alone(update, key, *sent); };
      co_await server_.receive_and_apply(round, update, apply);
    } else {
      co_await server_.receive(round);
      if (*sent) server_.space()->put(key, *sent);
    }
  }

  Attackers::Workers taking_part() const {
    Attackers::Workers all;
    for (const Member& w : workers_) {
      if (w.contributes) all.push_back(w.worker->index());
    }
    return all;
  }

  Tensor previous_aggregate() const {
    return attackers_.want_previous() && has_aggregate_ ? server_.space()->get("aggregate") : nullptr;
  }

  // Asynchronous: one update after the other. The tensors change when the work ends, on this thread: whoever pulls sees
  // exactly the updates that were applied before.
  void apply_alone(const Operation& update, const std::string& key, const Tensor& sent) {
    if (!sent) return;
    auto scaled = std::make_shared<std::vector<float>>(*sent);
    const float share = 1.0F / static_cast<float>(workers_.size());
    for (float& value : *scaled) value *= share;
    server_.space()->put(key, scaled);
    server_.space()->run(update);
  }

  // Every worker at its own pace; a round is finished when the slowest has finished it.
  sim::Task<> asynchronous(std::int64_t from) {
    finished_ = from;
    stop_ = false;
    std::vector<sim::Task<>> loops;
    for (Member& w : workers_) {
      w.next_round = from;
      if (!w.worker->lost()) loops.push_back(loop(w));
    }
    co_await sim::all_of(t_.simulation, std::move(loops));
    if (loops_ended_early()) require_rows(0, finished_);
  }
  bool loops_ended_early() const { return finished_ < t_.job.rounds && !stop_; }

  sim::Task<> loop(Member& w) {
    while (w.next_round < t_.job.rounds && !stop_) {
      if (w.next_round == finished_) co_await server_.begin_round(finished_);
      {
        const models::SpanScope span(t_.journal, t_.simulation, w.worker->context(Phase::barrier, w.next_round));
        while (w.next_round > finished_ + *config_.synchronization->staleness() && !stop_) co_await progress_;
      }
      if (stop_) co_return;
      co_await contribute(w, w.next_round);
      ++w.next_round;
      co_await advance();
      if (w.worker->lost()) co_return;
    }
  }

  // Finishes the rounds that the slowest worker has left behind.
  sim::Task<> advance() {
    std::int64_t slowest = t_.job.rounds;
    std::size_t present = 0;
    for (const Member& w : workers_) {
      if (w.worker->lost()) continue;
      slowest = std::min(slowest, w.next_round);
      ++present;
    }
    if (present == 0) require_rows(0, finished_);
    while (finished_ < slowest && !stop_) {
      const std::int64_t round = finished_++;
      stop_ = co_await finish_round(round, present);
    }
    progress_.set();
    progress_.reset();
  }

  sim::Task<bool> finish_round(std::int64_t round, std::size_t participants) {
    const bool done = co_await server_.end_round(round);
    for (Member& w : workers_) w.worker->bill(round);
    t_.round_finished(server_.model(round), static_cast<std::int64_t>(participants));
    co_return done;
  }

  void require_rows(std::size_t present, std::int64_t round) const {
    std::int64_t lost = 0;
    for (const Member& w : workers_) lost += w.worker->lost() ? 1 : 0;
    if (present == 0) {
      throw RunError(lost == t_.job.workers
                         ? fmt::format("round {}: no worker is left, all have crashed", round)
                         : fmt::format("round {}: no update arrived: {} workers have crashed, the others cannot be reached",
                                       round, lost));
    }
    if (static_cast<std::int64_t>(present) < config_.rule->minimum_rows()) {
      throw RunError(fmt::format("round {}: {} needs {} updates, {} workers are left", round, config_.rule->label(),
                                 config_.rule->minimum_rows(), present));
    }
  }

  std::vector<std::string> update_keys() const {
    std::vector<std::string> keys;
    for (const Member& w : workers_) {
      if (w.contributes) keys.push_back(update_key(*w.worker));
    }
    return keys;
  }
  static std::string update_key(const Worker& w) { return fmt::format("update/{}", w.index()); }

  // The weights, the optimizer's state, and an update of each worker.
  Memory server_memory() const {
    return t_.computing().holding(t_.update_bytes(), 2 + t_.optimizer->state_vectors() + t_.job.workers);
  }

  Training& t_;
  const ParameterServer& config_;
  Server server_;
  std::vector<Member> workers_;
  Attackers attackers_;
  bool has_aggregate_ = false;  // of the round before
  sim::Event progress_;
  std::int64_t finished_ = 0;  // asynchronous: rounds that all have finished
  bool stop_ = false;
};

}  // namespace

void ParameterServer::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> kinds{"function", "machine"};
  server.describe(f);
  f("worker", worker, kinds, "what a worker is: a function called once per round, or a machine that is kept");
  f("worker_machine", worker_machine, "type of a machine worker");
  f("rule", rule, "how the server combines the workers' updates");
  f("synchronization", synchronization, "whether workers wait for each other");
}

Uses ParameterServer::uses(const JobConfig&) const {
  const bool machines = worker == WorkerKind::machine;
  Uses uses{.functions = !machines, .machines = true, .server = true};
  if (!synchronization->staleness()) {
    uses.rule = &rule;
    uses.attackers_see = Attackers::shown;
  }
  uses.rents.push_back({"machine", server.machine});
  if (machines) uses.rents.push_back({"worker_machine", worker_machine});
  else uses.idle.push_back({"architecture.parameter_server.worker_machine", "the workers are functions"});
  return uses;
}

std::vector<std::string> ParameterServer::problems(const JobConfig&) const { return {}; }

sim::Task<> ParameterServer::run(Training& training) const {
  Run run(training, *this);
  co_await run.train();
}

}  // namespace windtunnel::architectures
