// The clients that the tensor database is compared with: they fetch gradients as plain strings, compute, and store the
// result.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/address.h"

struct redisContext;

namespace windtunnel::bench {

/// Average into `out`, then one SGD step: the plain loops, over memory that is there already.
void average(std::span<const std::vector<float>> gradients, std::span<float> out);
void sgd_step(std::span<float> weights, std::span<const float> gradient, float rate);

/// A client of plain GET and SET.
class Client {
 public:
  virtual ~Client() = default;
  virtual void get(const std::string& key, std::span<float> out) = 0;
  virtual void set(const std::string& key, std::span<const float> values) = 0;
};

/// As most programs would: Debian's hiredis, one call after the other.
std::unique_ptr<Client> hiredis_client(const store::Address& address);
/// The fastest honest client: received straight into the destination, sent from where the data are.
std::unique_ptr<Client> bare_client(const store::Address& address);

}  // namespace windtunnel::bench
