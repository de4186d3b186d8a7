// Which program this is: what its sources were when it was built. Part of the identity of a run, because a program of other
// sources may come to other numbers.
#pragma once

#include <string_view>

namespace windtunnel {

/// Hash of the sources (sim, models, src), 16 hexadecimal digits; equal for builds of equal sources.
std::string_view build_hash();

/// For people: `git describe` when it was built, e.g. `v0.1.0-12-g330c693`; empty outside of a git checkout.
std::string_view build_description();

}  // namespace windtunnel
