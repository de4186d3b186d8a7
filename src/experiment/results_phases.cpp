#include "experiment/results_phases.h"

namespace windtunnel::experiment {
namespace {

std::vector<PhaseTotal> totals(const models::Journal& journal, bool by_actor) {
  const std::size_t actors = by_actor ? journal.actors.size() : 1;
  std::vector<PhaseTotal> all(actors * models::phases);
  for (const models::Span& span : journal.spans) {
    const std::size_t actor = by_actor ? span.context.actor : 0;
    PhaseTotal& total = all[actor * models::phases + static_cast<std::size_t>(span.context.phase)];
    ++total.spans;
    total.time += span.end - span.start;
  }
  std::vector<PhaseTotal> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].spans == 0) continue;
    found.push_back(all[i]);
    found.back().actor = static_cast<models::ActorId>(i / models::phases);
    found.back().phase = static_cast<models::Phase>(i % models::phases);
  }
  return found;
}

}  // namespace

std::vector<PhaseTotal> phase_totals(const models::Journal& journal) { return totals(journal, true); }
std::vector<PhaseTotal> phase_totals_of_all(const models::Journal& journal) { return totals(journal, false); }

}  // namespace windtunnel::experiment
