#include "scenario/scenario.h"

namespace windtunnel::scenario {

void Adversary::describe(Fields& f) {
  who.describe(f);
  f("attack", attack, "what the Byzantine workers do");
}

void Scenario::describe(Fields& f) {
  f("seed", seed, "root of all randomness: same scenario and seed, same results", {.min = 0, .max = 9.2e18});
  job.describe(f);
  f("learning", learning, "what is learnt: nothing (time and cost only), a noisy quadratic, or a network on data");
  f("optimizer", optimizer, "how the model is updated");
  f("architecture", architecture, "who computes, who combines, who holds the model");
  f("adversary", adversary, "Byzantine workers");
  f("faults", faults, "what breaks, and when");
  f("store", store, "where tensors are aggregated: in process, or inside a Redis server");
  f("cloud", cloud, "the cloud: services, prices, limits");
  f("limits", limits, "when a run that does not come to its end is given up");
}

}  // namespace windtunnel::scenario
