// The pending events in order of (time, first come). A monotone radix ladder: times are pushed at or after the time of
// the last popped node only. There is no sequence number: first come, first served among equal times follows from the
// structure, because equal times always share a bucket and buckets are FIFOs.
//
//   buckets  base-16 radix on the time: level L holds the times that first differ from `last_` in their digit L
//   bottom   a sorted run of the few earliest events, taken out of their buckets when the queue reaches them
//   present  a plain FIFO of the events at the time of the last popped node
//
// An event is moved at most once per level, so the cost per event grows with the logarithm of how far ahead it lies,
// not with the number of events; ties cost nothing.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace windtunnel::sim::detail {

struct Node {
  std::int64_t time;      ///< nanoseconds, ≥ 0
  std::uint64_t payload;  ///< address of the target; the lowest bit tells its kind
  bool operator==(const Node&) const = default;
};

class EventQueue {
 public:
  static constexpr std::int64_t forever = INT64_MAX;

  EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// Precondition: node.time ≥ the time of the last popped node, and ≥ the last `advance`.
  void push(Node node) {
    ++size_;
    if (node.time == time_) {
      append(present_, node);
    } else if (node.time < bottom_end_) {
      insert_bottom(node);
    } else {
      push_bucket(node);
    }
  }

  /// Takes the earliest node if its time is at most `limit`.
  bool pop(std::int64_t limit, Node& out) {
    for (;;) {
      if (head_ != tail_ && (present_.count == 0 || bottom_[head_].time == time_)) {
        if (bottom_[head_].time > limit) return false;
        out = bottom_[head_++];
        break;
      }
      if (present_.count != 0) {
        out = take(present_);
        break;
      }
      if (!open_bucket(limit)) return false;
    }
    time_ = out.time;
    --size_;
    return true;
  }

  /// Sets the present without popping. Precondition: no node is pending at or before `time`, or none at all.
  void advance(std::int64_t time);

  /// Removes the nodes for which `dead(node)` holds; equal nodes are asked about in their order.
  template <class Dead>
  void erase_if(Dead dead) {
    std::size_t kept = head_;
    for (std::size_t i = head_; i != tail_; ++i) {
      if (!dead(bottom_[i])) bottom_[kept++] = bottom_[i];
    }
    size_ -= tail_ - kept;
    tail_ = kept;
    filter(present_, dead);
    for (std::size_t level = 0; level < levels; ++level) {
      for (std::uint32_t digits = occupied_[level]; digits != 0; digits &= digits - 1) {
        const auto digit = static_cast<unsigned>(std::countr_zero(digits));
        filter(buckets_[level][digit], dead);
        if (buckets_[level][digit].count == 0) vacate(level, digit);
      }
    }
  }

  /// Bytes of memory that the queue holds, its own object included.
  std::size_t bytes() const noexcept;

 private:
  static constexpr unsigned digit_bits = 4;  // 5 and 6 gain a little from 10,000 events on, and lose more below
  static constexpr unsigned radix = 1u << digit_bits;
  static constexpr std::size_t levels = 16;           // 63 bits of time
  static constexpr std::size_t chunk_nodes = 15;      // a chunk is 256 bytes with its link
  static constexpr std::size_t run = 32;              // the most that buckets fill into the bottom
  static constexpr std::size_t bottom_capacity = 64;  // room for later arrivals among them

  struct Chunk {
    std::array<Node, chunk_nodes> nodes;
    Chunk* next;
  };
  struct Fifo {
    Chunk* head = nullptr;
    Chunk* tail = nullptr;
    std::uint32_t count = 0;
    std::uint16_t first = 0;           // next to take in the head
    std::uint16_t used = chunk_nodes;  // filled in the tail
  };

  void append(Fifo& fifo, Node node) {
    if (fifo.used == chunk_nodes) [[unlikely]]
      grow(fifo);
    fifo.tail->nodes[fifo.used++] = node;
    ++fifo.count;
  }

  /// Precondition: not empty.
  Node take(Fifo& fifo) {
    const Node node = fifo.head->nodes[fifo.first++];
    if (--fifo.count == 0) {
      release(fifo.head);
      fifo = Fifo{};
    } else if (fifo.first == chunk_nodes) {
      Chunk* next = fifo.head->next;
      release(fifo.head);
      fifo.head = next;
      fifo.first = 0;
    }
    return node;
  }

  template <class Dead>
  void filter(Fifo& fifo, Dead dead) {
    Fifo kept;
    for (std::uint32_t n = fifo.count; n != 0; --n) {
      const Node node = take(fifo);
      if (dead(node)) {
        --size_;
      } else {
        append(kept, node);
      }
    }
    fifo = kept;
  }

  void push_bucket(Node node) {
    const auto differing = static_cast<std::uint64_t>(node.time ^ last_) | 1;
    const std::size_t level = (63u - static_cast<unsigned>(std::countl_zero(differing))) / digit_bits;
    const auto digit = static_cast<std::size_t>(node.time >> (digit_bits * level)) & (radix - 1);
    append(buckets_[level][digit], node);
    occupied_[level] |= 1u << digit;
    occupied_levels_ |= 1u << level;
  }

  void vacate(std::size_t level, unsigned digit) {
    occupied_[level] &= ~(1u << digit);
    if (occupied_[level] == 0) occupied_levels_ &= ~(1u << level);
  }

  void insert_bottom(Node node);
  void shed_bottom();
  bool open_bucket(std::int64_t limit);
  void gather(std::size_t level, std::int64_t base);

  /// Puts a node into the sorted bottom, whose end is the free `place`, behind its equals.
  void sink(std::size_t place, std::size_t first, Node node) {
    for (; place > first && bottom_[place - 1].time > node.time; --place) bottom_[place] = bottom_[place - 1];
    bottom_[place] = node;
  }

  /// Hands out all nodes of a bucket that has been taken out of its place, in order, and gives its chunks back.
  template <class Each>
  void drain(const Fifo& bucket, Each each) {
    for (Chunk* chunk = bucket.head; chunk != nullptr;) {
      const std::size_t used = chunk == bucket.tail ? bucket.used : chunk_nodes;
      for (std::size_t i = 0; i < used; ++i) each(chunk->nodes[i]);
      release(std::exchange(chunk, chunk->next));
    }
  }

  void grow(Fifo& fifo) {
    if (free_ == nullptr) [[unlikely]]
      add_slab();
    Chunk* chunk = std::exchange(free_, free_->next);
    chunk->next = nullptr;
    (fifo.tail == nullptr ? fifo.head : fifo.tail->next) = chunk;
    fifo.tail = chunk;
    fifo.used = 0;
  }
  void add_slab();
  void release(Chunk* chunk) {
    chunk->next = free_;
    free_ = chunk;
  }
  static void prefetch(Node node) {
    __builtin_prefetch(reinterpret_cast<const void*>(node.payload));
    __builtin_prefetch(reinterpret_cast<const void*>(node.payload + 64));
  }

  std::int64_t time_ = 0;        // of the last popped node
  std::int64_t bottom_end_ = 0;  // times before it belong to the bottom, all others to the buckets
  std::size_t head_ = 0;         // the bottom is bottom_[head_, tail_)
  std::size_t tail_ = 0;
  std::size_t size_ = 0;
  Fifo present_;
  std::int64_t last_ = 0;  // reference of the buckets: at most every time in them, and at most the present
  std::uint32_t occupied_levels_ = 0;
  Chunk* free_ = nullptr;
  std::array<std::uint32_t, levels> occupied_{};
  std::array<Node, bottom_capacity> bottom_;
  std::array<std::array<Fifo, radix>, levels> buckets_{};
  std::vector<std::unique_ptr<Chunk[]>> slabs_;
};

}  // namespace windtunnel::sim::detail
