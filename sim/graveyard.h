// The nodes in the event queue whose target is gone. A killed process or a destroyed callback leaves its queue node
// behind, because finding it would cost a search; it is buried here instead, by value, and dropped when it surfaces.
// While nothing is buried, the kernel pays one test per event. A new target at the same address and time is no danger:
// equal nodes surface first come, first served, and the dead one came first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/event_queue.h"

namespace windtunnel::sim::detail {

class Graveyard {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// The same node may be buried several times.
  void bury(Node node);
  /// Takes one burial of `node` back; false if there is none.
  bool exhume(Node node) noexcept;
  void clear() noexcept;

 private:
  static constexpr std::int64_t vacant = -1;

  std::size_t home(Node node) const noexcept;
  void put(Node node) noexcept;

  std::vector<Node> slots_;  // open addressing with linear probing; a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace windtunnel::sim::detail
