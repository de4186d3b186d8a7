// Who is Byzantine, and in which rounds. What they send is an attack on numbers and none of this room's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"

namespace windtunnel::models {

struct AdversaryConfig {
  Members byzantine;                        ///< workers, from 0, each once; or a share of all, who are drawn by the seed
  std::int64_t from_round = 0;              ///< first round in which they are
  std::optional<std::int64_t> until_round;  ///< first round in which they are honest again; none: never

  void describe(Fields& f);
  /// Whether anybody is Byzantine.
  bool any() const { return !byzantine.none(); }
  /// How many of so many workers the share is, to the nearest.
  std::int64_t drawn(std::int64_t workers) const;
  /// All that is wrong with it for so many workers, each as "byzantine[1]: what, what is allowed".
  std::vector<std::string> problems(std::int64_t workers) const;
};

class Adversary {
 public:
  /// Who is drawn depends on the seed alone, and a larger share has those of a smaller one among its own. Throws InputError
  /// with all problems of the config.
  Adversary(const AdversaryConfig& config, std::int64_t workers, std::uint64_t seed);

  /// Whether `worker` sends a forged update in `round`. worker in [0, workers) (checked).
  bool is_byzantine(std::int64_t worker, std::int64_t round) const;
  /// Byzantine workers in this round, ascending.
  std::vector<std::int64_t> byzantine(std::int64_t round) const;
  /// How many workers are Byzantine in some round.
  std::int64_t count() const;

 private:
  std::vector<bool> byzantine_;
  std::int64_t from_round_;
  std::optional<std::int64_t> until_round_;
};

}  // namespace windtunnel::models
