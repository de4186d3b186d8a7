// Messages from any number of senders to any number of receivers, each delivered once, in the order of sending;
// receivers are served in the order they began to wait. A message on its way to a receiver that is killed goes back to
// the front.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "sim/simulation.h"

namespace windtunnel::sim {

/// Thrown by sending to a closed channel, and by receiving from one that is closed and empty.
class ChannelClosed : public RunError {
 public:
  ChannelClosed() : RunError("the channel is closed") {}
};

template <class T>
class Channel {
 public:
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  /// Holds up to `capacity` ≥ 1 messages (checked) that nobody has received; further senders wait.
  explicit Channel(Simulation&, std::size_t capacity = unbounded) : capacity_(capacity) {
    check(capacity >= 1, "a channel must have room for a message");
  }

  /// Messages that can be received without waiting.
  std::size_t size() const noexcept { return messages_.size() - granted_; }
  bool closed() const noexcept { return closed_; }

  /// No more messages: senders that wait, and later ones, get ChannelClosed; receivers get what is left, then
  /// ChannelClosed.
  void close() {
    closed_ = true;
    senders_.wake_all();
    receivers_.wake_all();
  }

  /// False, and nothing sent, when the channel is full. Throws ChannelClosed.
  bool try_send(T message) { return accept(message); }
  /// Precondition: there is room, as always when unbounded (checked). Throws ChannelClosed.
  void push(T message) { check(accept(message), "push to a channel that is full"); }
  /// The first message that nobody has been granted, or none; none does not tell whether the channel is closed.
  std::optional<T> try_receive() { return size() > 0 ? std::optional<T>(take(granted_)) : std::nullopt; }

  class Send;
  class Receive;
  class Next;
  /// Awaitable: goes on once the message is in the channel. Throws ChannelClosed.
  Send send(T message) { return Send(*this, std::move(message)); }
  /// Awaitable that gives the next message. Throws ChannelClosed once the channel is closed and empty.
  Receive receive() { return Receive(*this); }
  /// The same without the exception: gives std::optional<T>, empty once the channel is closed and empty.
  Next next() { return Next(*this); }

 private:
  class Taking;

  bool accept(T& message) {
    if (closed_) throw ChannelClosed();
    if (messages_.size() >= capacity_) return false;
    messages_.push_back(std::move(message));
    grant();
    return true;
  }

  /// Promises the first message that is not promised yet to the receiver who waits longest. The message stays here
  /// until that receiver goes on, so that nothing is lost or reordered if it is killed before.
  void grant() {
    if (size() == 0 || receivers_.empty()) return;
    static_cast<Taking*>(receivers_.first())->granted_ = true;
    ++granted_;
    receivers_.wake_first();
  }

  T take(std::size_t index) {
    const auto place = messages_.begin() + static_cast<std::ptrdiff_t>(index);
    T message = std::move(*place);
    messages_.erase(place);
    if (!senders_.empty() && messages_.size() < capacity_) {
      auto& sender = *static_cast<Send*>(senders_.first());
      messages_.push_back(std::move(sender.message_));
      sender.accepted_ = true;
      senders_.wake_first();
      grant();
    }
    return message;
  }

  std::size_t capacity_;
  bool closed_ = false;
  std::size_t granted_ = 0;  // the first messages, promised to receivers that were woken
  std::deque<T> messages_;
  detail::WaitList receivers_;
  detail::WaitList senders_;
};

template <class T>
class Channel<T>::Send : private detail::Waiter {
 public:
  Send(Channel& channel, T message) : channel_(channel), message_(std::move(message)) {}

  bool await_ready() { return accepted_ = channel_.accept(message_); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) noexcept {
    wait(channel_.senders_, waiting.address());
  }
  void await_resume() {
    resumed();
    if (!accepted_) throw ChannelClosed();
  }

 private:
  friend class Channel;
  Channel& channel_;
  T message_;
  bool accepted_ = false;
};

template <class T>
class Channel<T>::Taking : protected detail::Waiter {
 public:
  explicit Taking(Channel& channel) noexcept : channel_(channel) {}
  Taking(const Taking&) = delete;
  Taking& operator=(const Taking&) = delete;
  ~Taking() {
    if (woken() && granted_) {  // killed between its turn and going on: the message is for the next one
      cancel();
      --channel_.granted_;
      channel_.grant();
    }
  }

  bool await_ready() const noexcept { return channel_.size() > 0 || channel_.closed_; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> waiting) noexcept {
    wait(channel_.receivers_, waiting.address());
  }

 protected:
  std::optional<T> message() {
    resumed();
    if (!granted_) return channel_.try_receive();
    --channel_.granted_;
    return channel_.take(0);
  }

 private:
  friend class Channel;
  Channel& channel_;
  bool granted_ = false;
};

template <class T>
class Channel<T>::Receive : public Taking {
 public:
  using Taking::Taking;
  T await_resume() {
    std::optional<T> message = this->message();
    if (!message) throw ChannelClosed();
    return std::move(*message);
  }
};

template <class T>
class Channel<T>::Next : public Taking {
 public:
  using Taking::Taking;
  std::optional<T> await_resume() { return this->message(); }
};

}  // namespace windtunnel::sim
