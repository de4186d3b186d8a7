#include "architectures/spirt_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>


namespace windtunnel::architectures {
namespace {

using models::Context;
using models::Phase;
using models::Key;

/// Bytes of a token or a list of peers.
constexpr Bytes note{256};

enum class Kind : std::uint8_t { model, state, aggregate, gradient, average, update, list };
constexpr Key key(Kind kind, std::int64_t index = 0) {
  return models::key_of(static_cast<std::uint8_t>(kind), static_cast<std::uint64_t>(index));
}

constexpr const char* aggregate_key = "aggregate";
std::string update_key(std::int64_t peer) { return fmt::format("update/{}", peer); }

}  // namespace

// Measured with bench/published_lua.py, 4 and 16 gradients of 10^6 values, on one core of an AMD EPYC (Redis 7.0, Python 3.11),
// 2026-11-25: per value 22.6 B of JSON, 511 ns to write it and 232 ns to read it in Python; in Lua 190 ns to read, 25 ns to
// add, 297 ns to write.
TensorFormat published_format() {
  return {.bytes_per_number = 22.6,
          .encode = {4 / 511e-9},
          .decode = {4 / 232e-9},
          .script_read = Duration(190),
          .script_calculate = Duration(25),
          .script_write = Duration(297)};
}

// A peer may run ahead of its readers by one round, so an average keeps its round in its name until nobody can ask for it.
std::string PeerDatabase::average_key(std::int64_t round) { return fmt::format("average/{}", round); }

std::string PeerDatabase::gradient_key(std::int64_t minibatch) { return fmt::format("gradient/{}", minibatch); }

PeerDatabase::PeerDatabase(Training& training, const PeerFormat& format, std::int64_t peer, models::SiteId site)
    : t_(training), format_(format.tensors), mean_(format.mean), peer_(peer), site_(site),
      name_(fmt::format("database-{}", peer)), actor_(training.journal.actors.id(name_)),
      space_(training.open(fmt::format("peer-{}", peer))),
      lifeline_(training, {models::TargetKind::database, peer}, actor_,
                {.crashed = [this](const models::Crash&) { database_->fail(); },
                 .recover = [this](Context context) -> sim::Task<std::string> {
                   if (peer_is_down_) co_return fmt::format("database {} comes back with its peer", peer_);
                   co_await database_->restart(context);
                   co_return std::string(has_model() ? "" : "without its contents");
                 }}),
      copied_(static_cast<std::size_t>(training.job.workers), -1) {}

void PeerDatabase::rent() { database_ = t_.cloud.database(name_, site_); }

void PeerDatabase::release() {
  if (database_) database_->release();
}

sim::Task<> PeerDatabase::start() {
  co_await database_->start({actor(), Phase::boot, -1});
  database_->keep(key(Kind::model), tensor());
  if (const int state = t_.optimizer->state_vectors(); state > 0) {
    database_->keep(key(Kind::state), tensor() * state);
  }
  if (space_) space_->put(weights_key, t_.initial_weights());
}

sim::Task<bool> PeerDatabase::enter(std::int32_t round) {
  lifeline_.strike(round);
  co_return co_await lifeline_.until_up();
}

void PeerDatabase::fail() {
  peer_is_down_ = true;
  database_->fail();
}

sim::Task<> PeerDatabase::restart(Context context) {
  peer_is_down_ = false;
  if (!lifeline_.up()) co_return;  // its own recovery does, if there is to be one
  co_await database_->restart(context);
  if (!lifeline_.up()) database_->fail();  // it crashed again meanwhile
}

bool PeerDatabase::has_model() const { return database_->holds(key(Kind::model)); }

sim::Task<> PeerDatabase::read_note(Place place, Context context) { co_await database_->read(place.host, note, context); }

sim::Task<> PeerDatabase::write_list(Place place, Context context) {
  return database_->write(place.host, key(Kind::list), note, context);
}

sim::Task<> PeerDatabase::read(Place place, std::int64_t tensors, Context context) {
  for (std::int64_t i = 0; i < tensors; ++i) co_await database_->read(place.host, tensor(), context);
  const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::encode));
  co_await t_.calculate(place, transfer_time(t_.update_bytes() * tensors, format_.decode));
}

sim::Task<> PeerDatabase::encode(Place place, std::int64_t tensors, Context context) {
  const models::SpanScope span(t_.journal, t_.simulation, context.in(Phase::encode));
  co_await t_.calculate(place, transfer_time(t_.update_bytes() * tensors, format_.encode));
}

sim::Task<> PeerDatabase::fetch_weights(Place place, Context context) { return read(place, 1, context); }

sim::Task<> PeerDatabase::store_gradient(Place place, std::int64_t minibatch, Context context) {
  co_await encode(place, 1, context);
  co_await database_->write(place.host, key(Kind::gradient, minibatch), tensor(), context);
}

sim::Task<> PeerDatabase::average(Place place, Context context) {
  std::vector<std::string> keys;
  for (std::int64_t m = 0; m < t_.job.minibatches; ++m) keys.push_back(gradient_key(m));
  const Operation operation = Aggregate{average_key(context.round), mean_, keys};
  co_await calculate(place, operation, key(Kind::average, context.round), context);
}

sim::Task<> PeerDatabase::copy_from(PeerDatabase& other, std::int64_t peer, Place place, Context context) {
  if (!other.has_average(peer, context.round)) co_return;
  RealWork work = start_copy(other, peer, context.round);
  try {
    co_await other.database_->read(place.host, tensor(), context);
  } catch (const models::DatabaseDown&) {
    co_return;
  }
  if (!other.has_average(peer, context.round)) co_return;
  co_await database_->write(place.host, key(Kind::update, peer), tensor(), context);
  work.finish();
  copied_[static_cast<std::size_t>(peer)] = context.round;
}

// A database that never went down has what was put into it.
bool PeerDatabase::has_average(std::int64_t peer, std::int64_t round) const {
  const bool is_own = peer == peer_;
  if (!database_) return false;
  if (!is_own && copied_[static_cast<std::size_t>(peer)] != round) return false;
  return database_->crashes() == 0 || database_->holds(is_own ? key(Kind::average, round) : key(Kind::update, peer));
}

RealWork PeerDatabase::start_copy(const PeerDatabase& other, std::int64_t peer, std::int64_t round) {
  if (!t_.real()) return {};
  const std::string source = peer == other.peer_ ? average_key(round) : update_key(peer);
  return t_.start([from = other.space_, to = space_, source, key = update_key(peer)] { to->put(key, from->get(source)); });
}

sim::Task<> PeerDatabase::aggregate(Place place, const Choice<aggregation::Rule>& rule,
                                    const std::vector<std::int64_t>& peers, Context context) {
  std::vector<std::string> keys;
  for (const std::int64_t p : peers) keys.push_back(p == peer_ ? average_key(context.round) : update_key(p));
  const Operation operation =
      Aggregate{aggregate_key, rule, keys, {.own = average_key(context.round), .previous = has_aggregate_ ? aggregate_key : ""}};
  co_await calculate(place, operation, key(Kind::aggregate), context);
  has_aggregate_ = true;
}

sim::Task<> PeerDatabase::take_model(PeerDatabase& other, bool keeps_aggregate, Place place, Context context) {
  const std::int64_t state = t_.optimizer->state_vectors();
  for (std::int64_t i = 0; i < 1 + state; ++i) co_await other.database_->read(place.host, tensor(), context);
  const TensorSpace::Snapshot taken = space_ ? other.space_->snapshot(weights_key) : nullptr;
  if (state > 0) co_await database_->write(place.host, key(Kind::state), tensor() * state, context);
  co_await database_->write(place.host, key(Kind::model), tensor(), context);
  if (space_) space_->restore(weights_key, taken);
  if (!keeps_aggregate || !other.has_aggregate_) co_return;
  co_await other.database_->read(place.host, tensor(), context);
  const Tensor aggregate = other.previous_aggregate();
  co_await database_->write(place.host, key(Kind::aggregate), tensor(), context);
  if (aggregate) space_->put(aggregate_key, aggregate);
  has_aggregate_ = true;
}

sim::Task<bool> PeerDatabase::has_model_of(PeerDatabase& other, Place place, Context context) {
  co_await other.database_->read(place.host, note, context);
  co_return !space_ || *space_->get(weights_key) == *other.space_->get(weights_key);
}

// With modelled durations an update takes effect when its time is over. A measured one has to be done first: what a crash
// then interrupts is only its time, and begun again it is not done twice.
sim::Task<> PeerDatabase::update(Place place, Context context) {
  const Operation operation = Update{weights_key, t_.optimizer, aggregate_key};
  co_await calculate(place, operation, key(Kind::model), context);
}

sim::Task<> PeerDatabase::calculate(Place place, Operation operation, Key out, Context context) {
  std::shared_ptr<TensorSpace> space = space_;
  if (t_.measured() && std::holds_alternative<Update>(operation)) {
    if (updated_round_ == context.round) space = nullptr;
    updated_round_ = context.round;
  }
  if (format_.operations == Operations::client) {
    co_await by_client(place, operation, space, out, context);
    co_return;
  }
  const Duration modelled = format_.is_script() ? script_time(operation) : t_.core_time(operation);
  co_await t_.in_database(*database_, place.host, space, operation, modelled, context);
  database_->keep(out, tensor());
}

// Fetch, calculate, store. The tensors change when the result is stored.
sim::Task<> PeerDatabase::by_client(Place place, Operation operation, std::shared_ptr<TensorSpace> space, Key out,
                                    Context context) {
  const bool is_update = std::holds_alternative<Update>(operation);
  const std::int64_t state = is_update ? t_.optimizer->state_vectors() : 0;
  co_await read(place, is_update ? 2 + state : std::ssize(std::get<Aggregate>(operation).keys), context);
  const auto run = [space, operation] {
    if (space) space->run(operation);
  };
  const bool at_the_end = is_update && !t_.measured();
  RealWork work = at_the_end ? RealWork() : t_.start(run);
  co_await t_.calculate(place, t_.lasting(work, t_.core_time(operation)));
  co_await encode(place, 1 + state, context);
  co_await database_->write(place.host, out, tensor(), context);
  if (state > 0) co_await database_->write(place.host, key(Kind::state), tensor() * state, context);
  if (at_the_end) run();
  work.finish();
}

// A script reads every number of its inputs from text, calculates, and writes every number of its results as text. A rule
// that needs more operations than a mean does takes as many times longer for them.
Duration PeerDatabase::script_time(const Operation& operation) const {
  const auto* aggregate = std::get_if<Aggregate>(&operation);
  const std::int64_t state = aggregate != nullptr ? 0 : t_.optimizer->state_vectors();
  const std::int64_t read = aggregate != nullptr ? std::ssize(aggregate->keys) : 2 + state;
  double operations = 1;
  if (aggregate != nullptr) {
    const double mean = mean_->work(read, t_.workload.parameters).flops;
    if (mean > 0) operations = std::max(1.0, t_.work_of(operation).flops / mean);
  }
  const double per_input = to_seconds(format_.script_read) + to_seconds(format_.script_calculate) * operations;
  const double per_number =
      per_input * static_cast<double>(read) + to_seconds(format_.script_write) * static_cast<double>(1 + state);
  return from_seconds(per_number * static_cast<double>(t_.workload.parameters));
}

Tensor PeerDatabase::honest_average(std::int64_t round) { return space_ ? space_->get(average_key(round)) : nullptr; }

Tensor PeerDatabase::previous_aggregate() const {
  return space_ && has_aggregate_ ? space_->get(aggregate_key) : nullptr;
}

void PeerDatabase::forget(std::int64_t round) {
  if (round < 0) return;
  database_->erase(key(Kind::average, round));
  if (space_) space_->erase({average_key(round)});
}

std::int64_t PeerDatabase::tensors_of_a_step(const TensorFormat& format, const JobConfig& job, std::int64_t state_vectors) {
  if (format.operations == Operations::in_database) return 1;
  return std::max({job.minibatches + 1, job.workers + 1, 2 + state_vectors});
}

}  // namespace windtunnel::architectures
