// A stored TorchScript program: its text, what may be called, and the compiled form, made when it is first needed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tensordb/ref.h"
#include "tensordb/statistics.h"

namespace windtunnel::tensordb {

class Program;

class Script final : public Counted<Script> {
 public:
  /// `source` is not looked at until `program` is called.
  Script(std::string device, std::string tag, std::vector<std::string> entry_points, std::string source);
  ~Script();

  const std::string device;
  const std::string tag;
  const std::vector<std::string> entry_points;
  const std::string source;
  mutable Statistics statistics;

  /// The compiled program. Takes milliseconds the first time; safe from several threads. Throws CommandError with the
  /// compiler's words. Needs a deep stack (Workers).
  std::shared_ptr<const Program> program() const;

  std::size_t footprint() const;  ///< bytes of the texts

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Program> program_;
};

using ScriptRef = Ref<const Script>;

}  // namespace windtunnel::tensordb
