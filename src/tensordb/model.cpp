#include "tensordb/model.h"

#include <utility>

#include "tensordb/engine.h"

namespace windtunnel::tensordb {

Model::Model(std::string device_name, std::string tag_text, About what, Ref<Buffer> bytes)
    : StoredProgram(std::move(device_name), std::move(tag_text)), about(std::move(what)), archive(std::move(bytes)) {}

std::shared_ptr<const Program> Model::make() const { return engine().load(*archive, stored_device(device)); }

}  // namespace windtunnel::tensordb
