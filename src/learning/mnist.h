// MNIST and the sets published in its format: four IDX files in a folder, 28×28 grey images in 10 classes.
#pragma once

#include <string>

#include "learning/datasets.h"

namespace windtunnel::learning {

/// `path` is the folder of {train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or with .gz (plain is preferred).
class MnistFormat : public Dataset {
 public:
  Facts facts() const final;
  Data load() const final;
  std::vector<std::filesystem::path> files() const final;

  std::string path;

 protected:
  MnistFormat(std::string folder, std::string hint) : path(std::move(folder)), hint_(std::move(hint)) {}

 private:
  std::string hint_;  // where a person gets the files
};

/// Xiao, Rasul and Vollgraf, arXiv 1708.07747.
class FashionMnist final : public MnistFormat {
 public:
  FashionMnist();
  void describe(Fields& f) override;
};

/// LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86(11), 1998. Debian has no package of it.
class Mnist final : public MnistFormat {
 public:
  Mnist();
  void describe(Fields& f) override;
};

}  // namespace windtunnel::learning
