// A binary heap whose entries can be changed and taken out by id. Where an id sits is kept in a table that the caller owns,
// so that many heaps can share one table as long as an id is in at most one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace windtunnel::models {

/// Least key first; among equal keys the least id.
template <class Key>
class IndexedHeap {
 public:
  using Id = std::uint32_t;
  using Places = std::vector<std::uint32_t>;
  static constexpr std::uint32_t nowhere = 0xffffffff;

  struct Entry {
    Key key;
    Id id;
    bool before(const Entry& other) const { return key != other.key ? key < other.key : id < other.id; }
  };

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  /// Precondition: not empty.
  const Entry& top() const { return entries_.front(); }

  /// Inserts the id, or changes its key. `places` must have an element for it, `nowhere` if it is not in.
  void set(Id id, Key key, Places& places) {
    if (places[id] == nowhere) {
      places[id] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({key, id});
    } else {
      entries_[places[id]].key = key;
    }
    sink(rise(places[id], places), places);
  }

  /// No effect if the id is not in.
  void erase(Id id, Places& places) {
    const std::uint32_t hole = places[id];
    if (hole == nowhere) return;
    places[id] = nowhere;
    const Entry last = entries_.back();
    entries_.pop_back();
    if (hole == entries_.size()) return;
    put(last, hole, places);
    sink(rise(hole, places), places);
  }

 private:
  void put(const Entry& entry, std::size_t at, Places& places) {
    entries_[at] = entry;
    places[entry.id] = static_cast<std::uint32_t>(at);
  }

  std::size_t rise(std::size_t at, Places& places) {
    const Entry entry = entries_[at];
    while (at > 0 && entry.before(entries_[(at - 1) / 2])) {
      put(entries_[(at - 1) / 2], at, places);
      at = (at - 1) / 2;
    }
    put(entry, at, places);
    return at;
  }

  void sink(std::size_t at, Places& places) {
    const Entry entry = entries_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= entries_.size()) break;
      if (child + 1 < entries_.size() && entries_[child + 1].before(entries_[child])) ++child;
      if (!entries_[child].before(entry)) break;
      put(entries_[child], at, places);
      at = child;
    }
    put(entry, at, places);
  }

  std::vector<Entry> entries_;
};

}  // namespace windtunnel::models
