#include "models/ledger.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {

void Ledger::charge(ItemId item, double quantity, const Context& context) {
  check(item < prices_.items().size(), "Ledger::charge: an item of the sheet");
  check(std::isfinite(quantity) && quantity >= 0, "Ledger::charge: the quantity is finite and not negative");
  const auto next = static_cast<std::uint32_t>(charges_.size());
  const std::uint32_t row = index_.find_or_add(mix(bits_of(context) + item), next, [&](std::uint32_t candidate) {
    return charges_[candidate].item == item && charges_[candidate].context == context;
  });
  if (row == next) charges_.push_back({item, 0, context});
  charges_[row].quantity += quantity;
}

std::vector<Usd> Ledger::priced() const {
  std::vector<double> used(prices_.items().size());
  std::vector<Usd> costs;
  costs.reserve(charges_.size());
  for (const Charge& charge : charges_) {
    double& before = used[prices_.tiers_of(charge.item)];
    costs.push_back(prices_.cost(charge.item, {.before = before, .quantity = charge.quantity}));
    before += charge.quantity;
  }
  return costs;
}

Ledger Ledger::under(PriceSheet other) const {
  std::vector<ItemId> ids(prices_.items().size());
  std::vector<bool> known(ids.size());
  Ledger result(std::move(other));
  for (const Charge& charge : charges_) {
    if (!known[charge.item]) {
      ids[charge.item] = result.prices_.item(prices_[charge.item].name);
      known[charge.item] = true;
    }
    result.charge(ids[charge.item], charge.quantity, charge.context);
  }
  return result;
}

Usd Ledger::total() const {
  Usd sum;
  for (Usd cost : priced()) sum += cost;
  return sum;
}

Usd Ledger::total(CostKind kind) const {
  const std::vector<Usd> costs = priced();
  Usd sum;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (prices_[charges_[i].item].kind == kind) sum += costs[i];
  }
  return sum;
}

std::vector<std::pair<std::string, Usd>> Ledger::by_service() const {
  std::vector<std::pair<std::string, Usd>> services;
  std::vector<std::size_t> service_of;  // by item
  for (const PriceItem& item : prices_.items()) {
    std::size_t at = 0;
    while (at < services.size() && services[at].first != item.service) ++at;
    if (at == services.size()) services.emplace_back(item.service, Usd{});
    service_of.push_back(at);
  }
  const std::vector<Usd> costs = priced();
  for (std::size_t i = 0; i < costs.size(); ++i) services[service_of[charges_[i].item]].second += costs[i];
  return services;
}

}  // namespace windtunnel::models
