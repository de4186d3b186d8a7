// What breaks, and when: crashes, stragglers, lost links and partitions, and who comes later, from the scenario.
// Promise: times of failure depend on the seed and the target only, not on who asks, how often, or what else is simulated;
// each event that takes place leaves one row in Journal::faults.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/units.h"
#include "models/journal.h"
#include "models/network.h"
#include "sim/event.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

enum class TargetKind : int { worker, server, database };
std::string_view name(TargetKind kind);

/// What a crash hits: worker i, the server (index 0), or the database of worker i.
struct Target {
  TargetKind kind = TargetKind::worker;
  std::int64_t index = 0;
  bool operator==(const Target&) const = default;
};

/// One crash, or with a mean time between failures one after the other. Exactly one of at, at_round, mean_time_between_failures.
struct CrashConfig {
  TargetKind target = TargetKind::worker;
  std::optional<std::int64_t> index;  ///< which worker or database, from 0; without it each of them; none for the server
  std::optional<Duration> at;
  std::optional<std::int64_t> at_round;                ///< at the start of that round, from 0
  std::optional<Duration> mean_time_between_failures;  ///< exponential, up time only
  std::optional<Duration> recover_after;               ///< never comes back without it

  void describe(Fields& f);
};

/// A worker that computes `factor` times as long.
struct StragglerConfig {
  std::int64_t worker = 0;
  double factor = 2;
  std::int64_t from_round = 0;
  std::optional<std::int64_t> until_round;  ///< first round at normal speed again

  void describe(Fields& f);
};

/// Two workers that cannot reach each other.
struct LostLinkConfig {
  std::vector<std::int64_t> between;  ///< two workers
  Duration at{0};
  std::optional<Duration> lasts;  ///< to the end without it

  void describe(Fields& f);
};

/// Workers that are cut off from all others and from the region's services.
struct PartitionConfig {
  std::vector<std::int64_t> workers;
  Duration at{0};
  std::optional<Duration> lasts;

  void describe(Fields& f);
};

/// A worker that is not there from the start: it comes when the others are in that round.
struct JoinConfig {
  std::int64_t worker = 0;
  std::int64_t at_round = 1;

  void describe(Fields& f);
};

/// Who there is to hit.
struct Roster {
  std::int64_t workers = 0;
  std::int64_t databases = 0;
  bool server = false;
  bool newcomers = false;  ///< workers may come later
  std::int64_t rounds = 0;
};

struct FaultsConfig {
  std::vector<CrashConfig> crashes;
  std::vector<StragglerConfig> stragglers;
  std::vector<LostLinkConfig> lost_links;
  std::vector<PartitionConfig> partitions;
  std::vector<JoinConfig> joins;

  void describe(Fields& f);
  /// All that is wrong with it for this roster, each as "crashes[1].index: what, what is allowed". Empty: it is fine.
  std::vector<std::string> problems(const Roster& roster) const;
  bool empty() const;
};

/// A crash that takes place now.
struct Crash {
  Target target;
  std::optional<Duration> recover_after;  ///< none: it stays down
};

class FaultPlan {
 public:
  /// Throws InputError with all problems of the config.
  FaultPlan(sim::Simulation& simulation, Journal& journal, FaultsConfig config, const Roster& roster);
  FaultPlan(const FaultPlan&) = delete;
  FaultPlan& operator=(const FaultPlan&) = delete;

  /// Everything is there that may crash: the up time of those with a mean time between failures begins. Crashes by the clock
  /// that were due before do not take place, and are recorded as missed. To be called once, before the first next_crash.
  void begin(Context context);
  /// Completes when the target crashes next by the clock (a time, or its mean time between failures), and records it. Never
  /// completes when no such crash is to come. Asked for while a crash is due already, completes at once. A process that is
  /// killed while it waits leaves the crash to the next one who asks. To ask says that the target works: one whose recovery
  /// nobody reported, because who saw to it was killed, has recovered by now (which is recorded).
  sim::Task<Crash> next_crash(Target target, Context context);
  /// Whether the clock can still make this target crash, i.e. whether next_crash is worth a process.
  bool may_crash(Target target) const;
  /// Whether it can still crash at all, by the clock or at the start of a round.
  bool concerns(Target target) const;
  /// The crash that hits the target at the start of `context.round`, once; records it.
  std::optional<Crash> crash_at_round(Target target, Context context);
  /// To be called when the target works again: records it, and its up time goes on. Crashes that would have hit it while it
  /// was down do not take place.
  void recovered(Target target, Context context, std::string_view detail = {});

  /// The round in which a worker comes that is not there from the start.
  std::optional<std::int64_t> joins_at(std::int64_t worker) const;

  /// Product of the factors of all stragglers that hit this worker in this round: 1 for a healthy one.
  double slowdown(std::int64_t worker, std::int64_t round) const;

  /// Cuts and heals the network at the configured times, and records it; `sites[i]` is the site of worker i. One process,
  /// to be spawned by the job; it ends after the last event.
  sim::Task<> disturb(Network& network, std::vector<SiteId> sites, ActorId actor);

 private:
  /// A configured crash of one target, or the crashes of one mean time between failures.
  struct Pending {
    const CrashConfig* config;
    Target target;
    bool over = false;             ///< will not come (again)
    std::optional<sim::Time> due;  ///< by the clock; none while the target is down and its up time does not pass
    Duration up_time_left{0};      ///< then
    std::optional<sim::RandomStream> intervals;
  };
  Duration draw(Pending& pending) const;
  Pending* next_of(Target target);
  Crash take(Pending& pending, const Context& context);
  bool is_down(Target target) const;
  void record(const Context& context, std::string_view kind, std::string detail);

  sim::Simulation& simulation_;
  Journal& journal_;
  FaultsConfig config_;
  std::vector<Pending> pending_;
  std::vector<Target> down_;  ///< crashed, to come back, and not back yet
  sim::Event changed_;  ///< pulsed when a crash may be to come again
  sim::Time began_;     ///< when up times began
};

}  // namespace windtunnel::models
