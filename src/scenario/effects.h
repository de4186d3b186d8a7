// Settings that do nothing in the combination they are part of. Nobody should have to find out from strange results that a
// setting was ignored, so a setting that was written and has no effect is refused:
//   - on an axis of a sweep, when it has none in any one point (points would be run that differ in nothing);
//   - in a variant, when it has none in any of the variant's points;
//   - in the base or on the command line, when it has none in any point at all.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/load.h"
#include "scenario/scenario.h"

namespace windtunnel::scenario {

struct Effect {
  /// Dotted path of the setting or section; `*` stands for any one component.
  std::string_view path;
  /// Why it does nothing in this scenario; empty when it does something.
  std::string (*why_not)(const Scenario&);
};

/// The rules, settings in the order of the scenario. What an architecture leaves idle it says itself (Uses::idle).
std::span<const Effect> effects();

/// Whether a path fits a rule's path.
bool matches(std::string_view path, std::string_view pattern);

/// Collects what has an effect where, point by point.
class EffectCheck {
 public:
  void point(const Scenario& scenario, const Places& places);
  /// Adds a fault for each setting without effect.
  void report(Faults& faults) const;

 private:
  struct Seen {
    std::string path;
    Place place;
    std::vector<const Effect*> effects;  ///< whose path it fits
    bool effective_somewhere = false;
    std::string why_not;  ///< of the first point in which it has none
  };
  std::vector<Seen> seen_;
  std::map<std::string, std::size_t> index_;  ///< by place and path
};

}  // namespace windtunnel::scenario
