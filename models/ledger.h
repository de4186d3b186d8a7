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
#include "models/phase.h"
#include "models/prices.h"
#include "models/row_index.h"

namespace windtunnel::models {

/// All charges of one item to one actor in one phase and round.
struct Charge {
  ItemId item = 0;      ///< index into PriceSheet::items(): service, item, unit, unit price
  double quantity = 0;  ///< in the item's unit
  Context context;
};

class Ledger {
 public:
  explicit Ledger(PriceSheet prices) : prices_(std::move(prices)) {}

  const PriceSheet& prices() const { return prices_; }
  /// Adds `quantity` ≥ 0 (checked) of `item` to the row of (item, context).
  void charge(ItemId item, double quantity, const Context& context);

  const std::vector<Charge>& charges() const { return charges_; }
  /// USD of a row at the price in force for its quantity; tiers are consumed in the order of the rows.
  std::vector<Usd> priced() const;
  /// The same rows under another sheet, matched by item name. Throws InputError when that sheet lacks an item.
  Ledger under(PriceSheet other) const;
  Usd total() const;
  Usd total(CostKind kind) const;
  std::vector<std::pair<std::string, Usd>> by_service() const;  ///< in order of the sheet; services without charge too

 private:
  PriceSheet prices_;
  std::vector<Charge> charges_;
  RowIndex index_;
};

}  // namespace windtunnel::models
