#include "experiment/rebill.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "base/error.h"
#include "experiment/results_sqlite.h"
#include "experiment/run_figures.h"
#include "models/ledger.h"

namespace windtunnel::experiment {
namespace {

// Quantities as a bill: tiers are used up over the items that share them.
void charge(models::Ledger& ledger, const std::string& item, double quantity) {
  ledger.charge(ledger.prices().item(item), quantity, {});
}

struct Bills {
  models::Ledger all, startup;
};

std::map<std::int64_t, Bills> bills_of(const std::filesystem::path& file, const models::PriceSheet& sheet) {
  const Database database(file, Database::Mode::read);
  std::map<std::int64_t, Bills> bills;
  Statement query = database.prepare("SELECT run_id, item, quantity, startup_quantity FROM items ORDER BY run_id, n");
  while (query.step()) {
    Bills& run = bills.try_emplace(query.integer(0), Bills{models::Ledger(sheet), models::Ledger(sheet)}).first->second;
    for (const int column : {2, 3}) {
      if (const double quantity = query.real(column); !(quantity >= 0 && std::isfinite(quantity))) {
        throw InputError(fmt::format("{}: damaged: run {}: a quantity of {} of {}", file.string(), query.integer(0), quantity, query.text(1)));
      }
    }
    charge(run.all, query.text(1), query.real(2));
    charge(run.startup, query.text(1), query.real(3));
  }
  return bills;
}

}  // namespace

std::vector<RunSummary> read_runs_under(const std::filesystem::path& file, const models::PriceSheet& sheet) {
  std::vector<RunSummary> runs = read_runs(file);
  const std::map<std::int64_t, Bills> bills = bills_of(file, sheet);
  for (RunSummary& run : runs) {
    run.price_sheet = sheet.name;
    run.price_sheet_hash = sheet.hash;
    Bill bill;
    if (const auto found = bills.find(run.run_id); found != bills.end()) {
      bill = bill_of(found->second.all, found->second.startup.total());
    }
    set_money(run, bill);
  }
  return runs;
}

}  // namespace windtunnel::experiment
