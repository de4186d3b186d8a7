// A stored TorchScript program: its text, and what may be called.
#pragma once

#include <string>
#include <vector>

#include "tensordb/stored_program.h"

namespace windtunnel::tensordb {

class Script final : public StoredProgram {
 public:
  /// `text` is not looked at until `program` is called.
  Script(std::string device_name, std::string tag_text, std::vector<std::string> functions, std::string text);

  const std::vector<std::string> entry_points;  ///< none: stored by AI.SCRIPTSET, every function may be called
  const std::string source;

  std::size_t footprint() const override;

 private:
  std::shared_ptr<const Program> make() const override;
};

using ScriptRef = Ref<const Script>;

}  // namespace windtunnel::tensordb
