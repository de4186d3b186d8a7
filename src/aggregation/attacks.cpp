#include "aggregation/attacks.h"

#include <array>

#include "aggregation/alie.h"
#include "aggregation/bit_flip.h"
#include "aggregation/fang.h"
#include "aggregation/gaussian.h"
#include "aggregation/inner_product.h"
#include "aggregation/label_flip.h"
#include "aggregation/mimic.h"
#include "aggregation/min_max.h"
#include "aggregation/random_update.h"
#include "aggregation/sign_flip.h"
#include "aggregation/simple_attacks.h"

namespace windtunnel::aggregation {

Family<Attack> attacks() {
  static constexpr std::array all{
      option<Attack, Attack>("none", "every worker is honest"),
      option<Attack, SignFlip>("sign_flip", "sends the own update times a negative factor"),
      option<Attack, Gaussian>("gaussian", "sends Gaussian noise, alone or added to the own update"),
      option<Attack, RandomUpdate>("random", "sends uniform noise"),
      option<Attack, Zero>("zero", "sends zeros"),
      option<Attack, Infinity>("infinity", "sends infinities"),
      option<Attack, Nan>("nan", "sends values that are not numbers"),
      option<Attack, BitFlip>("bit_flip", "flips bits of some values", "Xie, Koyejo, Gupta, arXiv 1802.10116"),
      option<Attack, Lazy>("lazy", "sends the last aggregate instead of training", "Lin, Du, Liu, arXiv 1911.12560"),
      option<Attack, LabelFlip>("label_flip", "trains on labels counted from the other end"),
      option<Attack, Alie>("alie", "a little is enough: some deviations from the mean of the updates it sees",
                           "Baruch, Baruch, Goldberg, NeurIPS 2019"),
      option<Attack, OptimizedAlie>("optimized_alie", "the same with the factor that harms the rule most",
                                    "Shejwalkar, Houmansadr, NDSS 2021"),
      option<Attack, InnerProduct>("ipm", "inner-product manipulation: the mean of the updates it sees, turned round",
                                   "Xie, Koyejo, Gupta, UAI 2019"),
      option<Attack, OptimizedInnerProduct>("optimized_ipm", "the same with the factor that harms the rule most",
                                            "Shejwalkar, Houmansadr, NDSS 2021"),
      option<Attack, Mimic>("mimic", "copies the honest update most unlike the others", "Karimireddy, He, Jaggi, ICLR 2022"),
      option<Attack, MinMax>("min_max", "as far from the mean as two honest updates are apart",
                             "Shejwalkar, Houmansadr, NDSS 2021"),
      option<Attack, MinSum>("min_sum", "as far from all honest updates together as one of them",
                             "Shejwalkar, Houmansadr, NDSS 2021"),
      option<Attack, Fang>("fang", "against the model's way, as far as trimmed mean or Krum let through",
                           "Fang et al., USENIX Security 2020"),
  };
  return all;
}

}  // namespace windtunnel::aggregation
