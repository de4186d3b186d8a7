#include "architectures/parameter_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "architectures/survive.h"
#include "sim/combine.h"
#include "sim/event.h"
#include "sim/resource.h"
#include "sim/scope.h"

namespace windtunnel::architectures {
namespace {

using models::Context;
using models::HostId;
using models::Phase;

/// Processors that a worker's code finds itself on.
struct Place {
  HostId host;
  double speed = 1;
};

class Run {
 public:
  Run(Training& training, const ParameterServer& config)
      : t_(training), config_(config), server_(training, config.server, "server", server_memory()),
        applying_(training.simulation, 1), progress_(training.simulation) {
    for (std::int64_t w = 0; w < t_.job.workers; ++w) workers_.push_back(worker(w));
  }

  sim::Task<> train() {
    std::vector<models::SiteId> sites;
    for (const Worker& w : workers_) sites.push_back(w.site);
    sim::Scope disturbances(t_.simulation);
    disturbances.spawn(t_.faults.disturb(t_.cloud.network, sites, t_.journal.actors.id("network")), "faults");
    std::vector<sim::Task<>> boots;
    boots.push_back(server_.start());
    if (config_.worker == WorkerKind::machine) {
      for (Worker& w : workers_) boots.push_back(boot(w));
    }
    co_await sim::all_of(t_.simulation, std::move(boots));
    co_await server_.run([this](std::int64_t from) {
      return config_.synchronization->staleness() ? asynchronous(from) : synchronous(from);
    });
    for (Worker& w : workers_) {
      if (w.machine) w.machine->release();
    }
    server_.release();
  }

 private:
  struct Worker {
    std::int64_t index = 0;
    models::ActorId actor = 0;
    bool lost = false;                         ///< crashed for good
    std::int64_t next_round = 0;               ///< asynchronous: the round it works on
    models::SiteId site{};                     ///< its corner of the network, which faults may cut off
    models::FunctionId function = 0;           ///< of a function worker
    std::unique_ptr<models::Machine> machine;  ///< of a machine worker
    std::shared_ptr<TensorSpace> memory;
    Context context(Phase phase, std::int64_t round = -1) const {
      return {actor, phase, static_cast<std::int32_t>(round)};
    }
  };

  // Rounds: all compute at the same weights, the server waits for all and combines.
  sim::Task<> synchronous(std::int64_t from) {
    for (std::int64_t round = from; round < t_.job.rounds; ++round) {
      server_.begin_round(round);
      {
        const models::SpanScope barrier(t_.journal, t_.simulation, server_.context(Phase::barrier, round));
        std::vector<sim::Task<>> updates;
        for (Worker& w : workers_) {
          if (!w.lost) updates.push_back(contribute(w, round));
        }
        co_await sim::all_of(t_.simulation, std::move(updates));
      }
      const std::vector<std::string> keys = update_keys();
      require_rows(keys.size(), round);
      const Operation aggregate = Aggregate{"aggregate", config_.rule, keys};
      const Operation update = Update{Server::weights, t_.optimizer, "aggregate"};
      co_await server_.apply(aggregate, server_.context(Phase::aggregate, round));
      co_await server_.apply(update, server_.context(Phase::update, round));
      co_await server_.end_round(round);
      if (finish_round(round, keys.size())) co_return;
    }
  }

  // Every worker at its own pace; a round is finished when the slowest has finished it.
  sim::Task<> asynchronous(std::int64_t from) {
    finished_ = from;
    stop_ = false;
    std::vector<sim::Task<>> loops;
    for (Worker& w : workers_) {
      w.next_round = from;
      if (!w.lost) loops.push_back(loop(w));
    }
    co_await sim::all_of(t_.simulation, std::move(loops));
  }

  sim::Task<> loop(Worker& w) {
    while (w.next_round < t_.job.rounds && !stop_) {
      if (w.next_round == finished_) server_.begin_round(finished_);
      {
        const models::SpanScope span(t_.journal, t_.simulation, w.context(Phase::barrier, w.next_round));
        while (w.next_round > finished_ + *config_.synchronization->staleness() && !stop_) co_await progress_;
      }
      if (stop_) co_return;
      co_await contribute(w, w.next_round);
      ++w.next_round;
      co_await advance();
      if (w.lost) co_return;
    }
  }

  // Finishes the rounds that the slowest worker has left behind.
  sim::Task<> advance() {
    std::int64_t slowest = t_.job.rounds;
    std::size_t present = 0;
    for (const Worker& w : workers_) {
      if (w.lost) continue;
      slowest = std::min(slowest, w.next_round);
      ++present;
    }
    if (present == 0) require_rows(0, finished_);
    while (finished_ < slowest && !stop_) {
      const std::int64_t round = finished_++;
      co_await server_.end_round(round);
      stop_ = finish_round(round, present);
    }
    progress_.set();
    progress_.reset();
  }

  // One worker's round: an update under its key at the server, or the worker is lost.
  sim::Task<> contribute(Worker& w, std::int64_t round) {
    const Context context = w.context(Phase::compute, round);
    const CrashHooks hooks{.crashed = {}, .recovered = [this, &w, context] { return restart(w, context); }};
    const bool there = co_await survive(t_, {models::TargetKind::worker, w.index}, context,
                                        [this, &w, context] { return attempt(w, context); }, hooks);
    if (!there) w.lost = true;
  }

  sim::Task<> attempt(Worker& w, Context context) {
    if (w.machine) {
      co_await train_round(w, {w.machine->host(), t_.cloud.config.compute.speed(w.machine->type())}, context.round);
      co_return;
    }
    co_await t_.cloud.functions.invoke(w.function, context, {}, [this, &w, context](models::Instance& instance) {
      return train_round(w, {instance.host(), t_.cloud.config.compute.speed(instance.vcpus())}, context.round);
    });
  }

  sim::Task<> restart(Worker& w, Context context) {
    if (w.machine) co_await w.machine->boot(context.in(Phase::boot));
  }

  sim::Task<> train_round(Worker& w, Place place, std::int64_t round) {
    co_await pull(w, place, round);
    std::vector<RealWork> work;
    std::vector<std::string> keys;
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
      keys.push_back(fmt::format("gradient/{}", m));
      work.push_back(t_.start_gradient({w.memory, "model", w.memory, keys.back(), t_.sample(w.index, round, m)}));
    }
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
      const Duration modelled = t_.gradient_time(t_.sample(w.index, round, m), place.speed);
      co_await t_.compute(work[static_cast<std::size_t>(m)], {modelled, place.speed}, w.context(Phase::compute, round));
    }
    co_await push(w, place, round, std::move(keys));
  }

  // Samples (functions remember nothing) and weights.
  sim::Task<> pull(Worker& w, Place place, std::int64_t round) {
    const Context context = w.context(Phase::fetch, round);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    if (!w.machine) co_await t_.cloud.objects.get(place.host, t_.samples_bytes(t_.job.minibatches), context);
    if (w.memory) w.memory->put("model", server_.space()->get(Server::weights));
    co_await move(server_.host(), place.host, context);
  }

  // The mean of the minibatches' gradients, or what a liar makes of it.
  sim::Task<> push(Worker& w, Place place, std::int64_t round, std::vector<std::string> keys) {
    const Operation mean = Aggregate{"update", mean_, keys};
    {
      const models::SpanScope span(t_.journal, t_.simulation, w.context(Phase::average, round));
      const auto touched = t_.touched(mean);
      RealWork work = t_.start([memory = w.memory, mean] { memory->run(mean); });
      const Duration modelled = transfer_time(touched.read + touched.written, t_.cloud.config.compute.memory_bandwidth);
      const Duration duration = t_.lasting(work, modelled);
      co_await t_.simulation.delay(duration);
      work.finish();
    }
    const Context context = w.context(Phase::store, round);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    co_await move(place.host, server_.host(), context);
    if (config_.synchronization->staleness()) {
      co_await apply_alone(w, round);
    } else if (w.memory) {
      server_.space()->put(update_key(w), t_.update_of(w.index, round, w.memory->get("update")));
    }
  }

  // Asynchronous: one update after the other. The tensors change when the work ends, on this thread: whoever pulls sees
  // exactly the updates that were applied before.
  sim::Task<> apply_alone(Worker& w, std::int64_t round) {
    const sim::Lease turn = co_await applying_.acquire();
    const Update update{Server::weights, t_.optimizer, update_key(w)};
    const auto touched = t_.touched(update);
    co_await t_.simulation.delay(
        transfer_time(touched.read + touched.written, t_.cloud.config.compute.memory_bandwidth));
    if (!w.memory) co_return;
    auto scaled = std::make_shared<std::vector<float>>(*t_.update_of(w.index, round, w.memory->get("update")));
    const float share = 1.0F / static_cast<float>(workers_.size());
    for (float& value : *scaled) value *= share;
    server_.space()->put(update.gradient, scaled);
    server_.space()->run(update);
  }

  sim::Task<> move(HostId from, HostId to, Context context) {
    const bool serialized = config_.worker == WorkerKind::function;
    if (serialized) co_await t_.simulation.delay(transfer_time(t_.update_bytes(), config_.serialization));
    co_await t_.cloud.network.transfer({.from = from, .to = to, .bytes = t_.update_bytes()}, context, "network");
  }

  bool finish_round(std::int64_t round, std::size_t participants) {
    for (Worker& w : workers_) {
      if (w.machine) w.machine->bill(w.context(Phase::idle, round));
    }
    const Training::Model model = server_.model(round);
    const bool done = t_.converged(model);
    t_.round_finished(model, static_cast<std::int64_t>(participants));
    return done;
  }

  void require_rows(std::size_t present, std::int64_t round) const {
    if (present == 0) throw RunError(fmt::format("round {}: no worker is left, all have crashed", round));
    if (static_cast<std::int64_t>(present) < config_.rule->minimum_rows()) {
      throw RunError(fmt::format("round {}: {} needs {} updates, {} workers are left", round, config_.rule->label(),
                                 config_.rule->minimum_rows(), present));
    }
  }

  std::vector<std::string> update_keys() const {
    std::vector<std::string> keys;
    for (const Worker& w : workers_) {
      if (!w.lost) keys.push_back(update_key(w));
    }
    return keys;
  }
  static std::string update_key(const Worker& w) { return fmt::format("update/{}", w.index); }

  Worker worker(std::int64_t index) {
    Worker w{.index = index};
    const std::string name = fmt::format("worker-{}", index);
    w.actor = t_.journal.actors.id(name);
    w.site = t_.cloud.network.add_corner(name);
    w.memory = t_.open_memory(name);
    if (config_.worker == WorkerKind::function) {
      models::FunctionSpec spec = t_.cloud.config.function;
      spec.name = fmt::format("gradient[{}]", name);
      spec.site = w.site;
      spec.working_set = t_.cloud.config.compute.working_set(t_.update_bytes());
      w.function = t_.cloud.functions.deploy(std::move(spec));
    }
    return w;
  }

  // Boots, and reads the worker's share of the data set, which it keeps.
  sim::Task<> boot(Worker& w) {
    w.machine = t_.cloud.machines.rent(config_.worker_machine, w.actor, w.site);
    co_await w.machine->boot(w.context(Phase::boot));
    const models::SpanScope span(t_.journal, t_.simulation, w.context(Phase::fetch));
    const Bytes share{t_.workload.sample_bytes.count * t_.workload.samples / t_.job.workers};
    co_await t_.cloud.objects.get(w.machine->host(), share, w.context(Phase::fetch));
  }

  // The weights, the optimizer's state, and an update of each worker.
  Memory server_memory() const {
    const std::int64_t tensors = 2 + t_.optimizer->state_vectors() + t_.job.workers;
    return {t_.cloud.config.compute.runtime_memory.mb + ((t_.update_bytes() * tensors).count >> 20)};
  }

  Training& t_;
  const ParameterServer& config_;
  Server server_;
  std::vector<Worker> workers_;
  Choice<aggregation::Rule> mean_{aggregation::rules(), "mean"};
  sim::Resource applying_;
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
  f("serialization", serialization, "speed at which a function and the server encode and decode an update",
    {.min = 1e3, .max = 1e13, .source = "facts 3"});
}

Uses ParameterServer::uses() const {
  const bool machines = worker == WorkerKind::machine;
  return {.functions = !machines,
          .machines = true,
          .server = true,
          .rule = synchronization->staleness() ? nullptr : &rule};
}

std::vector<std::string> ParameterServer::problems(const JobConfig&) const { return {}; }

sim::Task<> ParameterServer::run(Training& training) const {
  Run run(training, *this);
  co_await run.train();
}

}  // namespace windtunnel::architectures
