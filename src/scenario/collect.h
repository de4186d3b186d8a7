// The description of an object as a list that one can walk. The targets point into the object.
#pragma once

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

}  // namespace windtunnel::scenario
