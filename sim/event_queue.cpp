#include "sim/event_queue.h"

#include <algorithm>
#include <utility>

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

void EventQueue::add_slab() {
  slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(slab_chunks));
  for (std::size_t i = slab_chunks; i-- > 0;) release(&slabs_.back()[i]);
}

bool EventQueue::open_bucket(std::int64_t limit) {
  while (occupied_levels_ != 0) {
    const auto level = static_cast<std::size_t>(std::countr_zero(occupied_levels_));
    const auto digit = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    const unsigned shift = digit_bits * static_cast<unsigned>(level);
    // Everything below the bucket's digit is zero; what is above it is common with `last_`.
    const std::int64_t base = (((last_ >> shift) & ~std::int64_t{radix - 1}) | digit) << shift;
    if (base > limit) return false;
    last_ = base;
    Fifo& bucket = buckets_[level][digit];
    if (level > 0 && bucket.count <= run) {
      gather(level, base);
      return true;
    }
    const Fifo opened = std::exchange(bucket, Fifo{});
    vacate(level, digit);
    if (level == 0) {  // one time only: the bucket is the present
      present_ = opened;
      time_ = base;
      const auto near = std::min<std::size_t>(opened.count, chunk_nodes);
      for (std::size_t i = 0; i < near; ++i) prefetch(opened.head->nodes[i]);
      return true;
    }
    drain(opened, [this](Node node) { push_bucket(node); });
  }
  return false;
}

/// Makes the bottom of the first buckets of a level, as many as fit, the first of which begins at `base`. Several at
/// once, because opening costs more than sorting a few nodes that are nearly in order.
void EventQueue::gather(std::size_t level, std::int64_t base) {
  const unsigned shift = digit_bits * static_cast<unsigned>(level);
  std::size_t tail = 0;
  unsigned digit = 0;
  while (occupied_[level] != 0) {
    const auto next = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    if (tail + buckets_[level][next].count > run) break;
    digit = next;
    drain(std::exchange(buckets_[level][digit], Fifo{}), [this, &tail](Node node) {
      prefetch(node);
      sink(tail++, 0, node);
    });
    vacate(level, digit);
  }
  head_ = 0;
  tail_ = tail;
  const std::int64_t begin = (((base >> shift) & ~std::int64_t{radix - 1}) | digit) << shift;
  const std::int64_t width = std::int64_t{1} << shift;
  bottom_end_ = begin < forever - width ? begin + width : forever;
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
  sink(tail_++, head_, node);
}

/// Moves the later part of a full bottom back to the buckets. The cut never separates equal times, and leaves what is
/// due at the present, which the order of `pop` wants here.
void EventQueue::shed_bottom() {
  std::size_t cut = bottom_capacity / 2;
  while (cut > 0 && bottom_[cut - 1].time == bottom_[cut].time) --cut;
  while (cut < tail_ && bottom_[cut].time == time_) ++cut;
  bottom_end_ = cut < tail_ ? bottom_[cut].time : time_ + 1;
  for (std::size_t i = cut; i < tail_; ++i) push_bucket(bottom_[i]);
  tail_ = cut;
}

}  // namespace windtunnel::sim::detail
