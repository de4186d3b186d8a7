#include "learning/datasets.h"

#include <array>

#include "learning/mnist.h"
#include "learning/synthetic.h"

namespace windtunnel::learning {

Family<Dataset> datasets() {
  static constexpr std::array all{
      option<Dataset, FashionMnist>("fashion_mnist", "70,000 grey 28x28 pictures of clothes in 10 classes"),
      option<Dataset, Mnist>("mnist", "70,000 grey 28x28 handwritten digits; needs the path of the IDX files"),
      option<Dataset, Synthetic>("synthetic", "generated images for tests and smoke runs; needs no file"),
  };
  return all;
}

}  // namespace windtunnel::learning
