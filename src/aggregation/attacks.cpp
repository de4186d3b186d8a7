#include "aggregation/attacks.h"

#include <array>

#include "aggregation/gaussian.h"
#include "aggregation/label_flip.h"
#include "aggregation/sign_flip.h"

namespace windtunnel::aggregation {

Family<Attack> attacks() {
  static constexpr std::array all{
      option<Attack, Attack>("none", "every worker is honest"),
      option<Attack, SignFlip>("sign_flip", "sends the own update times a negative factor"),
      option<Attack, Gaussian>("gaussian", "sends Gaussian noise, alone or added to the own update"),
      option<Attack, LabelFlip>("label_flip", "trains on labels counted from the other end"),
  };
  return all;
}

}  // namespace windtunnel::aggregation
