// Short ways to load texts into the sample settings, for the tests of this room.
#pragma once

#include <string>
#include <vector>

#include "sample.h"
#include "scenario/expand.h"
#include "scenario/load.h"
#include "scenario/tree.h"

namespace windtunnel::scenario {

struct Loaded {
  sample::Settings settings;
  Places places;
  std::vector<std::string> faults;  ///< headlines, e.g. `t:1:3: path: message`
  std::vector<std::string> hints;
};

inline void keep(const Faults& faults, Loaded& loaded) {
  for (const Fault& fault : faults.list()) {
    loaded.faults.push_back(headline(fault));
    loaded.hints.push_back(fault.hint);
  }
}

inline Loaded load_text(const std::string& text) {
  Loaded loaded;
  Faults faults;
  if (const auto tree = parse(make_source("t", text), faults)) load(*tree, loaded.settings, faults, loaded.places);
  keep(faults, loaded);
  return loaded;
}

/// The tree of a text without faults.
inline Tree tree_of(const std::string& text) {
  Faults faults;
  auto tree = parse(make_source("t", text), faults);
  faults.throw_if_any();
  return *tree;
}

inline Shape sample_shape() { return shape_of<sample::Settings>(); }

}  // namespace windtunnel::scenario
