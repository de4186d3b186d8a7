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
  charged_before_training_ = ledger.sums().quantity;
}

std::vector<double> Journal::startup_quantities() const {
  const std::vector<double> total = ledger.sums().quantity;
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
  const auto same = [&](const Requests& r) { return r.context == context && r.operation == operation && r.size == size; };
  requests_.at(hash, same, {context, operation, size, 0}).count += count;
}

void Journal::span(const Context& context, sim::Time start, sim::Time end) {
  check(start <= end, "Journal::span: a span ends after its start");
  spans.push_back({context, start, end});
}

void Journal::moved(const Context& context, std::string_view service, Bytes bytes) {
  check(bytes.count >= 0, "Journal::moved: bytes are not negative");
  const std::uint64_t hash = mix(bits_of(context) + std::hash<std::string_view>{}(service));
  const auto same = [&](const Transfer& t) { return t.context == context && t.service == service; };
  Transfer& transfer = transfers_.at(hash, same, {context, service, 0, {}});
  transfer.count += 1;
  transfer.bytes += bytes;
  moved_ += bytes;
}

// Sums ---------------------------------------------------------------------------------------------------------------

void Journal::finished(const Round& round) {
  rounds.push_back(round);
  if (++rounds_since_closing_ < era) return;
  rounds_since_closing_ = 0;
  close_rows(round.end);
}

void Journal::close_rows(sim::Time now) {
  check(training_started_.has_value(), "Journal: rounds come after the start-up");
  if (keep_) {
    ledger.close();
    requests_.close();
    transfers_.close();
    return;
  }
  ledger.close_into_sums();
  requests_.close_into([this](const Requests& row) { closed_requests_.add(row); });
  transfers_.close_into([this](const Transfer& row) { closed_transfers_.add(row); });
  for (const Invocation& row : invocations) closed_invocations_.add(row);
  invocations.clear();
  for (const WorkflowRun& row : workflow_runs) closed_workflows_.add(row);
  workflow_runs.clear();
  sum_up_spans(now);
}

// A span is known when it ends. Of an actor that has some under way, all that began before the oldest of these are known.
void Journal::sum_up_spans(sim::Time now) {
  std::vector<sim::Time> until(actors.size(), now);
  for (const SpanScope* scope = newest_open_; scope != nullptr; scope = scope->older_) {
    until[scope->context_.actor] = scope->start_;
  }
  closed_spans_.add(spans, until, training_started_);
  std::erase_if(spans, [&](const Span& span) { return span.start < until[span.context.actor]; });
}

SpanSums Journal::span_sums() const {
  SpanSums all = closed_spans_;
  all.add(spans, std::vector<sim::Time>(actors.size(), sim::Time::max()), training_started_);
  return all;
}

namespace {

template <class Sums, class Row>
Sums with(Sums sums, const std::vector<Row>& rows) {
  for (const Row& row : rows) sums.add(row);
  return sums;
}

}  // namespace

InvocationSums Journal::invocation_sums() const { return with(closed_invocations_, invocations); }
WorkflowSums Journal::workflow_sums() const { return with(closed_workflows_, workflow_runs); }
RequestSums Journal::request_sums() const { return with(closed_requests_, requests()); }
TransferSums Journal::transfer_sums() const { return with(closed_transfers_, transfers()); }

}  // namespace windtunnel::models
