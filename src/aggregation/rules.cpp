#include "aggregation/rules.h"

#include <array>

#include "aggregation/arc.h"
#include "aggregation/bucketing.h"
#include "aggregation/bulyan.h"
#include "aggregation/caf.h"
#include "aggregation/centered_clipping.h"
#include "aggregation/cge.h"
#include "aggregation/clip.h"
#include "aggregation/dnc.h"
#include "aggregation/fltrust.h"
#include "aggregation/geometric_median.h"
#include "aggregation/krum.h"
#include "aggregation/mda.h"
#include "aggregation/meamed.h"
#include "aggregation/mean.h"
#include "aggregation/median.h"
#include "aggregation/monna.h"
#include "aggregation/multi_krum.h"
#include "aggregation/nan_safe_mean.h"
#include "aggregation/nnm.h"
#include "aggregation/norm_clipping.h"
#include "aggregation/sign_guard.h"
#include "aggregation/smea.h"
#include "aggregation/trimmed_mean.h"
#include "aggregation/zeno.h"

namespace windtunnel::aggregation {

Family<Rule> rules() {
  static constexpr std::array all{
      option<Rule, Mean>("mean", "arithmetic mean; a single false update breaks it"),
      option<Rule, NanSafeMean>("nan_safe_mean", "mean of the updates without NaN and infinity"),
      option<Rule, Median>("median", "median of each coordinate; withstands fewer than half of the updates",
                           "Yin et al., ICML 2018, definition 1"),
      option<Rule, TrimmedMean>("trimmed_mean", "mean of each coordinate without its f smallest and f largest values",
                                "Yin et al., ICML 2018, definition 2"),
      option<Rule, Meamed>("meamed", "mean of the n - f values of each coordinate nearest to its median",
                           "Xie, Koyejo, Gupta, arXiv 1802.10116"),
      option<Rule, GeometricMedian>("geometric_median", "point with the smallest sum of distances to the updates",
                                    "Pillutla, Kakade, Harchaoui, IEEE TSP 70 (2022)"),
      option<Rule, Krum>("krum", "the update closest to its n - f - 2 nearest neighbours",
                         "Blanchard et al., NIPS 2017, section 4"),
      option<Rule, MultiKrum>("multi_krum", "mean of the updates closest to their n - f - 2 nearest neighbours",
                              "Blanchard et al., NIPS 2017, section 5"),
      option<Rule, Bulyan>("bulyan", "of n - 2f updates that Krum chooses, the middle of each coordinate",
                           "El Mhamdi, Guerraoui, Rouault, ICML 2018"),
      option<Rule, Mda>("mda", "mean of the n - f updates that lie within the smallest diameter",
                        "El Mhamdi et al., PODC 2020"),
      option<Rule, Smea>("smea", "mean of the n - f updates whose covariance has the smallest largest eigenvalue",
                         "Allouah et al., ICML 2023"),
      option<Rule, Caf>("caf", "weighted mean; weights fall along the direction of the largest variance",
                        "Allouah, Guerraoui, Stephan, arXiv 2505.01874"),
      option<Rule, Dnc>("dnc", "mean without the outliers along the first principal direction",
                        "Shejwalkar, Houmansadr, NDSS 2021"),
      option<Rule, SignGuard>("sign_guard", "mean of the updates of ordinary length whose signs are like most others'",
                              "Xu et al., ICDCS 2022"),
      option<Rule, CenteredClipping>("centered_clipping", "short steps from the previous aggregate towards each update",
                                     "Karimireddy, He, Jaggi, ICML 2021"),
      option<Rule, NormClipping>("norm_clipping", "mean of updates shortened to a norm", "Sun et al., arXiv 1911.07963"),
      option<Rule, Cge>("cge", "mean of the n - f shortest updates", "Gupta, Liu, Vaidya, ACC 2021"),
      option<Rule, Monna>("monna", "mean of the n - f updates nearest to the own one", "Farhadkhani et al., ICML 2023"),
      option<Rule, Zeno>("zeno", "mean of the n - f updates that promise most by a trusted gradient",
                         "Xie, Koyejo, Gupta, ICML 2019"),
      option<Rule, FlTrust>("fltrust", "updates weighed by how far they point the way of a trusted gradient",
                            "Cao et al., NDSS 2021"),
      option<Rule, Clip>("clip", "shortens updates to a norm, then a rule", "Sun et al., arXiv 1911.07963"),
      option<Rule, Arc>("arc", "shortens the longest updates to the longest of the others, then a rule",
                        "Allouah et al., ICLR 2025"),
      option<Rule, Nnm>("nnm", "mixes each update with its nearest neighbours, then a rule",
                        "Allouah et al., AISTATS 2023"),
      option<Rule, Bucketing>("bucketing", "means of a few updates at a time, then a rule",
                              "Karimireddy, He, Jaggi, ICLR 2022"),
  };
  return all;
}

std::string steps_of(Choice<Rule> rule) {
  struct Steps final : Fields {
    std::string names;
    const void* family = nullptr;
    void add(Choosable& choice) {
      if (!names.empty()) names.push_back('+');
      names.append(choice.selected());
      choice.describe(*this);
    }
    void field(Field field) override {
      auto* const choice = std::get_if<Choosable*>(&field.target);
      if (choice != nullptr && (*choice)->family() == family) add(**choice);
    }
  } steps;
  steps.family = rule.family();
  steps.add(rule);
  return steps.names;
}

}  // namespace windtunnel::aggregation
