// What is in a database's memory: a size under each key. A table of 16-byte entries, a thousand of them for each of a
// thousand databases is an ordinary run.
// Promise: total() is the sum of the sizes under the keys, whatever was put, replaced and erased in whatever order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"

namespace windtunnel::models {

/// Names a value in a database.
using Key = std::uint64_t;
/// The key of number `index` < 2^56 of the values of one kind: no two are the same.
constexpr Key key_of(std::uint8_t kind, std::uint64_t index) { return (static_cast<Key>(kind) << 56) | index; }

class KeyedMemory {
 public:
  bool holds(Key key) const { return find(key) != none; }
  /// Bytes under the key; 0 when there is nothing.
  Bytes size(Key key) const;
  /// In place of what was there. size ≥ 0 (checked).
  void put(Key key, Bytes size);
  /// No effect when there is nothing.
  void erase(Key key);
  void clear();

  Bytes total() const { return total_; }
  std::size_t count() const { return count_; }
  /// Bytes of this machine's memory that the table takes.
  std::size_t table_bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  static constexpr std::size_t none = SIZE_MAX;
  static constexpr std::int64_t empty = -1;
  struct Entry {
    Key key = 0;
    std::int64_t size = empty;
  };

  std::size_t home(Key key) const;
  std::size_t find(Key key) const;
  std::size_t place(Key key) const;
  std::size_t next(std::size_t at) const { return at + 1 == entries_.size() ? 0 : at + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const;
  void grow();

  std::vector<Entry> entries_;  // open addressing, linear probing, never full
  std::size_t count_ = 0;
  Bytes total_;
};

}  // namespace windtunnel::models
