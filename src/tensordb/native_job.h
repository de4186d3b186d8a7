// What the TENSOR.* commands that compute have in common: a key that changes, keys that are read, and the two ways from
// one to the other. As a rule the result is computed beside everything and stored when it is there. An operation at
// memory speed whose key has a value that nobody else holds is stored at once, as a promise, and written over the old
// value: no memory for a second one, and less of it to go through.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensordb/arguments.h"
#include "tensordb/job.h"
#include "tensordb/native_math.h"
#include "tensordb/native_replication.h"

namespace windtunnel::tensordb {

class NativeJob : public Job {
 public:
  /// Operations since the module was loaded, by where they wrote.
  struct Counts {
    std::atomic<std::uint64_t> in_place = 0, beside = 0;
  };
  static Counts& counts();

  void gather(redis::Context* context) final;
  bool brief() const final;
  void compute(const JobContext& context) final;
  bool commit(redis::Context* context) final;
  bool settled() const final { return promise_ != nullptr; }

 protected:
  /// What becomes of the value that the key had.
  enum class Change {
    update,          ///< there must be one: the result comes from it
    update_or_make,  ///< the result comes from it if there is one
    overwrite        ///< it goes, and with it the key's time to live
  };
  NativeJob(Change change, std::string_view changed, std::span<const std::string_view> read,
            const Arguments& arguments);

  /// Throws CommandError when the inputs do not go together.
  virtual void check_inputs() const = 0;
  /// Whether the operation cannot fail and takes hardly longer than reading its inputs.
  virtual bool at_memory_speed() const = 0;
  /// Memory that the operation takes beside inputs and result.
  virtual double kept_bytes() const { return 0; }
  virtual Plan plan(Place place) const = 0;

  TensorRef before_;               ///< of the key that changes; null when there is none
  std::vector<TensorRef> inputs_;  ///< of the keys that are read, in order

 private:
  double work() const;
  bool may_be_promised() const;
  void find_inputs(redis::Context* context);
  TensorRef store(redis::Context* context, const TensorRef& result) const;

  Change change_;
  CommandLine command_;
  std::shared_ptr<Promise> promise_;
  TensorRef result_, replaced_;
};

}  // namespace windtunnel::tensordb
