#include "architectures/centralized.h"

#include "architectures/gradients.h"
#include "architectures/startup.h"
#include "sim/scope.h"

namespace windtunnel::architectures {
namespace {

using models::Phase;

class Run {
 public:
  Run(Training& training, const ServerConfig& config)
      : t_(training), data_(training.workload.sample_bytes * training.workload.samples),
        trainer_(training, config, "trainer", memory(models::machine_type(config.machine))) {}

  sim::Task<> train() {
    sim::Scope failures(t_.simulation);
    std::vector<Starting> starting;
    starting.push_back({trainer_.actor(), trainer_.boot()});
    co_await start_up(t_, std::move(starting));
    trainer_.begin(failures);
    co_await trainer_.run([this](std::int64_t from) { return rounds(from); });
    trainer_.release();
  }

 private:
  // The data are in its memory, which a crash empties.
  sim::Task<> rounds(std::int64_t from) {
    co_await load_data();
    for (std::int64_t round = from; round < t_.job.rounds; ++round) {
      co_await trainer_.begin_round(round);
      Minibatches all{.samples = {}, .from = trainer_.space(), .weights_key = Server::weights};
      for (std::int64_t w = 0; w < t_.job.workers; ++w) {
        for (std::int64_t m = 0; m < t_.job.minibatches; ++m) all.samples.push_back(t_.sample(w, round, m));
      }
      const Tensor gradient =
          co_await mean_gradient(t_, std::move(all), trainer_.place(), trainer_.context(Phase::compute, round));
      if (gradient) trainer_.space()->put("gradient", gradient);
      const Operation update = Update{Server::weights, t_.optimizer, "gradient"};
      co_await trainer_.apply(update, trainer_.context(Phase::update, round));
      const bool done = co_await trainer_.end_round(round);
      t_.round_finished(trainer_.model(round), 1);
      if (done) co_return;
    }
  }

  sim::Task<> load_data() {
    const models::Context context = trainer_.context(Phase::fetch);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    co_await t_.cloud.objects.get(trainer_.host(), data_, context);
  }

  Memory memory(const models::MachineType& machine) const {
    const std::int64_t at_once =
        machine.gpu.empty() ? minibatches_at_once(machine.vcpus, t_.job.workers * t_.job.minibatches) : 1;
    Memory needed = t_.computing().working_set(t_.workload, t_.job.batch_size, at_once);
    needed.mb += (data_.count + t_.update_bytes().count * t_.optimizer->state_vectors()) >> 20;
    return needed;
  }

  Training& t_;
  Bytes data_;
  Server trainer_;
};

}  // namespace

Uses Centralized::uses(const JobConfig& job) const {
  Uses uses{.machines = true, .server = true, .workers_apart = false};
  uses.rents.push_back({"machine", server.machine});
  if (server.checkpoint_every == 0 || server.checkpoint_every > job.rounds) {
    for (const char* part : {"encode", "decode"}) {
      uses.idle.push_back({std::string("cloud.compute.") + part, "no checkpoint is saved, and nothing else is sent"});
    }
  }
  uses.idle.push_back({"learning.torch.partition", "one machine has all data"});
  uses.idle.push_back({"weights", "one machine has all data"});
  uses.idle.push_back({"cloud.network.latency", "the machine talks to the object store only, which has its own latency"});
  for (const models::MachineType& type : models::machine_types()) {
    if (type.name == server.machine && !type.gpu.empty()) {
      uses.idle.push_back({"learning.*.sample_time", "the machine computes on its GPU"});
    }
  }
  return uses;
}

sim::Task<> Centralized::run(Training& training) const {
  Run run(training, server);
  co_await run.train();
}

}  // namespace windtunnel::architectures
