#include "synthetic.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cmath>

#include "base/error.h"
#include "experiment/results_schema.h"
#include "experiment/results_sqlite.h"
#include "sim/random.h"

namespace windtunnel::experiment::testing {
namespace {

using models::Context;
using models::Phase;

constexpr std::string_view small_sheet = R"(
provider: test
region: nowhere
date: 2025-01
lambda_init_billed: true
items:
  fn.duration: {service: functions, unit: GB-s, kind: compute, usd: 0.5, source: made up}
  fn.requests: {service: functions, unit: request, kind: requests, usd: 0.01, source: made up}
  store.puts: {service: store, unit: request, kind: requests, usd: 0.02, source: made up}
  store.kept: {service: store, unit: GB-month, kind: storage, usd: 0.25, source: made up}
  vm.small: {service: vm, unit: hour, kind: machines, usd: 2, source: made up}
)";

sim::Time at(double s) { return sim::Time(from_seconds(s)); }

Flight flight(std::int64_t run_id, models::PriceSheet sheet) {
  Flight result;
  result.journal = std::make_unique<models::Journal>(std::move(sheet));
  RunRecord& run = result.record;
  run.run_id = run_id;
  run.point = run_id;
  run.scenario = "synthetic";
  run.architecture = "spirt";
  run.rule = "mean";
  run.attack = "none";
  run.seed = 7;
  run.scenario_hash = "0123456789abcdef";
  run.scenario_json = "{}";
  run.program_version = "0.1.0";
  run.price_sheet = result.journal->ledger.prices().name;
  run.trajectory.add(run_id);
  run.journal = result.journal.get();
  return result;
}

// Appends spans one after the other.
class Track {
 public:
  Track(models::Journal& journal, std::string_view actor) : journal_(journal), actor_(journal.actors.id(actor)) {}

  Track& add(Phase phase, int round, double seconds) {
    journal_.span({actor_, phase, round}, at(now_), at(now_ + seconds));
    now_ += seconds;
    return *this;
  }
  Track& wait_until(Phase phase, int round, double time) { return time > now_ ? add(phase, round, time - now_) : *this; }
  double now() const { return now_; }
  models::ActorId actor() const { return actor_; }

 private:
  models::Journal& journal_;
  models::ActorId actor_;
  double now_ = 0;
};

struct Shape {
  std::string name, architecture, rule = "mean", attack = "none";
  double compute_s = 4;        // per round, at 1769 MB
  double exchange_s = 1;       // per round
  double final_accuracy = 0.9;
  double memory_mb = 1769;
  int workers = 4, rounds = 12;
  bool functions = true, server = false;
  bool learns = true;
  std::uint64_t seed = 7;
};

// A training run in rough strokes: workers compute, exchange, wait; a server waits and aggregates; things are charged.
Flight fly(std::int64_t run_id, const models::PriceSheet& sheet, const Shape& shape) {
  Flight result = flight(run_id, sheet);
  models::Journal& journal = *result.journal;
  sim::RandomStream random(shape.seed, "synthetic", 0);
  const auto charge = [&](std::string_view item, double quantity, Context context) {
    journal.ledger.charge(journal.ledger.prices().item(item), quantity, context);
  };
  journal.functions.emplace_back("gradient");
  std::vector<Track> workers;
  for (int w = 0; w < shape.workers; ++w) workers.emplace_back(journal, fmt::format("worker-{}", w));
  Track server(journal, "server");
  for (Track& worker : workers) {
    if (!shape.functions) worker.add(Phase::boot, -1, 30);
  }
  if (shape.server) server.add(Phase::boot, -1, 30);
  const double speed = std::min(shape.memory_mb / 1769, 4.0);
  double round_end = 0;
  if (shape.server || !shape.functions) {
    round_end = 30;
    for (Track& worker : workers) worker.wait_until(Phase::ready, -1, round_end);
  }
  journal.begin_training(at(round_end));
  for (int round = 0; round < shape.rounds; ++round) {
    const double start = round_end;
    for (Track& worker : workers) {
      worker.wait_until(Phase::barrier, round, start);
      const bool cold = shape.functions && round == 0;
      if (cold) worker.add(Phase::cold_start, round, random.lognormal(0.5, 0.3));
      worker.add(Phase::fetch, round, 0.3);
      const double compute = shape.compute_s / speed * random.lognormal(0, 0.08);
      const double begun = worker.now();
      worker.add(Phase::compute, round, compute).add(Phase::store, round, 0.2);
      const Context context{worker.actor(), Phase::compute, round};
      if (shape.functions) {
        journal.invocations.push_back({context, 0, worker.actor(), at(begun), at(begun), at(worker.now()), cold,
                                       cold ? from_seconds(0.5) : Duration{}, from_seconds(compute),
                                       models::InvocationStatus::done});
        charge("lambda.duration.x86", compute * shape.memory_mb / 1024, context);
        charge("lambda.requests", 1, context);
      }
      charge("stepfunctions.transitions", 12, context);
      journal.moved(context.in(Phase::store), "database", Bytes{4'000'000});
      round_end = std::max(round_end, worker.now());
    }
    for (Track& worker : workers) {
      worker.wait_until(Phase::barrier, round, round_end);
      worker.add(Phase::aggregate, round, shape.exchange_s * random.lognormal(0, 0.1)).add(Phase::update, round, 0.15);
      journal.moved({worker.actor(), Phase::aggregate, round}, "network", Bytes{12'000'000});
    }
    for (const Track& worker : workers) round_end = std::max(round_end, worker.now());
    if (shape.server) server.wait_until(Phase::idle, round, round_end - 0.5).add(Phase::aggregate, round, 0.5);
    journal.rounds.push_back({round, at(start), at(round_end), shape.workers});
    if (shape.learns) {
      const double progress = 1 - std::exp(-(round + 1) / (shape.rounds / 4.0));
      const double accuracy = 0.1 + (shape.final_accuracy - 0.1) * progress + random.normal(0, 0.004);
      journal.evaluations.push_back({round, at(round_end), workers[0].actor(), 2.3 - 2.1 * progress, accuracy});
      result.record.accuracy = accuracy;
      result.record.loss = 2.3 - 2.1 * progress;
    }
  }
  if (!shape.functions) {
    for (const Track& worker : workers) charge("ec2.c5.large", round_end / 3600, {worker.actor(), Phase::rent, -1});
  }
  if (shape.server) charge("ec2.c5.large", round_end / 3600, {server.actor(), Phase::rent, -1});
  RunRecord& run = result.record;
  run.variant = shape.name;
  run.architecture = shape.architecture;
  run.rule = shape.rule;
  run.attack = shape.attack;
  run.seed = shape.seed;
  run.ended = at(round_end);
  return result;
}

}  // namespace

Flight small_flight(std::int64_t run_id) {
  Flight result = flight(run_id, models::PriceSheet::parse(small_sheet, "test.yaml"));
  models::Journal& journal = *result.journal;
  const models::ActorId a = journal.actors.id("worker-0"), b = journal.actors.id("worker-1"),
                        vm = journal.actors.id("server");
  const auto charge = [&](std::string_view item, double quantity, Context context) {
    journal.ledger.charge(journal.ledger.prices().item(item), quantity, context);
  };
  charge("fn.duration", 1, {a, Phase::compute, 0});
  charge("fn.duration", 3, {b, Phase::compute, 1});
  charge("fn.requests", 10, {a, Phase::compute, 0});
  charge("store.puts", 5, {a, Phase::store, 0});
  charge("store.kept", 2, {b, Phase::store, -1});
  charge("vm.small", 1.5, {vm, Phase::rent, -1});
  journal.functions = {"gradient"};
  using models::InvocationStatus;
  journal.invocations = {
      {{a, Phase::compute, 0}, 0, 0, at(0), at(1), at(3), true, from_seconds(0.75), from_seconds(2.75), InvocationStatus::done},
      {{b, Phase::compute, 0}, 0, 1, at(0), at(2), at(4), true, from_seconds(1.5), from_seconds(3.5), InvocationStatus::done},
      {{a, Phase::compute, 1}, 0, 0, at(5), at(5), at(7.5), false, {}, from_seconds(2.5), InvocationStatus::failed}};
  for (models::Invocation& invocation : journal.invocations) {
    invocation.memory = {1024};
    invocation.tmp = {512};
    invocation.processor = "x86";
    invocation.package = "zip";
  }
  journal.requested({a, Phase::store, 0}, "store.puts", {}, 3);
  journal.requested({b, Phase::store, 0}, "store.puts", {}, 2);
  journal.requested({b, Phase::store, 0}, "queue", Bytes{70'000});
  journal.rentals = {{vm, journal.ledger.prices().item("vm.small"), at(0), at(12.5), from_seconds(1800), 0},
                     {b, journal.ledger.prices().item("vm.small"), at(2), at(12.5), from_seconds(3600), 0.5}};
  journal.workflow_runs = {{{a, Phase::transition, 0}, false, at(0), at(5), 9, 45, {}},
                           {{a, Phase::transition, 1}, true, at(5), at(5.25), 9, 45, {64}},
                           {{b, Phase::transition, 1}, true, at(5), at(5.2), 7, 35, {64}}};
  journal.stored = {{at(0), 1'000'000}, {at(5), 1'500'000}};
  journal.span({a, Phase::cold_start, 0}, at(0), at(1));
  journal.span({a, Phase::compute, 0}, at(1), at(3));
  journal.span({b, Phase::compute, 0}, at(2), at(4));
  journal.span({a, Phase::barrier, 0}, at(3), at(4));
  journal.span({a, Phase::compute, 1}, at(5), at(7.5));
  journal.span({b, Phase::compute, 1}, at(5), at(8));
  journal.span({b, Phase::compute, 1}, at(6), at(12.5));
  journal.moved({a, Phase::store, 0}, "database", Bytes{1500});
  journal.moved({a, Phase::store, 0}, "database", Bytes{500});
  journal.moved({b, Phase::fetch, 1}, "network", Bytes{3000});
  journal.rounds = {{0, at(0), at(5), 2}, {1, at(5), at(12.5), 2}};
  journal.evaluations = {{0, at(5), a, 1.5, 0.5}, {1, at(12.5), a, 0.5, 0.75}};
  journal.faults = {{b, "crash", 1, at(9), "crash at 9 s"}, {vm, "recovered", -1, at(10), ""}};
  result.record.ended = at(12.5);
  result.record.accuracy = 0.75;
  result.record.loss = 0.5;
  return result;
}

std::vector<Flight> quickstart_flights() {
  const models::PriceSheet sheet = models::PriceSheet::named("aws-us-east-1-2025-08");
  std::vector<Flight> flights;
  flights.push_back(fly(0, sheet, {.name = "spirt", .architecture = "spirt", .exchange_s = 1.6}));
  flights.push_back(fly(1, sheet, {.name = "parameter_server", .architecture = "parameter_server", .final_accuracy = 0.899, .server = true}));
  flights.push_back(fly(2, sheet, {.name = "centralized", .architecture = "centralized", .compute_s = 11, .exchange_s = 0.05,
                            .final_accuracy = 0.905, .workers = 1, .functions = false}));
  flights.push_back(fly(3, sheet, {.name = "spirt, attacked, meamed", .architecture = "spirt", .rule = "meamed", .attack = "sign_flip",
                            .exchange_s = 1.9, .final_accuracy = 0.885}));
  flights.push_back(fly(4, sheet, {.name = "spirt, attacked, mean", .architecture = "spirt", .attack = "sign_flip", .exchange_s = 1.6,
                            .final_accuracy = 0.1}));
  return flights;
}

std::vector<Flight> sweep_flights(int replications) {
  const models::PriceSheet sheet = models::PriceSheet::named("aws-us-east-1-2025-08");
  std::vector<Flight> flights;
  std::int64_t point = 0;
  for (const char* architecture : {"spirt", "parameter_server"}) {
    for (int memory : {256, 512, 1024, 1769, 3538, 7076}) {
      for (int replication = 0; replication < replications; ++replication) {
        const bool spirt = std::string_view(architecture) == "spirt";
        Shape shape{.name = architecture, .architecture = architecture, .exchange_s = spirt ? 1.6 : 1.0,
                    .memory_mb = static_cast<double>(memory), .server = !spirt, .learns = false};
        shape.seed = static_cast<std::uint64_t>(1000 + replication);
        Flight flight = fly(static_cast<std::int64_t>(flights.size()), sheet, shape);
        RunRecord& run = flight.record;
        run.scenario = "memory_sweep";
        run.point = point;
        run.replication = replication;
        run.variant.clear();
        run.sweep_values = {{"architecture", architecture}, {"cloud.function.memory", fmt::format("{} MB", memory)}};
        run.point_label = fmt::format("architecture={}, cloud.function.memory={} MB", architecture, memory);
        if (spirt && memory == 256) {
          run.status = Status::infeasible;
          run.reason = "memory too small: 3 gradients and the runtime need 412 MB, the function has 256 MB";
          run.journal = nullptr;
          run.ended = {};
        }
        flights.push_back(std::move(flight));
      }
      ++point;
    }
  }
  return flights;
}

std::vector<Flight> grid_flights() {
  const models::PriceSheet sheet = models::PriceSheet::named("aws-us-east-1-2025-08");
  std::vector<Flight> flights;
  std::int64_t point = 0;
  for (const char* architecture : {"spirt", "parameter_server"}) {
    for (int workers : {2, 4, 8, 16}) {
      for (int memory : {1024, 1769, 3538}) {
        for (int replication = 0; replication < 3; ++replication) {
          Shape shape{.name = architecture, .architecture = architecture, .compute_s = 16.0 / workers,
                      .exchange_s = 0.4 * workers, .final_accuracy = 0.9 - 0.004 * workers,
                      .memory_mb = static_cast<double>(memory), .workers = workers, .rounds = 6};
          shape.seed = static_cast<std::uint64_t>(2000 + replication);
          Flight flight = fly(static_cast<std::int64_t>(flights.size()), sheet, shape);
          flight.record.scenario = "grid";
          flight.record.point = point;
          flight.record.replication = replication;
          flight.record.sweep_values = {{"workers", std::to_string(workers)},
                                        {"functions.memory", fmt::format("{} MB", memory)}};
          flight.record.point_label = fmt::format("workers={}, functions.memory={} MB", workers, memory);
          flights.push_back(std::move(flight));
        }
        ++point;
      }
    }
  }
  return flights;
}

void write(const std::filesystem::path& file, const std::vector<Flight>& flights, Detail detail) {
  Writer writer = Writer::create(file);
  for (const Flight& flight : flights) writer.write(flight.record, detail);
}

std::string dump(const std::filesystem::path& file) {
  const Database database(file, Database::Mode::read);
  std::string text;
  for (const Table& table : tables()) {
    text += fmt::format("{}:\n", table.name);
    Statement query = database.prepare(fmt::format("SELECT * FROM {} ORDER BY {}", table.name, table.key));
    while (query.step()) {
      for (std::size_t i = 0; i < table.columns.size(); ++i) text += query.text(static_cast<int>(i)) + "|";
      text += "\n";
    }
  }
  return text;
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "windtunnel-test-XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr, "Folder: a temporary folder can be made");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace windtunnel::experiment::testing
