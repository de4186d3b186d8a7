#include "scenario/checks.h"

#include <fmt/format.h>

#include "base/error.h"
#include "models/machines.h"
#include "scenario/paths.h"
#include "sim/simulation.h"

namespace windtunnel::scenario {
namespace {

// "crashes[1].index" → "crashes.1.index".
std::string dotted(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c == '[') result += '.';
    else if (c != ']') result += c;
  }
  return result;
}

// The checks of one scenario.
class Checks {
 public:
  Checks(const Scenario& scenario, const Places& places, const Mark& top, Faults& faults)
      : s_(scenario), places_(places), top_(top), faults_(faults) {}

  void job() {
    each_of("adversary", s_.adversary.who.problems(s_.job.workers));
    faults();
    each_of(architecture(), s_.architecture->problems(s_.job));
    enough_rows();
    rows_at_hand();
  }

  void adversary() {
    const bool attacks = s_.adversary.attack.selected() != "none";
    const bool apart = s_.architecture->uses(s_.job).workers_apart;
    if (s_.adversary.who.any() && attacks && !apart) {
      fault("adversary.byzantine", fmt::format("{} has no workers that could be Byzantine", s_.architecture.selected()));
    }
    if (s_.adversary.who.any() && attacks && s_.adversary.attack->poisons_data() && has_classes() == false) {
      fault("adversary.attack", fmt::format("{} needs labels; learning is {}, which has none", s_.adversary.attack.selected(),
                                            s_.learning.selected()));
    }
    if (s_.adversary.who.any()) attacker_sees(*s_.adversary.attack, s_.architecture->uses(s_.job).attackers_see);
  }

  void learning() {
    attempt("learning", [&] { s_.learning->workload(); });
  }

  void store() {
    if (const store::RedisSettings* redis = s_.store->redis()) attempt("store.redis", [&] { redis->validate(); });
  }

  // Builds the cloud and what is rented in it: each part checks its own settings against the price sheet.
  void cloud(const std::function<const models::PriceSheet&(const Scenario&)>& prices) {
    const models::PriceSheet* sheet = nullptr;
    if (!attempt("cloud.prices", [&] { sheet = &prices(s_); })) {
      const std::vector<std::string> known = models::PriceSheet::names();
      if (known.empty()) return;
      Scenario other = s_;
      other.cloud.prices = known.back();
      sheet = &prices(other);  // so that what else is wrong is found all the same
    }
    if (!attempt("cloud.database.node", [&] { models::database_node(s_.cloud.database.node); })) return;
    attempt("cloud", [&] {
      sim::Simulation simulation;
      models::Journal journal(*sheet);
      architectures::Cloud cloud(simulation, journal, s_.cloud);
      const architectures::Uses uses = s_.architecture->uses(s_.job);
      if (uses.functions && cold_start()) attempt("cloud.function", [&] { cloud.functions.deploy(s_.cloud.function); });
      if (uses.database) attempt("cloud.database.node", [&] { cloud.database("database")->release(); });
      const auto rentable = [&](std::string_view setting, const std::string& type) {
        attempt(below(architecture(), setting), [&] { cloud.machines.rent(type, journal.actors.id("machine"))->release(); });
      };
      for (const architectures::RentedMachine& rented : uses.rents) rentable(rented.setting, rented.type);
      for (const architectures::DeployedFunction& own : uses.deploys) {
        attempt(below(architecture(), own.setting), [&] { cloud.functions.deploy(own.spec); });
      }
    });
  }

 private:
  std::string architecture() const { return fmt::format("architecture.{}", s_.architecture.selected()); }

  // Faults of workers where there are none: those but crashes have no effect (effects.cpp says so); a crash cannot be.
  void faults() {
    const architectures::Uses uses = s_.architecture->uses(s_.job);
    models::FaultsConfig config = s_.faults;
    if (!uses.workers_apart) {
      config = {};
      for (std::size_t i = 0; i < s_.faults.crashes.size(); ++i) {
        if (s_.faults.crashes[i].target != models::TargetKind::worker) continue;
        fault(fmt::format("faults.crashes.{}", i), fmt::format("{} has no workers that could crash", s_.architecture.selected()));
        return;
      }
      config.crashes = s_.faults.crashes;
    }
    each_of("faults", config.problems({.workers = s_.job.workers,
                                       .databases = uses.database ? s_.job.workers : 0,
                                       .server = uses.server,
                                       .newcomers = uses.newcomers,
                                       .rounds = s_.job.rounds}));
  }

  bool cold_start() {
    try {
      s_.cloud.function.cold_start.require_sane("cold_start");
      return true;
    } catch (const InputError& e) {
      each_of("cloud.function", {e.what()});
      return false;
    }
  }

  // Nothing where the workload itself is at fault, which is reported elsewhere.
  std::optional<bool> has_classes() const {
    try {
      return s_.learning.selected() != "none" && s_.learning->workload().classes > 0;
    } catch (const InputError&) {
      return std::nullopt;
    }
  }

  void enough_rows() {
    const Choice<aggregation::Rule>* rule = s_.architecture->uses(s_.job).rule;
    if (rule == nullptr || (*rule)->minimum_rows() <= s_.job.workers) return;
    const std::string path = architecture() + ".rule";
    fault(places_.contains(path) ? path : "workers",
          fmt::format("{} needs at least {} updates; there are {} workers", (*rule)->label(), (*rule)->minimum_rows(),
                      s_.job.workers));
  }

  // What a rule cannot do without, the architecture must have.
  void rows_at_hand() {
    const architectures::Uses uses = s_.architecture->uses(s_.job);
    if (uses.rule == nullptr) return;
    const aggregation::Wants wants = (*uses.rule)->wants();
    const std::string path = architecture() + ".rule";
    const auto needs = [&](bool wanted, bool there, const char* what) {
      if (!wanted || there) return;
      fault(path, fmt::format("{} needs {}, which {} does not have", (*uses.rule)->label(), what, s_.architecture.selected()));
    };
    needs(wants.own, uses.at_hand.own, "the own update of the one who combines");
    needs(wants.reference, uses.at_hand.reference, "a reference update that can be trusted");
  }

  // What an attack looks at, the architecture must show.
  void attacker_sees(const aggregation::Attack& attack, const aggregation::Sight& shown) {
    const aggregation::Sight wants = attack.sight();
    const auto needs = [&](bool wanted, bool there, std::string_view what) {
      if (!wanted || there) return;
      fault("adversary.attack", fmt::format("{} looks at {}, which {} does not show to attackers",
                                            s_.adversary.attack.selected(), what, s_.architecture.selected()));
    };
    needs(wants.knowledge > aggregation::Knowledge::own, shown.knowledge >= wants.knowledge,
          wants.knowledge == aggregation::Knowledge::all ? "the honest updates of its round" : "the updates of other Byzantine workers");
    needs(wants.rule, shown.rule, "the rule");
    needs(wants.previous, shown.previous, "the previous aggregate");
  }

  void each_of(const std::string& section, const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) {
      const std::size_t colon = problem.find(": ");
      if (colon == std::string::npos) fault(section, problem);
      else fault(below(section, dotted(problem.substr(0, colon))), problem.substr(colon + 2));
    }
  }

  template <class Do>
  bool attempt(const std::string& path, Do make) {
    try {
      make();
      return true;
    } catch (const InputError& e) {
      fault(path, e.what());
      return false;
    }
  }

  // At the setting, or at what it is part of when it has its default, or at the top.
  void fault(const std::string& path, std::string message) {
    std::string_view at = path;
    for (;;) {
      if (const auto place = places_.find(at); place != places_.end()) {
        return faults_.add({place->second.value, path, std::move(message), ""});
      }
      const std::size_t dot = at.rfind('.');
      if (dot == std::string_view::npos) return faults_.add({top_, path, std::move(message), ""});
      at = at.substr(0, dot);
    }
  }

  const Scenario& s_;
  const Places& places_;
  const Mark& top_;
  Faults& faults_;
};

}  // namespace

void Checker::check_scenario(const Scenario& scenario, const Places& places, const Mark& top, Faults& faults) {
  Checks checks(scenario, places, top, faults);
  checks.job();
  checks.adversary();
  checks.learning();
  checks.store();
  checks.cloud([this](const Scenario& s) -> const models::PriceSheet& { return *sheet(s); });
}

std::shared_ptr<const models::PriceSheet> Checker::sheet(const Scenario& s) {
  const std::pair<std::string, std::filesystem::path> key(s.cloud.prices, s.folder);
  const auto known = sheets_.find(key);
  if (known != sheets_.end()) return known->second;
  auto read = std::make_shared<const models::PriceSheet>(models::PriceSheet::find(s.cloud.prices, s.folder));
  return sheets_.emplace(key, std::move(read)).first->second;
}

}  // namespace windtunnel::scenario
