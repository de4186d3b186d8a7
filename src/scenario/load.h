// From a tree to the described object: one visitor for every setting of every room; nothing here knows any setting.
//
// Every fault is reported, not just the first. A setting that is absent keeps its default. Numbers with a dimension need
// a unit. `rule: krum` and `rule: {krum: {f: 1}}` both choose; a choice's own settings go by the path `rule.krum.f`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/fields.h"
#include "scenario/faults.h"
#include "scenario/tree.h"

namespace windtunnel::scenario {

/// Where a setting was written, and in which layer of the scenario.
struct Place {
  Mark key;    ///< of its key (of the element, in a list)
  Mark value;  ///< of its value
  Layer layer = Layer::base;
};

/// The settings written explicitly, by dotted path (`architecture.spirt.rule.krum.f`, `faults.0.at`), with every section
/// and choice above them.
using Places = std::map<std::string, Place, std::less<>>;

/// Reads `tree` into the freshly made object described by `into`, whose settings have their defaults. Adds what is wrong
/// to `faults` and what was set to `places`. After a fault the setting concerned keeps its default.
void load(const Tree& tree, Section& into, Faults& faults, Places& places);

template <Describable T>
  requires(!std::derived_from<T, Section>)
void load(const Tree& tree, T& into, Faults& faults, Places& places) {
  detail::SectionOf<T> section(&into);
  load(tree, static_cast<Section&>(section), faults, places);
}

/// Makes an object with default settings to describe. A fresh one each time: copies of a choice share what was chosen.
using Shape = std::function<std::unique_ptr<Section>()>;

template <Describable T>
Shape shape_of() {
  struct Owned final : Section {
    T object;  // with defaults: the whole is value-initialised below
    void describe(Fields& f) override { object.describe(f); }
  };
  return [] { return std::make_unique<Owned>(); };
}

}  // namespace windtunnel::scenario
