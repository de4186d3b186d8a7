// A stored TorchScript model: the archive as it came, what its forward function takes and gives, and the loaded form,
// made when it is first needed.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tensordb/buffer.h"
#include "tensordb/statistics.h"

namespace windtunnel::tensordb {

class Program;

class Model final : public Counted<Model> {
 public:
  /// What MODELSTORE says of a model and MODELGET gives back.
  struct About {
    std::string device, tag;
    std::int64_t batch_size = 0, min_batch_size = 0, min_batch_timeout = 0;
    std::vector<std::string> inputs, outputs;  ///< names in forward's signature
  };
  Model(About about, Ref<Buffer> archive);
  ~Model();

  const About about;
  const Ref<Buffer> archive;
  mutable Statistics statistics;

  /// The loaded model; as Script::program.
  std::shared_ptr<const Program> program() const;

  std::size_t footprint() const { return sizeof(Model) + archive->footprint(); }

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Program> program_;
};

using ModelRef = Ref<const Model>;

}  // namespace windtunnel::tensordb
