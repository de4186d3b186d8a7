#include "models/ledger.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {

LedgerSums::LedgerSums(const PriceSheet& prices)
    : rows_of(prices.items().size()), quantity(prices.items().size()), usd(prices.items().size()), used_(prices.items().size()) {
  for (const PriceItem& item : prices.items()) {
    std::size_t at = 0;
    while (at < by_service.size() && by_service[at].first != item.service) ++at;
    if (at == by_service.size()) by_service.emplace_back(item.service, Usd{});
    service_of_.push_back(at);
  }
}

void LedgerSums::add(const PriceSheet& prices, const Charge& charge) {
  double& before = used_[prices.tiers_of(charge.item)];
  const Usd cost = prices.cost(charge.item, {.before = before, .quantity = charge.quantity});
  before += charge.quantity;
  ++rows;
  print.add(charge.item);
  print.add(charge.quantity);
  print.add(cost.value);
  models::add(print, charge.context);
  total += cost;
  by_kind[static_cast<std::size_t>(prices[charge.item].kind)] += cost;
  by_service[service_of_[charge.item]].second += cost;
  ++rows_of[charge.item];
  quantity[charge.item] += charge.quantity;
  usd[charge.item] += cost;
}

void Ledger::charge(ItemId item, double quantity, const Context& context) {
  check(item < prices_.items().size(), "Ledger::charge: an item of the sheet");
  check(std::isfinite(quantity) && quantity >= 0, "Ledger::charge: the quantity is finite and not negative");
  const auto same = [&](const Charge& charge) { return charge.item == item && charge.context == context; };
  charges_.at(mix(bits_of(context) + item), same, {item, 0, context}).quantity += quantity;
}

void Ledger::close_into_sums() {
  charges_.close_into([this](const Charge& charge) { closed_.add(prices_, charge); });
}

LedgerSums Ledger::sums() const {
  LedgerSums all = closed_;
  for (const Charge& charge : charges()) all.add(prices_, charge);
  return all;
}

std::vector<Usd> Ledger::priced() const {
  check(closed_.rows == 0, "Ledger::priced: all rows are kept");
  std::vector<double> used(prices_.items().size());
  std::vector<Usd> costs;
  costs.reserve(charges().size());
  for (const Charge& charge : charges()) {
    double& before = used[prices_.tiers_of(charge.item)];
    costs.push_back(prices_.cost(charge.item, {.before = before, .quantity = charge.quantity}));
    before += charge.quantity;
  }
  return costs;
}

Ledger Ledger::under(PriceSheet other) const {
  check(closed_.rows == 0, "Ledger::under: all rows are kept");
  std::vector<ItemId> ids(prices_.items().size());
  std::vector<bool> known(ids.size());
  Ledger result(std::move(other));
  for (const Charge& charge : charges()) {
    if (!known[charge.item]) {
      ids[charge.item] = result.prices_.item(prices_[charge.item].name);
      known[charge.item] = true;
    }
    result.charge(ids[charge.item], charge.quantity, charge.context);
  }
  return result;
}

Usd Ledger::total() const { return sums().total; }

Usd Ledger::total(CostKind kind) const { return sums().by_kind[static_cast<std::size_t>(kind)]; }

std::vector<std::pair<std::string, Usd>> Ledger::by_service() const { return sums().by_service; }

}  // namespace windtunnel::models
