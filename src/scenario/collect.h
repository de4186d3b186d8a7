// The description of an object as a list that one can walk. The targets point into the object.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/fields.h"

namespace windtunnel::scenario {

/// `describe` is called with a Fields that keeps every field: `collect([&](Fields& f) { section.describe(f); })`.
template <class Describe>
std::vector<Field> collect(Describe describe) {
  struct Collector final : Fields {
    std::vector<Field> all;
    void field(Field field) override { all.push_back(std::move(field)); }
  } collector;
  describe(collector);
  return std::move(collector.all);
}

/// The fields of a Section or of what a Choosable has selected.
template <class Described>
std::vector<Field> fields_of(Described& described) {
  return collect([&](Fields& f) { described.describe(f); });
}

/// The fields of one element.
inline std::vector<Field> fields_of(Repeatable& list, std::size_t index) {
  return collect([&](Fields& f) { list.describe(index, f); });
}

/// The families whose members are being gone through: a choice within a member of its own family has no end.
class Families {
 public:
  /// Enters a choice's family as long as it lives; false when we are in it already.
  class Entry {
   public:
    Entry(Families& families, const Choosable& choice)
        : families_(families), is_new_(std::ranges::find(families.all_, choice.family()) == families.all_.end()) {
      families_.all_.push_back(choice.family());
    }
    ~Entry() { families_.all_.pop_back(); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    explicit operator bool() const { return is_new_; }

   private:
    Families& families_;
    bool is_new_;
  };

 private:
  std::vector<const void*> all_;
};

}  // namespace windtunnel::scenario
