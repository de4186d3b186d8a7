#include "aggregation/gaussian.h"

#include <boost/random/normal_distribution.hpp>

#include "aggregation/random_words.h"
#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::uint64_t purpose = 0x6761757373ULL;  // "gauss"

}  // namespace

void Gaussian::describe(Fields& fields) {
  fields("sigma", sigma, "standard deviation of the noise in each coordinate", {.min = 0, .max = 1e9, .source = "facts 1"});
  fields("add", add, "true: the noise is added to the honest update instead of replacing it");
}

void Gaussian::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  RandomWords noise({context.seed, purpose, static_cast<std::uint64_t>(context.worker), static_cast<std::uint64_t>(context.round)});
  boost::random::normal_distribution<double> standard;
  for (std::size_t j = 0; j < out.size(); ++j) {
    const double z = sigma * standard(noise);
    out[j] = static_cast<float>(add ? double{context.own[j]} + z : z);
  }
}

}  // namespace windtunnel::aggregation
