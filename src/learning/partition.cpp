#include "learning/partition.h"

#include <array>

#include "learning/by_label.h"
#include "learning/dirichlet.h"
#include "learning/iid.h"

namespace windtunnel::learning {

Family<Partition> partitions() {
  static constexpr std::array all{
      option<Partition, Iid>("iid", "samples dealt at random in equal shares"),
      option<Partition, Dirichlet>("dirichlet",
                                   "each class dealt in Dirichlet(alpha) shares; small alpha, unequal workers"),
      option<Partition, ByLabel>("by_label", "each worker holds a few classes only"),
  };
  return all;
}

}  // namespace windtunnel::learning
