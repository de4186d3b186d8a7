// What scripts and models have in common: where they run, how often they did, and the form that runs, made when it is
// first needed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tensordb/ref.h"
#include "tensordb/statistics.h"

namespace windtunnel::tensordb {

class Program;

class StoredProgram : public Counted<StoredProgram> {
 public:
  virtual ~StoredProgram();

  const std::string device;
  const std::string tag;
  mutable Statistics statistics;

  /// The program, compiled or loaded. Takes milliseconds the first time; safe from several threads. Throws CommandError
  /// with LibTorch's words. Needs a deep stack (Workers).
  std::shared_ptr<const Program> program() const;

  /// The same when it is there already, else null; never waits.
  std::shared_ptr<const Program> program_if_ready() const;

  /// Takes over a program made of just this, before anybody else sees this object.
  void keep(std::shared_ptr<const Program> made) { program_ = std::move(made); }

  virtual std::size_t footprint() const = 0;  ///< bytes of memory, without the form that runs

 protected:
  StoredProgram(std::string device_name, std::string tag_text);

 private:
  virtual std::shared_ptr<const Program> make() const = 0;

  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Program> program_;
};

}  // namespace windtunnel::tensordb
