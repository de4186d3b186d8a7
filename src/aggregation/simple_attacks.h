// Attacks that look at nothing: constants, and what a lazy or broken worker sends.
#pragma once

#include <algorithm>
#include <limits>

#include "aggregation/attack.h"
#include "base/error.h"

namespace windtunnel::aggregation {

/// The value in each coordinate of `out`, which has the length of the own update (checked).
inline void send_everywhere(float value, const AttackContext& context, std::span<float> out) {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  std::ranges::fill(out, value);
}

/// out = 0: the worker's share of the mean is lost.
class Zero final : public Attack {
 public:
  void forge(const AttackContext& context, std::span<float> out) const override { send_everywhere(0, context, out); }
};

/// out = +infinity.
class Infinity final : public Attack {
 public:
  void forge(const AttackContext& context, std::span<float> out) const override {
    send_everywhere(std::numeric_limits<float>::infinity(), context, out);
  }
};

/// out = NaN: a diverged or broken worker.
class Nan final : public Attack {
 public:
  void forge(const AttackContext& context, std::span<float> out) const override {
    send_everywhere(std::numeric_limits<float>::quiet_NaN(), context, out);
  }
};

/// out = the last aggregate, which costs nothing to compute; zero in the first round. A free-rider that looks like a worker.
/// Reference: Lin, Du, Liu: Free-riders in federated learning: attacks and defenses, 2019 (arXiv 1911.12560).
class Lazy final : public Attack {
 public:
  Sight sight() const override { return {.previous = true}; }
  void forge(const AttackContext& context, std::span<float> out) const override {
    send_everywhere(0, context, out);
    check(context.previous.empty() || context.previous.size() == out.size(), "lazy: the last aggregate has the length of an update");
    std::ranges::copy(context.previous, out.begin());
  }
};

}  // namespace windtunnel::aggregation
