#include "aggregation/rules.h"

#include <array>

#include "aggregation/krum.h"
#include "aggregation/meamed.h"
#include "aggregation/mean.h"
#include "aggregation/median.h"
#include "aggregation/trimmed_mean.h"

namespace windtunnel::aggregation {

Family<Rule> rules() {
  static constexpr std::array all{
      option<Rule, Mean>("mean", "arithmetic mean; a single false update breaks it"),
      option<Rule, Median>("median", "median of each coordinate; withstands fewer than half of the updates"),
      option<Rule, TrimmedMean>("trimmed_mean", "mean of each coordinate without its f smallest and f largest values"),
      option<Rule, Krum>("krum", "the update closest to its n - f - 2 nearest neighbours"),
      option<Rule, Meamed>("meamed", "mean of the n - f values of each coordinate nearest to its median"),
  };
  return all;
}

}  // namespace windtunnel::aggregation
