// A whole training without scenario file or results: settings in, journal and weights after every round out.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aggregation/attacks.h"
#include "architectures/architecture.h"
#include "architectures/training.h"

namespace windtunnel::architectures {

/// Sets one setting of a chosen member, as the loader would: the test's way to `rule: {krum: {f: 1}}`.
inline void set(Choosable& choice, std::string_view name, std::int64_t value) {
  struct Setter final : Fields {
    std::string_view name;
    std::int64_t value;
    void field(Field f) override {
      if (f.name != name) return;
      if (auto* whole = std::get_if<std::int64_t*>(&f.target)) **whole = value;
      if (auto* real = std::get_if<double*>(&f.target)) **real = static_cast<double>(value);
    }
  } setter;
  setter.name = name;
  setter.value = value;
  choice.describe(setter);
}

/// Sets a setting of a chosen member to a value of its type, optional or not.
template <class T>
void assign(Choosable& choice, std::string_view name, T value) {
  struct Setter final : Fields {
    std::string_view name;
    T value{};
    void field(Field f) override {
      if (f.name != name) return;
      if constexpr (requires { std::get_if<T*>(&f.target); }) {
        if (auto* plain = std::get_if<T*>(&f.target)) **plain = value;
      }
      if constexpr (requires { std::get_if<std::optional<T>*>(&f.target); }) {
        if (auto* maybe = std::get_if<std::optional<T>*>(&f.target)) **maybe = value;
      }
    }
  } setter;
  setter.name = name;
  setter.value = value;
  choice.describe(setter);
}

/// Chooses a member of a family that is a setting of the chosen member: `{torch: {network: mlp}}`.
inline void choose(Choosable& choice, std::string_view name, std::string_view member) {
  struct Chooser final : Fields {
    std::string_view name, member;
    void field(Field f) override {
      if (f.name == name) std::get<Choosable*>(f.target)->select(member);
    }
  } chooser;
  chooser.name = name;
  chooser.member = member;
  choice.describe(chooser);
}

/// Keeps every model that is evaluated, in order of the evaluations' submission.
class Recording final : public learning::Problem {
 public:
  explicit Recording(std::shared_ptr<const learning::Problem> problem) : problem_(std::move(problem)) {}
  learning::Weights initial() const override { return problem_->initial(); }
  std::int64_t samples_of(int worker) const override { return problem_->samples_of(worker); }
  learning::Gradient gradient(const std::vector<float>& weights, learning::Sample sample) const override {
    return problem_->gradient(weights, sample);
  }
  learning::Quality evaluate(const std::vector<float>& weights) const override {
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(weights);
    }
    return problem_->evaluate(weights);
  }
  std::vector<std::vector<float>> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  std::shared_ptr<const learning::Problem> problem_;
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<float>> seen_;
};

/// Remembers the spaces that it opens, so that the tensors in them can be looked at when all is over.
class Remembering final : public TensorSpaces {
 public:
  std::shared_ptr<TensorSpace> open(const std::string& name) override { return spaces[name] = spaces_->open(name); }
  std::map<std::string, std::shared_ptr<TensorSpace>> spaces;

 private:
  std::unique_ptr<TensorSpaces> spaces_ = local_tensors();
};

/// Settings of a flight; the defaults are a small quadratic problem in a cloud without variation.
struct Flight {
  JobConfig job{.workers = 3, .rounds = 4, .minibatches = 2, .batch_size = 8, .evaluate_every = 1};
  Choice<learning::Learning> learning{learning::problems(), "quadratic"};
  Choice<aggregation::Optimizer> optimizer{aggregation::optimizers(), "sgd"};
  Choice<Architecture> architecture{architectures(), "spirt"};
  models::AdversaryConfig adversary;
  Choice<aggregation::Attack> attack{aggregation::attacks(), "none"};
  models::FaultsConfig faults;
  CloudConfig cloud;
  std::uint64_t seed = 1;
  int threads = 1;  ///< 1: evaluations are seen in order

  struct Landed {
    std::unique_ptr<models::Journal> journal;
    std::vector<std::vector<float>> models;  ///< evaluated weights, round by round
    std::map<std::string, Tensor> weights;   ///< at the end, of each who has a space of its own
    std::string trajectory;
    sim::Time ended{};
    std::string error;  ///< of a RunError; empty when it came to its end
  };

  template <class A>
  A& as() {
    return const_cast<A&>(dynamic_cast<const A&>(*architecture));
  }

  Landed fly() {
    Landed landed;
    landed.journal = std::make_unique<models::Journal>(models::PriceSheet::named(cloud.prices));
    sim::Simulation simulation(seed);
    const Uses uses = architecture->uses(job);
    const learning::Plan plan{.workers = static_cast<int>(job.workers),
                              .minibatches = static_cast<int>(job.minibatches),
                              .batch = job.batch_size,
                              .seed = seed,
                              .pooled = !uses.workers_apart};
    auto problem = learning->problem(plan);
    auto recording = problem ? std::make_shared<Recording>(problem) : nullptr;
    Remembering tensors;
    ThreadPool pool(threads);
    {
      Cloud region(simulation, *landed.journal, cloud);
      
      models::FaultPlan plan_of_faults(simulation, *landed.journal, faults,
                                       {.workers = job.workers,
                                        .databases = uses.database ? job.workers : 0,
                                        .server = uses.server,
                                        .newcomers = uses.newcomers,
                                        .rounds = job.rounds});
      const models::Adversary byzantine(adversary, job.workers, 1);
      Training training({.simulation = simulation,
                         .journal = *landed.journal,
                         .cloud = region,
                         .faults = plan_of_faults,
                         .adversary = byzantine,
                         .job = job,
                         .workload = learning->workload(),
                         .problem = recording,
                         .tensors = recording ? &tensors : nullptr,
                         .pool = recording ? &pool : nullptr,
                         .attack = attack,
                         .optimizer = optimizer,
                         .weighted = uses.workers_apart && (uses.rule == nullptr || (*uses.rule)->takes_weighted_rows()),
                         .observer = {}});
      try {
        simulation.spawn(architecture->run(training), "training");
        simulation.run();
      } catch (const RunError& error) {
        landed.error = error.what();
      }
      training.finish();
      landed.ended = simulation.now();
      landed.trajectory = simulation.trajectory().hex();
    }
    if (recording) landed.models = recording->seen();
    for (const auto& [name, space] : tensors.spaces) {
      try {
        landed.weights[name] = space->get("model");
      } catch (const RunError&) {  // a newcomer that never came
      }
    }
    return landed;
  }
};

/// Units of an item on the bill.
inline double quantity(const models::Journal& journal, std::string_view item) {
  const models::ItemId id = journal.ledger.prices().item(item);
  double sum = 0;
  for (const models::Charge& charge : journal.ledger.charges()) sum += charge.item == id ? charge.quantity : 0;
  return sum;
}

inline std::int64_t faults_of(const models::Journal& journal, std::string_view kind) {
  std::int64_t n = 0;
  for (const models::FaultEvent& event : journal.faults) n += event.kind == kind ? 1 : 0;
  return n;
}

}  // namespace windtunnel::architectures
