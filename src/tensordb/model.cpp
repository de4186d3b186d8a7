#include "tensordb/model.h"

#include <utility>

#include "tensordb/engine.h"

namespace windtunnel::tensordb {

Model::Model(About what, Ref<Buffer> bytes) : about(std::move(what)), archive(std::move(bytes)) {}

Model::~Model() = default;

std::shared_ptr<const Program> Model::program() const {
  const std::scoped_lock lock(mutex_);
  if (!program_) program_ = engine().load(*archive);
  return program_;
}

}  // namespace windtunnel::tensordb
