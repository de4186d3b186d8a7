// Combinations of settings that cannot work, found before anything runs and reported at the line responsible.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "models/prices.h"
#include "scenario/load.h"
#include "scenario/scenario.h"

namespace windtunnel::scenario {

/// Checks one scenario after another; keeps the price sheets that it has read.
class Checker {
 public:
  /// Adds what is wrong with `scenario`, whose settings were written at `places` in a file that begins at `top`.
  void check_scenario(const Scenario& scenario, const Places& places, const Mark& top, Faults& faults);
  /// The sheet that it names, read once, whatever becomes of the file. Throws as PriceSheet::find.
  std::shared_ptr<const models::PriceSheet> sheet(const Scenario& scenario);

 private:
  std::map<std::pair<std::string, std::filesystem::path>, std::shared_ptr<const models::PriceSheet>> sheets_;  // by name and folder
};

}  // namespace windtunnel::scenario
