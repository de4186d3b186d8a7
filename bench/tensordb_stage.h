// One size, number of gradients and transport: the same work done in every way, on the same data.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/tensordb_clients.h"
#include "store/connection.h"
#include "store/tensor_store.h"

namespace windtunnel::bench {

/// Milliseconds of one call, by the clock on the wall.
double timed(const std::function<void()>& call);

/// Ways to do the same work, measured in turn.
class Contest {
 public:
  void add(std::string name, std::function<void()> way);
  const std::vector<std::string>& names() const { return names_; }
  /// The median of each way over `repeat` rounds, milliseconds, in the order they were added. A way of under 100 ms is
  /// called once before it is timed, so that it finds its own data in the cache and not those of the way before, and
  /// timed three times a round, because a thread that wakes up late shifts it; longer ones go through more memory than
  /// any cache holds.
  std::vector<double> medians(std::size_t repeat) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::function<void()>> ways_;
};

struct Servers {
  store::Address native;    ///< has the TENSOR.* commands
  store::Address scripted;  ///< has RedisAI's commands alone
};

class Stage {
 public:
  Stage(const Servers& servers, std::size_t size, std::size_t gradients);
  ~Stage();

  /// All ways; their names are the columns of the table and the members of the JSON lines.
  Contest contest();
  /// Averages and updates in one command of the native server.
  void fused();

 private:
  void fetch_average(Client& client);
  void fetch_update(Client& client);

  std::unique_ptr<Client> hiredis_, bare_;
  store::TensorStore native_, scripted_;
  store::Connection direct_;
  std::vector<std::vector<float>> gradients_;
  std::vector<float> average_, weights_;
  std::vector<std::string> keys_;
};

/// A plain copy on all processors, of memory larger than the caches: what the machine can move at best.
class MemoryCopy {
 public:
  MemoryCopy() : from_(bytes, 1), to_(bytes, 0) {}
  void pass();
  static constexpr std::size_t bytes = std::size_t{256} << 20;
  static constexpr double bytes_moved = 2.0 * bytes;  ///< by a pass: read and written

 private:
  std::vector<char> from_, to_;
};

}  // namespace windtunnel::bench
