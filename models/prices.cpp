#include "models/prices.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"

namespace windtunnel::models {
namespace {

std::filesystem::path folder() { return home_dir() / "scenarios" / "prices"; }

}  // namespace

std::string_view name(CostKind kind) {
  static constexpr std::array<std::string_view, 4> names{"compute", "requests", "storage", "machines"};
  const auto index = static_cast<std::size_t>(kind);
  check(index < names.size(), "name: a kind of cost");
  return names[index];
}

PriceSheet PriceSheet::named(std::string_view name) {
  const std::vector<std::string> known = names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::vector<std::string_view> words(known.begin(), known.end());
    throw InputError(unknown_word("price sheet", name, words));
  }
  return load(folder() / (std::string(name) + ".yaml"));
}

PriceSheet PriceSheet::find(const std::string& name, const std::filesystem::path& folder) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
  std::error_code error;
  if (is_path) {
    const std::filesystem::path file = folder / name;
    if (!std::filesystem::is_regular_file(file, error)) throw InputError(file.string() + ": no such price sheet");
    return load(file);
  }
  const std::vector<std::string> known = names();
  const std::filesystem::path beside = folder / (name + ".yaml");
  if (std::find(known.begin(), known.end(), name) != known.end()) return named(name);
  if (!name.empty() && std::filesystem::is_regular_file(beside, error)) return load(beside);
  const std::vector<std::string_view> words(known.begin(), known.end());
  throw InputError(unknown_word("price sheet", name, words) + "; or the path of a file of your own, which ends in .yaml");
}

std::vector<std::string> PriceSheet::names() {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder(), error)) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path().stem().string());
  }
  if (error) throw MissingError(folder().string() + ": cannot list the price sheets: " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

ItemId PriceSheet::item(std::string_view wanted) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].name == wanted) return static_cast<ItemId>(i);
  }
  std::vector<std::string_view> known;
  for (const PriceItem& item : items_) known.push_back(item.name);
  throw InputError("price sheet " + name + ": " + unknown_word("item", wanted, known));
}

Duration PriceSheet::billed(ItemId item, Duration length) const {
  check(item < items_.size(), "PriceSheet::billed: an item of the sheet");
  check(length >= Duration(0), "PriceSheet::billed: a length is not negative");
  const Duration paid = std::max(length, items_[item].minimum);
  const Duration step = items_[item].step;
  return step > Duration(0) ? (paid + step - Duration(1)) / step * step : paid;
}

Usd PriceSheet::cost(ItemId item, Usage usage) const {
  check(item < items_.size(), "PriceSheet::cost: an item of the sheet");
  check(usage.before >= 0 && usage.quantity >= 0, "PriceSheet::cost: quantities are not negative");
  double from = usage.before;
  double left = usage.quantity;
  Usd cost;
  for (const PriceTier& tier : items_[item].tiers) {
    if (from >= tier.up_to) continue;
    const double here = std::min(left, tier.up_to - from);
    cost.value += here * tier.usd;
    from += here;
    left -= here;
    if (left <= 0) break;
  }
  return cost;
}

}  // namespace windtunnel::models
