// A stored TorchScript model: the archive as it came, and what its forward function takes and gives.
#pragma once

#include <string>
#include <vector>

#include "tensordb/buffer.h"
#include "tensordb/stored_program.h"

namespace windtunnel::tensordb {

class Model final : public StoredProgram {
 public:
  /// What MODELSTORE says of a model and MODELGET gives back, besides device and tag.
  struct About {
    std::int64_t batch_size = 0, min_batch_size = 0, min_batch_timeout = 0;
    std::vector<std::string> inputs, outputs;  ///< names in forward's signature
    std::size_t required_inputs = 0;           ///< those behind have defaults and may be left out
  };
  Model(std::string device_name, std::string tag_text, About what, Ref<Buffer> bytes);

  const About about;
  const Ref<Buffer> archive;

  std::size_t footprint() const override { return sizeof(Model) + archive->footprint(); }

 private:
  std::shared_ptr<const Program> make() const override;
};

using ModelRef = Ref<const Model>;

}  // namespace windtunnel::tensordb
