#include "sim/event_queue.h"

#include <algorithm>

namespace windtunnel::sim::detail {
namespace {

constexpr std::size_t slab_chunks = 32;

}  // namespace

EventQueue::EventQueue() = default;

void EventQueue::advance(std::int64_t time) {
  time_ = time;
  if (size_ == 0) {
    // Nothing refers to the old places any more, so the buckets may count from here, even from an earlier time.
    last_ = time;
    bottom_end_ = 0;
    head_ = tail_ = 0;
  }
}

std::size_t EventQueue::bytes() const noexcept {
  return sizeof(*this) + slabs_.size() * slab_chunks * sizeof(Chunk) + slabs_.capacity() * sizeof(slabs_[0]);
}

void EventQueue::grow(Fifo& fifo) {
  if (free_ == nullptr) {
    slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(slab_chunks));
    for (std::size_t i = slab_chunks; i-- > 0;) release(&slabs_.back()[i]);
  }
  Chunk* chunk = free_;
  free_ = chunk->next;
  chunk->next = nullptr;
  if (fifo.tail == nullptr) {
    fifo.head = chunk;
    fifo.first = 0;
  } else {
    fifo.tail->next = chunk;
  }
  fifo.tail = chunk;
  fifo.used = 0;
}

bool EventQueue::open_bucket(std::int64_t limit) {
  while (occupied_levels_ != 0) {
    const auto level = static_cast<std::size_t>(std::countr_zero(occupied_levels_));
    const auto digit = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    const unsigned shift = digit_bits * static_cast<unsigned>(level);
    // Everything below the bucket's digit is zero; what is above it is common with `last_`.
    const std::int64_t base = (((last_ >> shift) & ~std::int64_t{radix - 1}) | digit) << shift;
    if (base > limit) return false;
    Fifo bucket = buckets_[level][digit];
    buckets_[level][digit] = Fifo{};
    vacate(level, digit);
    last_ = base;
    if (level == 0) {  // one time only: the bucket is the present
      present_ = bucket;
      time_ = base;
      for (std::size_t i = 0; i < std::min<std::size_t>(bucket.count, chunk_nodes); ++i) prefetch(bucket.head->nodes[i]);
      return true;
    }
    if (bucket.count <= run) {
      sort_into_bottom(bucket);
      const std::int64_t width = std::int64_t{1} << shift;
      bottom_end_ = base < forever - width ? base + width : forever;
      return true;
    }
    for (Chunk* chunk = bucket.head; chunk != nullptr;) {
      const std::size_t used = chunk == bucket.tail ? bucket.used : chunk_nodes;
      for (std::size_t i = 0; i < used; ++i) push_bucket(chunk->nodes[i]);
      Chunk* next = chunk->next;
      release(chunk);
      chunk = next;
    }
  }
  return false;
}

void EventQueue::sort_into_bottom(Fifo& bucket) {
  head_ = tail_ = 0;
  for (Chunk* chunk = bucket.head; chunk != nullptr;) {
    const std::size_t used = chunk == bucket.tail ? bucket.used : chunk_nodes;
    for (std::size_t i = 0; i < used; ++i) {
      const Node node = chunk->nodes[i];
      prefetch(node);
      std::size_t place = tail_++;
      for (; place > 0 && bottom_[place - 1].time > node.time; --place) bottom_[place] = bottom_[place - 1];
      bottom_[place] = node;
    }
    Chunk* next = chunk->next;
    release(chunk);
    chunk = next;
  }
}

void EventQueue::insert_bottom(Node node) {
  if (tail_ == bottom_capacity) {
    if (head_ > 0) {
      std::copy(bottom_.begin() + static_cast<std::ptrdiff_t>(head_), bottom_.end(), bottom_.begin());
      tail_ -= head_;
      head_ = 0;
    } else {
      shed_bottom();
    }
    if (node.time >= bottom_end_) return push_bucket(node);
  }
  std::size_t place = tail_++;
  for (; place > head_ && bottom_[place - 1].time > node.time; --place) bottom_[place] = bottom_[place - 1];
  bottom_[place] = node;
}

/// Moves the later part of a full bottom back to the buckets. The cut never separates equal times, and leaves what is due at
/// the present, which the order of `pop` wants here.
void EventQueue::shed_bottom() {
  std::size_t cut = bottom_capacity / 2;
  while (cut > 0 && bottom_[cut - 1].time == bottom_[cut].time) --cut;
  while (cut < tail_ && bottom_[cut].time == time_) ++cut;
  bottom_end_ = cut < tail_ ? bottom_[cut].time : time_ + 1;
  for (std::size_t i = cut; i < tail_; ++i) push_bucket(bottom_[i]);
  tail_ = cut;
}

}  // namespace windtunnel::sim::detail
