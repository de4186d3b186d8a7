#include "sim/random.h"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

#include "base/error.h"
#include "sim/fingerprint.h"

namespace windtunnel::sim {

PhiloxEngine::PhiloxEngine(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
    : key_{seed, hash_of(purpose)}, index_(index) {}

PhiloxEngine::Block PhiloxEngine::philox(Block counter, std::array<std::uint64_t, 2> key) {
  const r123::Philox4x64::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x64::key_type k{{key[0], key[1]}};
  const auto out = r123::Philox4x64{}(c, k);
  return {out[0], out[1], out[2], out[3]};
}

void PhiloxEngine::refill() {
  words_ = philox({block_++, index_, 0, 0}, key_);
  used_ = 0;
}

double RandomStream::exponential(double mean) {
  check(mean > 0, "an exponential's mean must be positive");
  return mean * boost::random::exponential_distribution<double>()(engine_);
}

double RandomStream::normal(double mean, double sd) {
  check(sd >= 0, "a normal's standard deviation must not be negative");
  return mean + sd * boost::random::normal_distribution<double>()(engine_);
}

double RandomStream::lognormal(double mu, double sigma) { return std::exp(normal(mu, sigma)); }

std::int64_t RandomStream::integer(std::int64_t lo, std::int64_t hi) {
  check(lo <= hi, "an integer range must not be empty");
  return boost::random::uniform_int_distribution<std::int64_t>(lo, hi)(engine_);
}

}  // namespace windtunnel::sim
