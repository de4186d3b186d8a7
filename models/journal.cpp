#include "models/journal.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"

namespace windtunnel::models {

ActorId Actors::id(std::string_view name) {
  const auto [entry, added] = ids_.try_emplace(std::string(name), static_cast<ActorId>(names_.size()));
  if (added) names_.emplace_back(name);
  return entry->second;
}

std::string_view Actors::name(ActorId id) const {
  check(id < names_.size(), "Actors::name: a known actor");
  return names_[id];
}

std::string_view name(InvocationStatus status) {
  static constexpr std::array<std::string_view, 5> names{"done", "failed", "timed_out", "killed", "throttled"};
  const auto index = static_cast<std::size_t>(status);
  check(index < names.size(), "name: a status");
  return names[index];
}

void Journal::begin_training(sim::Time now) {
  if (training_started_) return;
  training_started_ = now;
  charged_before_training_.assign(ledger.prices().items().size(), 0);
  for (const Charge& charge : ledger.charges()) charged_before_training_[charge.item] += charge.quantity;
}

std::vector<double> Journal::startup_quantities() const {
  std::vector<double> total(ledger.prices().items().size());
  for (const Charge& charge : ledger.charges()) total[charge.item] += charge.quantity;
  if (!training_started_) return total;
  std::vector<bool> rented(total.size());
  std::vector<double> early_s(total.size()), whole_s(total.size());
  for (const Rental& rental : rentals) {
    rented[rental.item] = true;
    const double life = to_seconds(rental.released - rental.rented);
    const double early = std::clamp(to_seconds(*training_started_ - rental.rented), 0.0, life);
    const double billed = to_seconds(rental.billed);
    whole_s[rental.item] += billed;
    early_s[rental.item] += life > 0 ? billed * early / life : 0;
  }
  std::vector<double> quantities = charged_before_training_;
  for (std::size_t item = 0; item < total.size(); ++item) {
    if (rented[item]) quantities[item] = whole_s[item] > 0 ? total[item] * early_s[item] / whole_s[item] : 0;
  }
  return quantities;
}

Usd Journal::startup_cost() const {
  if (!training_started_) return ledger.total();
  const std::vector<double> quantities = startup_quantities();
  Usd cost;
  for (ItemId item = 0; item < quantities.size(); ++item) {
    cost += ledger.prices().cost(item, {.before = 0, .quantity = quantities[item]});
  }
  return cost;
}

void Journal::requested(const Context& context, std::string_view operation, Bytes size, std::int64_t count) {
  check(count >= 0 && size.count >= 0, "Journal::requested: counts and sizes are not negative");
  const std::uint64_t hash =
      mix(bits_of(context) + std::hash<std::string_view>{}(operation) + mix(static_cast<std::uint64_t>(size.count)));
  const auto next = static_cast<std::uint32_t>(requests_.size());
  const std::uint32_t row = request_index_.find_or_add(hash, next, [&](std::uint32_t candidate) {
    const Requests& r = requests_[candidate];
    return r.context == context && r.operation == operation && r.size == size;
  });
  if (row == next) requests_.push_back({context, operation, size, 0});
  requests_[row].count += count;
}

void Journal::span(const Context& context, sim::Time start, sim::Time end) {
  check(start <= end, "Journal::span: a span ends after its start");
  spans.push_back({context, start, end});
}

void Journal::moved(const Context& context, std::string_view service, Bytes bytes) {
  check(bytes.count >= 0, "Journal::moved: bytes are not negative");
  const std::uint64_t hash = mix(bits_of(context) + std::hash<std::string_view>{}(service));
  const auto next = static_cast<std::uint32_t>(transfers_.size());
  const std::uint32_t row = transfer_index_.find_or_add(hash, next, [&](std::uint32_t candidate) {
    return transfers_[candidate].context == context && transfers_[candidate].service == service;
  });
  if (row == next) transfers_.push_back({context, service, 0, {}});
  transfers_[row].count += 1;
  transfers_[row].bytes += bytes;
  moved_ += bytes;
}

}  // namespace windtunnel::models
