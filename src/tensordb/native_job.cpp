#include "tensordb/native_job.h"

#include "base/interruption.h"
#include "tensordb/module_settings.h"
#include "tensordb/keyspace.h"

namespace windtunnel::tensordb {
namespace {

/// Element operations that cost less than handing the work to another thread (about 20 µs).
constexpr double brief_work = 32 * 1024;

/// Bytes that a promised operation reads at most: somebody who cannot wait for a worker (SAVE, a script) waits until it
/// is kept, about a tenth of a second at worst.
constexpr std::int64_t most_promised = std::int64_t{1} << 30;

}  // namespace

NativeJob::NativeJob(Change change, std::string_view changed, std::span<const std::string_view> read,
                     const Arguments& arguments)
    : change_(change), command_(arguments) {
  reads.assign(read.begin(), read.end());
  writes.emplace_back(changed);
}

NativeJob::Counts& NativeJob::counts() {
  static Counts the_counts;
  return the_counts;
}

void NativeJob::find_inputs(redis::Context* context) {
  const std::string& changed = writes[0];
  before_ = change_ == Change::update ? find_tensor(context, changed) : find_tensor_if_any(context, changed);
  inputs_ = find_tensors(context, reads);
  check_inputs();
  if (kept_bytes() > static_cast<double>(max_script_bytes())) throw std::bad_alloc();
}

bool NativeJob::brief() const { return !promise_ && work() <= brief_work; }

/// Element operations, roughly: rules compare rows with each other. Not a whole number: a command has room for a
/// million keys, and their square times the elements is more than one can hold.
double NativeJob::work() const {
  const auto rows = static_cast<double>(inputs_.size());
  return rows * rows * static_cast<double>(inputs_[0]->count());
}

bool NativeJob::may_be_promised() const {
  if (!at_memory_speed() || work() <= brief_work) return false;
  // The key space and this job; another holder would see the value change.
  if (!before_ || !before_->belongs_to(2)) return false;
  const TensorRef& like = inputs_[0];
  if (before_->dtype != like->dtype || before_->count() != like->count()) return false;
  const auto bytes = like->count() * static_cast<std::int64_t>(sizeof(float));
  return bytes * static_cast<std::int64_t>(inputs_.size() + 1) <= most_promised;
}

TensorRef NativeJob::store(redis::Context* context, const TensorRef& result) const {
  return store_tensor(context, writes[0], result, change_ == Change::overwrite ? Ttl::clear : Ttl::keep);
}

void NativeJob::gather(redis::Context* context) {
  find_inputs(context);
  if (!may_be_promised()) return;
  const TensorRef result = promised(plan(Place::over));
  promise_ = result->pending();
  replaced_ = store(context, result);
  command_.replicate(context);
  // Whoever holds a value keeps the next operation from writing over it.
  before_ = {};
  inputs_.clear();
  ++counts().in_place;
}

void NativeJob::compute(const JobContext& context) {
  if (promise_) {
    replaced_ = {};
    promise_->keep();
    return;
  }
  const Watch watch = [&context] {
    if (context.cancelled != nullptr && *context.cancelled) throw CommandError("ERR nobody waits for the result");
    // What comes from a log or a master must have the result that it had there.
    if (!context.from_log && std::chrono::steady_clock::now() >= context.deadline) {
      throw CommandError("ERR the operation took longer than it may (SCRIPT_TIME_LIMIT_MS)");
    }
  };
  const Watched watched(&watch);
  result_ = computed(plan(Place::anew));
}

bool NativeJob::commit(redis::Context* context) {
  if (promise_) return true;
  if (change_ != Change::overwrite && !(find_tensor_if_any(context, writes[0]) == before_)) return false;
  bool same_inputs = true;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    same_inputs = same_inputs && unchanged(context, reads[i], inputs_[i]);
  }
  replaced_ = store(context, result_);
  if (same_inputs) {
    command_.replicate(context);
  } else {
    replicate_tensor(context, writes[0], *result_);
  }
  result_ = {};
  ++counts().beside;
  return true;
}

}  // namespace windtunnel::tensordb
