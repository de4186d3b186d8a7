#include "aggregation/gaussian.h"

#include <Random123/philox.h>

#include <boost/random/normal_distribution.hpp>
#include <limits>

#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

// A uniform random bit generator over the blocks of Philox: word k of block b is philox({b, worker, round, 0}, seed).
class Noise {
 public:
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  explicit Noise(const AttackContext& context)
      : key_{{context.seed, 0x6761757373ULL}},  // the second word names this purpose
        counter_{{0, static_cast<std::uint64_t>(context.worker), static_cast<std::uint64_t>(context.round), 0}} {}

  result_type operator()() {
    if (used_ == block_.size()) {
      block_ = r123::Philox4x64()(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

 private:
  r123::Philox4x64::key_type key_;
  r123::Philox4x64::ctr_type counter_, block_{};
  std::size_t used_ = 4;
};

}  // namespace

void Gaussian::describe(Fields& fields) {
  fields("sigma", sigma, "standard deviation of the noise in each coordinate", {.min = 0, .max = 1e9, .source = "facts 1"});
  fields("add", add, "true: the noise is added to the honest update instead of replacing it");
}

void Gaussian::forge(const AttackContext& context, std::span<float> out) const {
  check(out.size() == context.own.size(), "forge: out has the length of the own update");
  Noise noise(context);
  boost::random::normal_distribution<double> standard;
  for (std::size_t j = 0; j < out.size(); ++j) {
    const double z = sigma * standard(noise);
    out[j] = static_cast<float>(add ? double{context.own[j]} + z : z);
  }
}

}  // namespace windtunnel::aggregation
