#include "architectures/centralized.h"

#include <fmt/format.h>

#include "aggregation/rules.h"

namespace windtunnel::architectures {
namespace {

using models::Phase;

class Run {
 public:
  Run(Training& training, const ServerConfig& config)
      : t_(training), data_(training.workload.sample_bytes * training.workload.samples),
        server_(training, config, "trainer", memory()) {
    for (std::int64_t w = 0; w < t_.job.workers; ++w) shares_.push_back(fmt::format("update/{}", w));
  }

  sim::Task<> train() {
    co_await server_.start();
    co_await load_data();
    co_await server_.run([this](std::int64_t from) { return rounds(from); });
    server_.release();
  }

 private:
  sim::Task<> rounds(std::int64_t from) {
    for (std::int64_t round = from; round < t_.job.rounds; ++round) {
      server_.begin_round(round);
      co_await compute(round);
      for (std::int64_t w = 0; w < t_.job.workers; ++w) {
        const Operation average = Aggregate{shares_[static_cast<std::size_t>(w)], mean_, keys(w)};
        co_await server_.apply(average, server_.context(Phase::average, round));
      }
      const Operation aggregate = Aggregate{"aggregate", mean_, shares_};
      const Operation update = Update{Server::weights, t_.optimizer, "aggregate"};
      co_await server_.apply(aggregate, server_.context(Phase::aggregate, round));
      co_await server_.apply(update, server_.context(Phase::update, round));
      co_await server_.end_round(round);
      const Training::Model model = server_.model(round);
      const bool done = t_.converged(model);
      t_.round_finished(model, 1);
      if (done) co_return;
    }
  }

  sim::Task<> load_data() {
    const models::Context context = server_.context(Phase::fetch);
    const models::SpanScope span(t_.journal, t_.simulation, context);
    co_await t_.cloud.objects.get(server_.host(), data_, context);
  }

  sim::Task<> compute(std::int64_t round) {
    const double speed = t_.cloud.config.compute.speed(server_.type());
    std::vector<RealWork> work;
    std::vector<learning::Sample> samples;
    for (std::int64_t w = 0; w < t_.job.workers; ++w) {
      for (std::int64_t m = 0; m < t_.job.minibatches; ++m) {
        samples.push_back(t_.sample(w, round, m));
        work.push_back(
            t_.start_gradient({server_.space(), Server::weights, server_.space(), key(w, m), samples.back()}));
      }
    }
    for (std::size_t i = 0; i < work.size(); ++i) {
      co_await t_.compute(work[i], {t_.gradient_time(samples[i], speed), speed}, server_.context(Phase::compute, round));
    }
  }

  Memory memory() const {
    Memory needed = t_.cloud.config.compute.working_set(t_.update_bytes());
    needed.mb += data_.count >> 20;
    return needed;
  }
  static std::string key(std::int64_t worker, std::int64_t minibatch) {
    return fmt::format("gradient/{}/{}", worker, minibatch);
  }
  std::vector<std::string> keys(std::int64_t worker) const {
    std::vector<std::string> all;
    for (std::int64_t m = 0; m < t_.job.minibatches; ++m) all.push_back(key(worker, m));
    return all;
  }

  Training& t_;
  Bytes data_;
  Server server_;
  std::vector<std::string> shares_;
  Choice<aggregation::Rule> mean_{aggregation::rules(), "mean"};
};

}  // namespace

sim::Task<> Centralized::run(Training& training) const {
  Run run(training, server);
  co_await run.train();
}

}  // namespace windtunnel::architectures
