// TorchScript archives for the tests, written by a program of its own (make_model.cpp).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace windtunnel::tensordb {

/// The archive of a model of make_model.cpp; `folder` is where it may be written; how large
/// one of the kind "wide" is.
inline std::string make_model(const std::string& kind, const std::filesystem::path& folder, int megabytes = 1) {
  const std::filesystem::path file = folder / (kind + ".pt");
  EXPECT_EQ(std::system((std::string(WINDTUNNEL_MAKE_MODEL) + " " + kind + " " + file.string() + " " +
                         std::to_string(megabytes))
                            .c_str()),
            0);
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace windtunnel::tensordb
