// Scenario files named on the command line; `-` is standard input.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenario/document.h"

namespace windtunnel::app {

/// Throws as load_document does, InputError when standard input is named twice, MissingError when it cannot be read.
/// What comes from standard input is called "stdin", in messages and as a scenario without a name.
class ScenarioFiles {
 public:
  /// A relative path is looked up in the working folder, then among what ships with the program.
  scenario::Document load(const std::string& file, std::span<const scenario::Setting> settings = {});

 private:
  bool input_taken_ = false;
};

}  // namespace windtunnel::app
