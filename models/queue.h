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
  /// The service's own time per request, on top of the network's. [R]
  Choice<Distribution> latency = lognormal({.median = std::chrono::milliseconds(10), .p99 = std::chrono::milliseconds(50)});
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
  QueueService(sim::Simulation& simulation, Journal& journal, Network& network, QueueConfig config);

  HostId host() const noexcept { return host_; }
  sim::Simulation& simulation() noexcept { return simulation_; }

  /// Caller → service, with its charge. Throws QueueError when the message is too large.
  sim::Task<> upload(HostId caller, Bytes size, Context context);
  /// Service → caller, with its charge.
  sim::Task<> download(HostId caller, Bytes size, Context context);
  /// A request that carries no message: an empty receive, a delete, an attribute read.
  sim::Task<> request(HostId caller, Context context);

 private:
  void charge(std::int64_t requests, Context context);

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  QueueConfig config_;
  HostId host_{};
  ItemId item_ = 0;
  sim::RandomStream latencies_;
};

template <class T>
struct Message {
  T value;
  Bytes size{};
};

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

  /// Takes the oldest message, or nothing when the queue is empty. Two requests (receive and delete) or one (empty).
  sim::Task<std::optional<Message<T>>> receive(HostId caller, Context context) {
    if (messages_.empty()) {
      co_await service_.request(caller, context);
      co_return std::nullopt;
    }
    Message<T> message = std::move(messages_.front());
    messages_.pop_front();
    co_await service_.download(caller, message.size, context);
    co_await service_.request(caller, context);
    co_return message;
  }

  /// The number of messages, as the service saw it when the request arrived. One request.
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
  QueueService& service_;
  std::string name_;
  std::deque<Message<T>> messages_;
};

}  // namespace windtunnel::models
