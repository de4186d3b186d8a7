// Functions as a service: call a function, get an instance (warm, cold, or after a wait), run the body in it, pay for
// it. A call always ends in one Invocation row, its charges in the ledger and its waits in spans, however it ends:
// done, failed, timed out, refused, or killed with its caller. A killed call takes its instance with it; one that timed
// out or ran out of memory leaves it to the platform, which repeats INIT inside the next call. Each try that got an
// instance is a request and is charged for its time; one that was refused or killed before is not charged.
//
// Constants: facts 5 (AWS Lambda, us-east-1) and 6.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/cold_start.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/network.h"
#include "models/phase.h"
#include "models/platform.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

/// Instruction set, which decides the price per GB-s.
enum class Processor : int { x86, arm64 };
std::string_view name(Processor processor);

/// After a failure the call is made again up to `times` times, first after `delay`, then after 2 × `delay`, 3 × …
struct Retry {
  std::int64_t times = 0;
  Duration delay = std::chrono::minutes(1);
  void describe(Fields& f);
};

/// What the platform does with a synchronous call beyond its limits of concurrency and scaling.
enum class Throttle : int {
  refuse,  ///< ends it (429, TooManyRequestsException); the caller tries again as its BackOff says
  wait     ///< lets it wait its turn: an ideal queue in front of the platform
};
std::string_view name(Throttle throttle);

/// How a caller goes on after it was refused: before the n-th further try (from 1) it waits min(delay × factor^(n−1),
/// longest), or with `jitter` a uniform part of that.
struct BackOff {
  std::int64_t times = 100;  ///< unverified: some quarter of an hour of trying
  Duration delay = std::chrono::seconds(1);
  double factor = 2;
  Duration longest = std::chrono::seconds(20);
  bool jitter = true;
  void describe(Fields& f);
  /// Precondition: n ≥ 1.
  Duration pause(std::int64_t n, sim::RandomStream& stream) const;
};

/// A function to deploy. `describe` names what a scenario may set; name, working_set and site are the architecture's.
struct FunctionSpec {
  std::string name;
  Memory memory{1769};  ///< 128–10,240 MB; 1769 MB is one vCPU
  Processor processor = Processor::x86;
  ColdStart cold_start;
  Duration timeout = std::chrono::seconds(900);  ///< > 0, at most 900 s
  Memory tmp{512};                               ///< 512–10,240 MB; above 512 MB it is paid for
  Memory working_set{0};                         ///< what every call needs; more than `memory` ends it out of memory
  Retry retry;                                   ///< of synchronous calls, by whoever calls (e.g. the workflow)
  SiteId site = Network::region;                 ///< where its instances are in the network

  void describe(Fields& f);
};

/// The platform of one account in one region.
struct FunctionsConfig {
  PlatformConfig platform;  ///< keep-alive, concurrency, scaling rate
  /// A warm call's way from the caller to the code and back; not billed. Median 18 ms, p99 74 ms (facts 6).
  Choice<Distribution> overhead = lognormal({.median = from_seconds(0.018), .p99 = from_seconds(0.074)});
  Bandwidth bandwidth{100e6};                      ///< of one instance, each way: 800 Mbit/s (facts 7)
  Bytes payload_limit{6'000'000};                  ///< request or response of a synchronous call (facts 5)
  Bytes async_payload_limit{256'000};              ///< request of an asynchronous call (facts 5, before Jan 2026)
  Throttle throttle = Throttle::refuse;            ///< of synchronous calls
  BackOff back_off;                                ///< of those who were refused
  Retry async_retry{.times = 2};                   ///< after 1 and 2 min (facts 5, unverified)
  Duration async_age = std::chrono::hours(6);      ///< an asynchronous call that is older is given up (facts 5, unverified)
  Duration init_limit = std::chrono::seconds(10);  ///< longer INITs start again inside the call (facts 5)

  void describe(Fields& f);
};

/// Sizes of what a call carries there and back.
struct Payload {
  Bytes request{}, response{};
};

/// A platform limit ended the call.
class InvocationError : public RunError {
 public:
  enum class Kind { out_of_memory, payload_too_large, timed_out, throttled };
  InvocationError(Kind kind, const std::string& message) : RunError(message), kind_(kind) {}
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// Share of processors that memory buys: memory / 1769 MB, at most 6 (facts 5).
double vcpus(Memory memory);

/// The copy of a function that serves the present call. Valid during the call.
class Instance {
 public:
  HostId host() const noexcept { return host_; }
  double vcpus() const noexcept { return vcpus_; }
  Memory memory() const noexcept { return memory_; }
  std::uint32_t number() const noexcept { return number_; }  ///< from 0 in order of creation, per platform
  bool cold() const noexcept { return cold_; }               ///< this is its first call
  /// How many tries of the same call ran before this one: 0, after the first retry 1, …; refused tries do not count.
  std::int64_t attempt() const noexcept { return attempt_; }
  /// Data that the instance keeps in memory from call to call while it is warm, for the body to account in: 0 at first
  /// and after INIT was repeated; gone with the instance.
  Bytes& kept() noexcept { return *kept_; }
  /// Says how much memory the body is about to hold. Throws InvocationError(out_of_memory) when that is too much.
  void require(Memory working_set);

 private:
  friend class Functions;
  Instance() = default;
  std::string_view function_;
  HostId host_{};
  double vcpus_ = 0;
  Memory memory_;
  std::uint32_t number_ = 0;
  std::int64_t attempt_ = 0;
  Bytes* kept_ = nullptr;
  bool cold_ = false;
  bool out_of_memory_ = false;
};

class Functions {
 public:
  using Body = std::function<sim::Task<>(Instance&)>;
  using OnRetry = std::function<void()>;

  Functions(sim::Simulation& simulation, Journal& journal, Network& network, FunctionsConfig config);
  ~Functions();
  Functions(const Functions&) = delete;
  Functions& operator=(const Functions&) = delete;

  /// Throws InputError when the specification is out of the platform's ranges.
  FunctionId deploy(FunctionSpec spec);
  const FunctionSpec& spec(FunctionId function) const { return deployed_[function].spec; }
  double vcpus(FunctionId function) const { return models::vcpus(spec(function).memory); }

  /// Calls `function` and completes when the body has. Spans: queued (no instance free), cold_start, invoke (overhead);
  /// the body records its own. `context` labels the row, the charges and those spans; its phase stays with the charges.
  /// Throws InvocationError for platform limits; what the body throws comes out unchanged. RunErrors do so after
  /// `spec.retry` only, the pauses of which are spans `queued`; running out of memory and too large payloads are not
  /// tried again. Refused calls are tried again as `back_off` says. `on_retry` is called before each further try of
  /// either kind; what it throws ends the call. A request that is too large is refused before there is a call: no row,
  /// no charge.
  sim::Task<> invoke(FunctionId function, Context context, Payload payload, Body body, OnRetry on_retry = {});

  /// Hands the call to the platform and returns: the call outlives its caller, waits its turn however full the platform
  /// is, is repeated by `async_retry` when it fails in whatever way, and its last RunError ends with it (the Invocation
  /// rows tell). Throws InvocationError(payload_too_large) at once.
  void invoke_async(FunctionId function, Context context, Payload payload, Body body);

  Platform& platform() noexcept { return platform_; }
  const Platform& platform() const noexcept { return platform_; }

 private:
  class Call;
  struct Deployed {
    FunctionSpec spec;
    ItemId duration_item = 0, init_item = 0;
    std::optional<ItemId> tmp_item, init_tmp_item;  ///< when /tmp is larger than the free part
    sim::RandomStream placements, inits;
  };
  /// What an instance has, by its slot.
  struct Environment {
    HostId host{};
    Bytes kept{};
    bool reset = false;  // the next call repeats INIT
  };
  /// A call with all its tries.
  struct Request {
    FunctionId function = 0;
    Context context;
    Payload payload;
    std::optional<sim::Time> give_up_at;  // of asynchronous calls; none: synchronous
  };
  static constexpr Memory free_tmp{512};

  sim::Task<> repeat(Request request, const Body& body, Retry retry, const OnRetry& on_retry);
  sim::Task<> attempt(Request request, const Body& body, std::int64_t number);
  sim::Task<> run(Instance& instance, const Body& body, Context context, Duration repeated_init, Memory working_set);
  sim::Task<> background(Request request, Body body);
  std::uint64_t stream_index(const std::string& name);
  void require_fits(FunctionId function, std::string_view what, Bytes size, Bytes limit) const;
  void add_host(InstanceId instance, FunctionId function);
  void remove_host(InstanceId instance);

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  FunctionsConfig config_;
  Platform platform_;
  ActorStreams overheads_, back_offs_;
  ItemId requests_item_;
  std::unordered_map<std::string, int> names_;  // how often each was deployed
  std::deque<Deployed> deployed_;               // calls under way refer to them
  std::deque<Environment> environments_;        // by slot of the instance; calls under way refer to them
};

}  // namespace windtunnel::models
