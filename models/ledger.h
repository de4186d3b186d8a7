// The bill, row by row. Quantities are kept raw; a price sheet turns them into USD, so an old run can be billed again
// under another dated sheet.
// Promise: billed again under another sheet, the rows are what the run would have been charged under it, to the last digit,
// whichever of the two bills INIT; rent keeps the steps and the minimum of the sheet that it was counted under.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "models/keyed_rows.h"
#include "models/phase.h"
#include "models/prices.h"
#include "sim/fingerprint.h"

namespace windtunnel::models {

/// All charges of one item to one actor in one phase and round; those of a round that is done again long after may be a row more.
struct Charge {
  ItemId item = 0;      ///< index into PriceSheet::items(): service, item, unit, unit price
  double quantity = 0;  ///< in the item's unit
  Context context;
};

/// What the rows of a bill come to, taken in their order, which decides the last digits.
struct LedgerSums {
  std::int64_t rows = 0;
  sim::Fingerprint print;  ///< of the rows: item, quantity, USD and context
  Usd total;
  Usd by_kind[4] = {};                               ///< by CostKind
  std::vector<std::pair<std::string, Usd>> by_service;  ///< in order of the sheet; services without charge too
  std::vector<std::int64_t> rows_of;                 ///< by item
  std::vector<double> quantity;                      ///< by item
  std::vector<Usd> usd;                              ///< by item

  explicit LedgerSums(const PriceSheet& prices);
  void add(const PriceSheet& prices, const Charge& charge);

 private:
  std::vector<std::size_t> service_of_;  // by item
  std::vector<double> used_;             // by the item whose tiers are used up
};

class Ledger {
 public:
  explicit Ledger(PriceSheet prices) : prices_(std::move(prices)), closed_(prices_) {}

  const PriceSheet& prices() const { return prices_; }
  /// Adds `quantity` ≥ 0 (checked) of `item` to the row of (item, context).
  void charge(ItemId item, double quantity, const Context& context);

  /// Those that are kept.
  const std::vector<Charge>& charges() const { return charges_.rows(); }
  /// USD of a row at the price in force for its quantity; tiers are consumed in the order of the rows, which are all kept (checked).
  std::vector<Usd> priced() const;
  /// What all rows come to, those that are not kept among them.
  LedgerSums sums() const;
  /// Closes the rows that were there when one of these two was called last: what is charged to their contexts is new rows.
  void close() { charges_.close(); }
  /// Does not keep them, either.
  void close_into_sums();
  /// The same rows under another sheet, matched by item name; all are kept (checked). Throws InputError when that sheet lacks an
  /// item.
  Ledger under(PriceSheet other) const;
  Usd total() const;
  Usd total(CostKind kind) const;
  std::vector<std::pair<std::string, Usd>> by_service() const;  ///< in order of the sheet; services without charge too

 private:
  PriceSheet prices_;
  KeyedRows<Charge> charges_;
  LedgerSums closed_;
};

}  // namespace windtunnel::models
