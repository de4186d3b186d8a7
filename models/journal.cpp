#include "models/journal.h"

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
  static constexpr std::array<std::string_view, 4> names{"done", "failed", "timed_out", "killed"};
  const auto index = static_cast<std::size_t>(status);
  check(index < names.size(), "name: a status");
  return names[index];
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
