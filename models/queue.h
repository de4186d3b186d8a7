// Message queues (SQS): first in, first out, every request charged per started 64 KB, empty receives and counts too.
// A QueueService is the provider's endpoint; a Queue<T> is one queue whose messages carry a T and a size in bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/fields.h"
#include "base/units.h"
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
  /// Round trip of a request from a host of the region, network included. [R]
  Choice<Distribution> latency =
      lognormal({.median = std::chrono::milliseconds(10), .p99 = std::chrono::milliseconds(50)});
  Bytes message_limit{1 << 20};  ///< 1 MiB since Aug 2025, 256 KB before (facts 5)
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

  /// A request without a message (an empty receive, a delete, an attribute read): its charge and its round trip.
  sim::Task<> request(HostId caller, Context context);
  /// A request that carries a message to the service: the same, and the bytes. Throws QueueError when it is too large.
  sim::Task<> upload(HostId caller, Bytes size, Context context);
  /// The bytes of a message that a request brings back, with the charge for all but the first 64 KB.
  sim::Task<> download(HostId caller, Bytes size, Context context);

 private:
  void charge(std::int64_t requests, Context context);

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  QueueConfig config_;
  HostId host_;
  ItemId item_;
  sim::RandomStream latencies_;
};

template <class T>
struct Message {
  T value;
  Bytes size{};
};

/// Operations take a round trip each and record no span: the caller knows what the wait was for.
template <class T>
class Queue {
 public:
  Queue(QueueService& service, std::string name) : service_(service), name_(std::move(name)) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// What is in the queue now, seen from outside of the simulated world (no request).
  std::size_t size() const noexcept { return messages_.size(); }

  /// The message is in the queue when this completes. Throws QueueError when it is too large.
  sim::Task<> send(HostId caller, Message<T> message, Context context) {
    co_await service_.upload(caller, message.size, context);
    messages_.push_back(std::move(message));
  }

  /// Takes the oldest message, or nothing when the queue is empty: a receive, and a delete when there is a message. A
  /// receiver that is killed in between leaves the message at the head of the queue.
  sim::Task<std::optional<Message<T>>> receive(HostId caller, Context context) {
    co_await service_.request(caller, context);
    if (messages_.empty()) co_return std::nullopt;
    InFlight taken(messages_);
    co_await service_.download(caller, taken.message->size, context);
    co_await service_.request(caller, context);
    co_return std::move(*std::exchange(taken.message, std::nullopt));
  }

  /// The number of messages. One request.
  sim::Task<std::size_t> count(HostId caller, Context context) {
    co_await service_.request(caller, context);
    co_return messages_.size();
  }

  /// Empties the queue. One request.
  sim::Task<> purge(HostId caller, Context context) {
    co_await service_.request(caller, context);
    messages_.clear();
  }

 private:
  using Messages = std::deque<Message<T>>;

  // Holds the oldest message, and puts it back unless it has been taken out.
  struct InFlight {
    explicit InFlight(Messages& from) : messages(from), message(std::move(from.front())) { from.pop_front(); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
      if (message) messages.push_front(std::move(*message));
    }
    Messages& messages;
    std::optional<Message<T>> message;
  };

  QueueService& service_;
  std::string name_;
  Messages messages_;
};

}  // namespace windtunnel::models
