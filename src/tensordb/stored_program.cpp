#include "tensordb/stored_program.h"

#include <utility>

namespace windtunnel::tensordb {

StoredProgram::StoredProgram(std::string device_name, std::string tag_text)
    : device(std::move(device_name)), tag(std::move(tag_text)) {}

StoredProgram::~StoredProgram() = default;

std::shared_ptr<const Program> StoredProgram::program() const {
  const std::scoped_lock lock(mutex_);
  if (!program_) program_ = make();
  return program_;
}

std::shared_ptr<const Program> StoredProgram::program_if_ready() const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  return lock.owns_lock() ? program_ : nullptr;
}

}  // namespace windtunnel::tensordb
