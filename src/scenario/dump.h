// The canonical form of settings: JSON with every setting, defaults included, in the order described, each quantity in a
// unit that divides it. JSON is YAML, so the dump is itself a scenario that loads to the same settings.
#pragma once

#include <string>

#include "base/fields.h"

namespace windtunnel::scenario {

/// One line, no spaces. Choices are in their long form, unset settings null. Precondition: numbers are finite (checked).
std::string canonical_json(Section& settings);

template <Describable T>
  requires(!std::derived_from<T, Section>)
std::string canonical_json(T settings) {
  detail::SectionOf<T> section(&settings);
  return canonical_json(static_cast<Section&>(section));
}

}  // namespace windtunnel::scenario
