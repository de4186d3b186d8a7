// What the tests of threads work with: workers, many threads at once, tensors and their bytes.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "tensordb/tensor.h"
#include "tensordb/workers.h"

namespace windtunnel::tensordb {

/// Threads that live as long as the process.
inline Workers& workers() {
  static Workers& the_workers = *new Workers(4);
  return the_workers;
}

/// Calls `work(i)` on `n` threads at once.
template <class Work>
void at_once(int n, Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([=] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

/// `n` small whole numbers that depend on the seed.
inline TensorRef tensor(std::size_t n, int seed) {
  TensorRef made = Tensor::floats({static_cast<std::int64_t>(n)});
  auto* out = reinterpret_cast<float*>(made->content().elements->mutable_data());
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>((i * 7 + static_cast<std::size_t>(seed) * 13) % 101);
  return made;
}

/// The elements and all that the optimizer remembers.
inline std::string bytes(const TensorRef& tensor) {
  const Content& content = tensor->content();
  std::string all;
  const auto add = [&](const Ref<Buffer>& buffer) {
    all.append(reinterpret_cast<const char*>(buffer->data()), buffer->size());
  };
  add(content.elements);
  for (const Ref<Buffer>& vector : content.vectors) add(vector);
  return all;
}

}  // namespace windtunnel::tensordb
