// The nodes in the event queue whose target is gone. A killed process or a destroyed callback leaves its queue node
// behind, because finding it would cost a search; it is buried here instead, by value, and dropped when it surfaces.
// What nobody buried costs the kernel a look at two numbers per event, while all that is buried lies ahead. A new target at the same address and time is no danger:
// equal nodes surface first come, first served, and the dead one came first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/event_queue.h"

namespace windtunnel::sim::detail {

class Graveyard {
 public:
  std::size_t size() const noexcept { return size_; }

  /// The same node may be buried several times.
  void bury(Node node);
  /// Takes one burial of `node` back; false if there is none.
  bool exhume(Node node) noexcept { return node.time >= earliest_ && search(node); }
  void clear() noexcept;

 private:
  static constexpr std::int64_t vacant = -1;

  bool search(Node node) noexcept;
  void find_earliest() noexcept;
  std::size_t home(Node node) const noexcept;
  void put(Node node) noexcept;

  std::vector<Node> slots_;  // open addressing with linear probing; a power of two, at most half full
  std::size_t size_ = 0;
  std::size_t searches_ = 0;  // since the bound was found
  std::int64_t earliest_ = EventQueue::forever;  // nothing that is buried is due before it
};

}  // namespace windtunnel::sim::detail
