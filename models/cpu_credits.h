// CPU credits of burstable machines (EC2's t2 and t3, ElastiCache's t3): processors that are all there for a while, and a
// fraction of them for good. A credit is one vCPU at work for one minute; the machine earns credits all the time and uses
// one for each minute of each busy vCPU. Without credits a standard machine has its baseline, the rate at which it earns; an
// unlimited one goes on at full speed and owes the difference, its surplus, which is paid for unless it earns it back.
// Promise: the account is exact for any sequence of demands that are told at the time they change; `speed` holds until the
// next change of demand or `next_change`, whichever comes first.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sim/time.h"

namespace windtunnel::models {

enum class CreditMode : int {
  by_type,    ///< t2 standard, t3 unlimited: what each is launched with unless asked otherwise
  standard,   ///< slows down to the baseline
  with_surplus,  ///< "unlimited": pays for the surplus
};
inline constexpr std::array<std::string_view, 3> credit_mode_names{"by_type", "standard", "unlimited"};

/// What the provider promises for a type of machine.
struct CreditTerms {
  double vcpus = 0;            ///< processors
  double earned_per_hour = 0;  ///< credits; 60 of them an hour are one vCPU for good, so baseline = this / 60 vCPUs
  double launch = 0;           ///< credits that a standard machine starts with
  bool unlimited = false;      ///< its mode by_type

  double baseline() const { return earned_per_hour / 60; }  ///< vCPUs
};

/// The account of one machine, in vCPU-seconds.
class CpuCredits {
 public:
  /// Opened when the machine takes work for the first time.
  CpuCredits(const CreditTerms& terms, CreditMode mode, sim::Time now);

  /// From `now` on the work under way would keep `vcpus` processors busy at full speed. Precondition: 0 to all of them, and
  /// times do not go back (checked).
  void demand(sim::Time now, double vcpus);
  /// The part of full speed that work under way gets at `now`: 1, or less when a standard machine is out of credits.
  double speed(sim::Time now);
  /// When the speed changes by itself, if the demand does not change before.
  std::optional<sim::Time> next_change(sim::Time now);

  /// Saved credits, at most what it earns in 24 hours.
  double balance(sim::Time now);
  /// What an unlimited machine has used beyond its earnings: still to be earned back, or beyond 24 hours' earnings and so
  /// lost. This is what is paid for when the machine is given back at `now`.
  double surplus(sim::Time now);
  bool unlimited() const { return unlimited_; }

 private:
  void advance(sim::Time now);

  double baseline_;  // vCPUs
  double most_;      // that can be saved, or owed before it is charged
  double vcpus_;
  bool unlimited_;
  sim::Time since_;
  double demand_ = 0;
  double balance_;
  double owed_ = 0;
  double charged_ = 0;
};

}  // namespace windtunnel::models
