#include "sim/graveyard.h"

#include <algorithm>
#include <utility>

namespace windtunnel::sim::detail {
namespace {

constexpr std::size_t least_slots = 64;

}  // namespace

std::size_t Graveyard::home(Node node) const noexcept {
  std::uint64_t x = (static_cast<std::uint64_t>(node.time) ^ (node.payload << 20)) * 0x9e3779b97f4a7c15u;
  return (x ^ (x >> 32)) & (slots_.size() - 1);
}

void Graveyard::put(Node node) noexcept {
  std::size_t i = home(node);
  while (slots_[i].time != vacant) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = node;
}

void Graveyard::bury(Node node) {
  if (2 * (size_ + 1) > slots_.size()) {
    const std::vector<Node> old =
        std::exchange(slots_, std::vector<Node>(std::max(least_slots, 2 * slots_.size()), Node{vacant, 0}));
    for (const Node& moved : old) {
      if (moved.time != vacant) put(moved);
    }
  }
  put(node);
  ++size_;
  earliest_ = std::min(earliest_, node.time);
}

// All slots are looked through once in as many searches as there are slots.
void Graveyard::find_earliest() noexcept {
  if (size_ > 0 && ++searches_ < slots_.size()) return;
  searches_ = 0;
  earliest_ = EventQueue::forever;
  if (size_ == 0) return;
  for (const Node& node : slots_) {
    if (node.time != vacant) earliest_ = std::min(earliest_, node.time);
  }
}

bool Graveyard::search(Node node) noexcept {
  if (size_ == 0) return false;
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = home(node);
  while (slots_[hole] != node) {
    if (slots_[hole].time == vacant) {
      find_earliest();
      return false;
    }
    hole = (hole + 1) & mask;
  }
  // Close the gap: a later entry of the same cluster moves into the hole if its home is not after the hole.
  for (std::size_t i = (hole + 1) & mask; slots_[i].time != vacant; i = (i + 1) & mask) {
    if (((i - home(slots_[i])) & mask) >= ((i - hole) & mask)) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole].time = vacant;
  --size_;
  find_earliest();
  return true;
}

void Graveyard::clear() noexcept {
  slots_.clear();
  size_ = 0;
  searches_ = 0;
  earliest_ = EventQueue::forever;
}

}  // namespace windtunnel::sim::detail
