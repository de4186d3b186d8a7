#include "models/cpu_credits.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/units.h"

namespace windtunnel::models {
namespace {

constexpr double per_credit_s = 60;
constexpr double day_s = 24 * 3600;
// Below this, in vCPU-seconds, a balance is used up: less than any machine uses in a nanosecond.
constexpr double nothing = 1e-9;

}  // namespace

CpuCredits::CpuCredits(const CreditTerms& terms, CreditMode mode, sim::Time now)
    : baseline_(terms.baseline()),
      most_(baseline_ * day_s),
      vcpus_(terms.vcpus),
      unlimited_(mode == CreditMode::with_surplus || (mode == CreditMode::by_type && terms.unlimited)),
      since_(now),
      balance_(unlimited_ ? 0 : terms.launch * per_credit_s) {
  check(vcpus_ > 0 && baseline_ > 0 && baseline_ <= vcpus_ && terms.launch >= 0, "CpuCredits: the terms of a burstable machine");
}

void CpuCredits::advance(sim::Time now) {
  check(now >= since_, "CpuCredits: time does not go back");
  const double length_s = to_seconds(now - since_);
  since_ = now;
  double gain = (baseline_ - demand_) * length_s;
  if (gain >= 0) {  // earned back first, then saved; launch credits may lie above what can be saved
    const double back = std::min(gain, owed_);
    owed_ -= back;
    balance_ = std::max(balance_, std::min(most_, balance_ + gain - back));
    return;
  }
  const double used = std::min(balance_, -gain);
  balance_ -= used;
  if (balance_ < nothing) balance_ = 0;
  if (!unlimited_) return;  // beyond its credits a standard machine had its baseline only
  owed_ += -gain - used;
  const double lost = std::max(0.0, owed_ - most_);
  owed_ -= lost;
  charged_ += lost;
}

void CpuCredits::demand(sim::Time now, double vcpus) {
  check(vcpus > -nothing && vcpus < vcpus_ + nothing, "CpuCredits: no more is busy than there is");
  advance(now);
  demand_ = std::clamp(vcpus, 0.0, vcpus_);
}

double CpuCredits::speed(sim::Time now) {
  advance(now);
  return unlimited_ || balance_ > 0 || demand_ <= baseline_ ? 1 : baseline_ / demand_;
}

std::optional<sim::Time> CpuCredits::next_change(sim::Time now) {
  advance(now);
  if (unlimited_ || balance_ <= 0 || demand_ <= baseline_) return std::nullopt;
  const double left_ns = std::ceil(balance_ / (demand_ - baseline_) * 1e9);
  return now + Duration(std::max<std::int64_t>(1, static_cast<std::int64_t>(left_ns)));
}

double CpuCredits::balance(sim::Time now) {
  advance(now);
  return balance_;
}

double CpuCredits::surplus(sim::Time now) {
  advance(now);
  return charged_ + owed_;
}

}  // namespace windtunnel::models
