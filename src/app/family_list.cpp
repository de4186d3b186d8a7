#include "app/family_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "aggregation/attacks.h"
#include "aggregation/rules.h"
#include "scenario/collect.h"
#include "scenario/json_value.h"

namespace windtunnel::app {
namespace {

using Json = nlohmann::ordered_json;

/// Settings with their defaults; a choice by the name of what is chosen.
template <class Member>
void add_settings(Listed& entry, Member& member) {
  Json settings = Json::array();
  for (Field& field : scenario::fields_of(member)) {
    const auto* const choice = std::get_if<Choosable*>(&field.target);
    const Json preset = choice != nullptr ? Json((*choice)->selected()) : scenario::json_value(field);
    entry.details.push_back(fmt::format("{}{}: {}", field.name,
                                        preset.is_null()     ? ""
                                        : preset.is_string() ? " = " + preset.get<std::string>()
                                                             : " = " + preset.dump(),
                                        field.doc));
    settings.push_back({{"name", field.name}, {"default", preset}, {"meaning", field.doc}});
  }
  entry.more["settings"] = std::move(settings);
}

template <class T>
Listed begun(const Option<T>& option) {
  Listed entry{std::string(option.name), std::string(option.summary)};
  if (!option.source.empty()) entry.details.push_back(fmt::format("source: {}", option.source));
  entry.more["source"] = option.source;
  return entry;
}

}  // namespace

std::vector<Listed> listed_rules() {
  std::vector<Listed> all;
  for (const Option<aggregation::Rule>& option : aggregation::rules()) {
    Listed entry = begun(option);
    const auto rule = option.make();
    const aggregation::Wants wants = rule->wants();
    std::vector<std::string_view> at_hand;
    if (wants.own) at_hand.emplace_back("the own update of the one who combines");
    if (wants.reference) at_hand.emplace_back("a reference update that can be trusted");
    if (wants.previous) at_hand.emplace_back("the previous aggregate (zero without it)");
    const std::string rows = fmt::format("at least {} update{} with these settings", rule->minimum_rows(),
                                         rule->minimum_rows() == 1 ? "" : "s");
    entry.more["least_updates"] = rule->minimum_rows();
    entry.more["uses"] = at_hand;
    add_settings(entry, *rule);
    entry.details.push_back("needs " + rows + (at_hand.empty() ? "" : fmt::format("; uses {}", fmt::join(at_hand, ", "))));
    all.push_back(std::move(entry));
  }
  return all;
}

std::vector<Listed> listed_attacks() {
  std::vector<Listed> all;
  for (const Option<aggregation::Attack>& option : aggregation::attacks()) {
    Listed entry = begun(option);
    const auto attack = option.make();
    const aggregation::Sight sight = attack->sight();
    std::vector<std::string> looks;
    if (sight.least > 0) looks.push_back(fmt::format("at least {} update{} of its round", sight.least, sight.least == 1 ? "" : "s"));
    if (sight.rule) looks.emplace_back("the rule");
    if (sight.previous) looks.emplace_back("the previous aggregate");
    entry.more["poisons_data"] = attack->poisons_data();
    entry.more["sees"] = looks;
    add_settings(entry, *attack);
    if (attack->poisons_data()) entry.details.emplace_back("poisons the training data; needs labels");
    if (!looks.empty()) entry.details.push_back(fmt::format("sees {}", fmt::join(looks, ", ")));
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace windtunnel::app
