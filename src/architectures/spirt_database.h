// A peer's database as SPIRT uses it: which tensors it holds, what form they have in it, and where the arithmetic on them is
// done: inside the database, or by a function that fetches, calculates and stores.
#pragma once

#include <memory>
#include <string>

#include "architectures/lifeline.h"
#include "architectures/training.h"
#include "models/database.h"

namespace windtunnel::architectures {

/// Who does the arithmetic on tensors in a database.
enum class Operations : int {
  in_database,  ///< the database's own thread, on its own memory
  client        ///< a function: it fetches the tensors, calculates, and stores the result (the baseline of the paper)
};

/// How tensors are held and calculated with.
struct TensorFormat {
  double bytes_per_number = 4;  ///< on the wire and in the database
  Bandwidth encode, decode;     ///< by a function's thread: bytes of the binary tensor per second
  Operations operations = Operations::in_database;
  /// Of a script inside the database: per number of an input, which is read and added, and of a result, which is written. All
  /// 0: the tensors are binary, and the database's native operations take them.
  Duration script_read{0}, script_calculate{0}, script_write{0};

  bool is_script() const { return script_read > Duration(0); }
  Bytes size(std::int64_t numbers) const { return {static_cast<std::int64_t>(bytes_per_number * static_cast<double>(numbers))}; }
};

/// What the peers of one run share; equal results of shared operations are computed once.
struct PeerFormat {
  TensorFormat tensors;
  Choice<aggregation::Rule> mean;
};

/// As the authors' code has it: JSON text, and a Lua script inside Redis.
TensorFormat published_format();

class PeerDatabase {
 public:
  static constexpr const char* weights_key = "model";
  static std::string gradient_key(std::int64_t minibatch);

  PeerDatabase(Training& training, const PeerFormat& format, std::int64_t peer, models::SiteId site);

  /// Rents the node; nothing else may be asked of it before.
  void rent();
  /// The node starts, and holds the initial weights.
  sim::Task<> start();
  /// Crashes of its own may happen from now on.
  void begin(sim::Scope& scope) { lifeline_.begin(scope); }
  /// Waits until it is up; false when it is gone for good. A crash of this round's beginning happens here.
  sim::Task<bool> enter(std::int32_t round);
  /// The peer as a whole goes down or comes back, and its database with it.
  void fail();
  sim::Task<> restart(models::Context context);
  /// Whether it has a model: not after a crash with which its contents went.
  bool has_model() const;
  void release();
  void abandon() { lifeline_.abandon(); }

  // Steps by a function at `place`; spans encode, the rest is the caller's.
  /// A token, a list of peers: bytes that announce something.
  sim::Task<> read_note(Place place, models::Context context);
  sim::Task<> write_list(Place place, models::Context context);
  sim::Task<> ping(models::HostId client, models::Context context) { return database_->ping(client, context); }
  sim::Task<> fetch_weights(Place place, models::Context context);
  sim::Task<> store_gradient(Place place, std::int64_t minibatch, models::Context context);
  /// average(round) := mean of the gradients.
  sim::Task<> average(Place place, models::Context context);
  /// The average of `peer` of this round into this database, through the function at `place`, as it is: from that peer's own
  /// database or from another that has a copy. It is not there afterwards when that one is down, or has it no more.
  sim::Task<> copy_from(PeerDatabase& other, std::int64_t peer, Place place, models::Context context);
  /// Whether the average of `peer` of that round is here, its own or a copy.
  bool has_average(std::int64_t peer, std::int64_t round) const;
  /// aggregate := rule(the averages of the peers named, the own one among them).
  sim::Task<> aggregate(Place place, const Choice<aggregation::Rule>& rule, const std::vector<std::int64_t>& peers,
                        models::Context context);
  /// model := optimizer(model, aggregate). Begun again after a crash, the model is as if it had been begun once.
  sim::Task<> update(Place place, models::Context context);
  /// model := that of `other`, with what the optimizer remembers of it, and with its last aggregate where the rule begins
  /// there. Throws DatabaseDown.
  sim::Task<> take_model(PeerDatabase& other, bool keeps_aggregate, Place place, models::Context context);
  /// Whether both hold the same model, after a look at a digest of the other's. Throws DatabaseDown.
  sim::Task<bool> has_model_of(PeerDatabase& other, Place place, models::Context context);
  /// The own average, as it was before a Byzantine peer replaced it; null where nothing is real.
  Tensor honest_average(std::int64_t round);
  /// What a Byzantine peer sends instead. May be called on the pool.
  void replace_average(std::int64_t round, const Tensor& forged) { space_->put(average_key(round), forged); }
  /// What the last round was aggregated to; null before, and where nothing is real.
  Tensor previous_aggregate() const;
  /// What lies behind in rounds that nobody can ask for any more.
  void forget(std::int64_t round);

  /// Most tensors that a function holds at once for one of these steps.
  static std::int64_t tensors_of_a_step(const TensorFormat& format, const JobConfig& job, std::int64_t state_vectors);

  bool up() const { return database_ && database_->up(); }
  models::ActorId actor() const { return actor_; }
  const std::shared_ptr<TensorSpace>& space() const { return space_; }
  Training::Model model(std::int64_t round, models::ActorId peer) const { return {round, peer, space_, weights_key}; }

 private:
  sim::Task<> calculate(Place place, Operation operation, models::Key out, models::Context context);
  sim::Task<> by_client(Place place, Operation operation, std::shared_ptr<TensorSpace> space, models::Key out,
                        models::Context context);
  static std::string average_key(std::int64_t round);
  RealWork start_copy(const PeerDatabase& other, std::int64_t peer, std::int64_t round);
  Duration script_time(const Operation& operation) const;
  Bytes tensor() const { return format_.size(t_.workload.parameters); }
  sim::Task<> read(Place place, std::int64_t tensors, models::Context context);
  sim::Task<> encode(Place place, std::int64_t tensors, models::Context context);

  Training& t_;
  TensorFormat format_;
  Choice<aggregation::Rule> mean_;
  std::int64_t peer_;
  models::SiteId site_;
  std::string name_;
  models::ActorId actor_;
  std::unique_ptr<models::Database> database_;
  std::shared_ptr<TensorSpace> space_;
  Lifeline lifeline_;
  bool peer_is_down_ = false;
  std::vector<std::int32_t> copied_;   // by peer: the round of the copy of its average
  bool has_aggregate_ = false;         // of the round before
  std::int64_t updated_round_ = -1;  // measured timing: the model holds this round's update already
};

}  // namespace windtunnel::architectures
