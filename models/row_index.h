// Finds the row of a key in a table that grows at its end, without an allocation per row: an open-addressing table of row
// numbers. The rows hold the keys; the index holds numbers and hashes only, so the order of rows never depends on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace windtunnel::models {

/// Mixes 64 bits so that every bit of the input moves about half of the output's.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class RowIndex {
 public:
  /// The row with this hash for which `is_key(row)` holds, or `next` after noting it as a new row. The caller appends
  /// row `next` when it is returned.
  template <class IsKey>
  std::uint32_t find_or_add(std::uint64_t hash, std::uint32_t next, IsKey is_key) {
    if ((used_ + 1) * 2 > entries_.size()) grow();
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      Entry& entry = entries_[at];
      if (entry.row == none) {
        entry = {hash, next};
        ++used_;
        return next;
      }
      if (entry.hash == hash && is_key(entry.row)) return entry.row;
    }
  }

  /// Forgets the rows before `first`; the others are `fewer` less from now on.
  void forget_before(std::uint32_t first, std::uint32_t fewer) {
    std::vector<Entry> kept;
    for (const Entry& entry : entries_) {
      if (entry.row != none && entry.row >= first) kept.push_back({entry.hash, entry.row - fewer});
    }
    std::size_t size = 64;
    while (size < kept.size() * 4) size *= 2;
    entries_.assign(size, {});
    used_ = kept.size();
    for (const Entry& entry : kept) insert(entry);
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t row = none;
  };

  void grow() {
    std::vector<Entry> old(entries_.empty() ? 64 : entries_.size() * 2);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.row != none) insert(entry);
    }
  }
  void insert(const Entry& entry) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t at = entry.hash & mask;
    while (entries_[at].row != none) at = (at + 1) & mask;
    entries_[at] = entry;
  }

  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

}  // namespace windtunnel::models
