// What one unit of each thing costs: a dated price sheet of one provider and region, read from a YAML file.
// A sheet that loads is complete and sane: every item has a service, a unit that the program counts it in, a kind, rising
// tiers and a source. Every fault of a file is reported at once, each with file:line:column.
//
// INIT of a zip package is an item of its own beside each item that it adds to (lambda.init.x86 beside lambda.duration.x86,
// lambda.init.tmp beside lambda.tmp), which the loader makes: free where `lambda_init_billed` is false, else priced as, and in
// the tiers of, the item it belongs to. So quantities do not depend on the sheet, and can be billed under any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace windtunnel::models {

/// Index into PriceSheet::items(). Ids belong to one sheet; names are what two sheets have in common.
using ItemId = std::uint32_t;

/// Cost in the split that every comparison shows.
enum class CostKind : std::uint8_t { compute, requests, storage, machines };
std::string_view name(CostKind kind);

/// Price of the units from the end of the tier before up to `up_to` units a month (infinite in the last tier).
struct PriceTier {
  double up_to = 0;  ///< units
  double usd = 0;    ///< USD per unit
};

struct PriceItem {
  std::string name;     ///< "lambda.duration.arm64"
  std::string service;  ///< "lambda"
  std::string unit;     ///< "GB-s", "request", "hour", …
  CostKind kind = CostKind::compute;
  std::vector<PriceTier> tiers;  ///< at least one; up_to rises; the last is infinite
  std::string source;            ///< where the figure comes from and how sure it is
  Duration step{0};              ///< rent is for whole steps of this, the last one started; 0: to the nanosecond
  Duration minimum{0};           ///< and for this long at least
  std::optional<ItemId> as;      ///< its quantities use up the tiers of that item, whose price it has
};

/// A quantity of an item, after `before` units of it in the same month.
struct Usage {
  double before = 0;
  double quantity = 0;
};

class PriceSheet {
 public:
  std::string name;  ///< file name without .yaml, "aws-us-east-1-2025-08"
  std::string provider;
  std::string region;
  std::string date;                ///< month the prices were in force, "2025-08"
  std::string hash;                ///< of the text it was read from, 16 hexadecimal digits
  bool lambda_init_billed = true;  ///< INIT of a zip package is billed; INIT of an image always is (facts 5)

  /// Reads a file. Throws MissingError when it cannot be read, InputError with all its faults when it is wrong.
  static PriceSheet load(const std::filesystem::path& file);
  /// The same from a text; `file` is the name that the messages show.
  static PriceSheet parse(std::string_view text, const std::filesystem::path& file);
  /// The sheet scenarios/prices/<name>.yaml that ships with the program. Throws InputError with the known names.
  static PriceSheet named(std::string_view name);
  /// The sheet that a person names: one that ships with the program; a file by its path, which has a "/" or ends in .yaml and
  /// is relative to `folder`; or <name>.yaml in `folder`. Throws InputError when there is none, or with all its faults.
  static PriceSheet find(const std::string& name, const std::filesystem::path& folder);
  /// Names of the sheets that ship with the program, sorted.
  static std::vector<std::string> names();

  /// Throws InputError with near names when the sheet has no such item.
  ItemId item(std::string_view name) const;
  const std::vector<PriceItem>& items() const { return items_; }
  const PriceItem& operator[](ItemId id) const { return items_[id]; }

  /// USD of a usage, tier by tier. Precondition: quantities ≥ 0 (checked).
  Usd cost(ItemId item, Usage usage) const;
  /// Whose tiers the item uses up: its own, but for those that are priced `as` another.
  ItemId tiers_of(ItemId item) const { return items_[item].as.value_or(item); }
  /// How long is paid for when something is rented for `length` ≥ 0 (checked): the minimum at least, in whole steps.
  Duration billed(ItemId item, Duration length) const;

 private:
  void add_init();

  std::vector<PriceItem> items_;
};

}  // namespace windtunnel::models
