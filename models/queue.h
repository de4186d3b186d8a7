// Message queues (SQS): first in, first out, every request charged per started 64 KB, empty receives and counts too.
// A QueueService is the provider's endpoint; a Queue<T> is one queue whose messages carry a T and a size in bytes.
//
// Promises: each request is in Journal::requests with the size of its message, and what is charged follows from that. A
// message is lost with no receiver: one that was received and not deleted comes back after the visibility time-out, to be
// received, and paid, again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/network.h"
#include "models/phase.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

enum class QueueKind : int { standard, fifo };

struct QueueConfig {
  QueueKind kind = QueueKind::standard;
  /// Round trip of a request from a host of the region, network included. Unverified.
  Choice<Distribution> latency =
      lognormal({.median = std::chrono::milliseconds(10), .p99 = std::chrono::milliseconds(50)});
  Bytes message_limit{1 << 20};  ///< 1 MiB since Aug 2025, 256 KB before (facts 5)
  /// How long a message that was received is hidden from others: the provider's default (API reference of SQS, Nov 2026).
  Duration visibility_timeout = std::chrono::seconds(30);
  void describe(Fields& f);
};

/// A message is larger than the service takes.
class QueueError : public RunError {
 public:
  using RunError::RunError;
};

/// Requests that a message of this size is charged as: one per started 64 KB, at least one (facts 5).
std::int64_t queue_requests(Bytes size);

class QueueService {
 public:
  QueueService(sim::Simulation& simulation, Journal& journal, Network& network, QueueConfig config = {},
               SiteId at = Network::region);

  HostId host() const noexcept { return host_; }

  /// A request without a message (a delete, a purge, an attribute read): its charge and its round trip.
  sim::Task<> request(HostId caller, Context context);
  /// A request that carries a message to the service: the same, and the bytes. Throws QueueError when it is too large.
  sim::Task<> upload(HostId caller, Bytes size, Context context);

  /// A request that may bring a message back: charged when it is made, and for all but the first 64 KB when it is known
  /// what it brings; its row is written at its end, however it ends.
  class Receive {
   public:
    Receive(QueueService& service, HostId caller, Context context);
    ~Receive();
    Receive(const Receive&) = delete;
    Receive& operator=(const Receive&) = delete;
    /// The way to the service, and back when it brings nothing.
    sim::Task<> ask() { return service_.round_trip(caller_, context_); }
    /// The bytes of the message.
    sim::Task<> bring(Bytes size);

   private:
    QueueService& service_;
    HostId caller_;
    Context context_;
    Bytes size_{};
  };

  sim::Time now() const noexcept { return simulation_.now(); }
  const QueueConfig& config() const noexcept { return config_; }

 private:
  sim::Task<> round_trip(HostId caller, Context context);
  void charge(std::int64_t requests, Context context);

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  QueueConfig config_;
  HostId host_;
  std::string_view operation_;  // the item of the price sheet
  ItemId item_;
  ActorStreams latencies_;
};

template <class T>
struct Message {
  T value;
  Bytes size{};
};

/// Operations take a round trip each and record no span: the caller knows what the wait was for. T is copied: a message
/// may be received more than once.
template <class T>
class Queue {
 public:
  Queue(QueueService& service, std::string name) : service_(service), name_(std::move(name)) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// What can be received now, seen from outside of the simulated world (no request).
  std::size_t size() const noexcept {
    const auto back = [now = service_.now()](const Entry& entry) { return entry.back_at <= now; };
    return messages_.size() + static_cast<std::size_t>(std::count_if(hidden_.begin(), hidden_.end(), back));
  }

  /// The message is in the queue when this completes. Throws QueueError when it is too large.
  sim::Task<> send(HostId caller, Message<T> message, Context context) {
    co_await service_.upload(caller, message.size, context);
    messages_.push_back({std::move(message), ++sent_, {}});
  }

  /// The oldest message, or nothing when there is none to receive: a receive, and a delete when there is a message. A
  /// receiver that is killed in between, or is slower than the visibility time-out, leaves the message to others; behind
  /// it, a FIFO queue holds back all the rest.
  sim::Task<std::optional<Message<T>>> receive(HostId caller, Context context) {
    std::optional<Entry> taken;
    {
      QueueService::Receive request(service_, caller, context);
      co_await request.ask();
      taken = hide_oldest();
      if (taken) co_await request.bring(taken->message.size);
    }
    if (!taken) co_return std::nullopt;
    co_await service_.request(caller, context);
    erase(taken->number);
    co_return std::move(taken->message);
  }

  /// The number of messages that can be received. One request.
  sim::Task<std::size_t> count(HostId caller, Context context) {
    co_await service_.request(caller, context);
    co_return size();
  }

  /// Empties the queue. One request.
  sim::Task<> purge(HostId caller, Context context) {
    co_await service_.request(caller, context);
    messages_.clear();
    hidden_.clear();
  }

 private:
  struct Entry {
    Message<T> message;
    std::uint64_t number;  // in the order of arrival
    sim::Time back_at;     // of one that is hidden
  };
  using Entries = std::deque<Entry>;

  static auto find(Entries& entries, std::uint64_t number) {
    return std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.number >= number; });
  }

  // Those whose receivers were too late stand in line again, where they stood.
  void come_back() {
    while (!hidden_.empty() && hidden_.front().back_at <= service_.now()) {
      messages_.insert(find(messages_, hidden_.front().number), std::move(hidden_.front()));
      hidden_.pop_front();
    }
  }

  std::optional<Entry> hide_oldest() {
    come_back();
    const bool held_back = service_.config().kind == QueueKind::fifo && !hidden_.empty();
    if (messages_.empty() || held_back) return std::nullopt;
    Entry entry = std::move(messages_.front());
    messages_.pop_front();
    entry.back_at = service_.now() + service_.config().visibility_timeout;
    hidden_.push_back(entry);
    return entry;
  }

  void erase(std::uint64_t number) {
    for (Entries* entries : {&hidden_, &messages_}) {
      std::erase_if(*entries, [&](const Entry& entry) { return entry.number == number; });
    }
  }

  QueueService& service_;
  std::string name_;
  Entries messages_;  // oldest first
  Entries hidden_;    // in the order of their coming back
  std::uint64_t sent_ = 0;
};

}  // namespace windtunnel::models
