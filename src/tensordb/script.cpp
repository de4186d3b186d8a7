#include "tensordb/script.h"

#include <utility>

#include "tensordb/engine.h"

namespace windtunnel::tensordb {

Script::Script(std::string device_name, std::string tag_text, std::vector<std::string> functions, std::string text)
    : StoredProgram(std::move(device_name), std::move(tag_text)),
      entry_points(std::move(functions)),
      source(std::move(text)) {}

std::shared_ptr<const Program> Script::make() const {
  return engine().compile(source, entry_points, stored_device(device));
}

std::size_t Script::footprint() const {
  std::size_t bytes = sizeof(Script) + device.capacity() + tag.capacity() + source.capacity();
  for (const std::string& function : entry_points) bytes += sizeof(std::string) + function.capacity();
  return bytes;
}

}  // namespace windtunnel::tensordb
