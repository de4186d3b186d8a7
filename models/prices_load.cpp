// Reads a price sheet. Every fault is collected with its place, so that one run of `check` shows them all.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "models/prices.h"
#include "sim/fingerprint.h"

namespace windtunnel::models {
namespace {

/// What the program counts an item in, by what the item's name begins with; the first that fits holds.
struct CountedIn {
  std::string_view prefix;
  std::string_view unit;
};
constexpr std::array<CountedIn, 13> counted_in{{
    {"lambda.duration.", "GB-s"},
    {"lambda.tmp", "GB-s"},
    {"lambda.requests", "request"},
    {"stepfunctions.transitions", "transition"},
    {"stepfunctions.express.requests", "request"},
    {"stepfunctions.express.duration", "GB-s"},
    {"sqs.", "request"},
    {"s3.storage", "GB-month"},
    {"s3.", "request"},
    {"elasticache.cpu_credits", "vCPU-hour"},
    {"elasticache.", "hour"},
    {"ec2.cpu_credits", "vCPU-hour"},
    {"ec2.", "hour"},
}};

/// Units allowed for an item: its own, or all that there are for one that no model charges.
std::vector<std::string_view> units_of(std::string_view item) {
  std::vector<std::string_view> all;
  for (const CountedIn& one : counted_in) {
    if (item.starts_with(one.prefix)) return {one.unit};
    if (std::find(all.begin(), all.end(), one.unit) == all.end()) all.push_back(one.unit);
  }
  return all;
}

constexpr std::string_view duration_prefix = "lambda.duration.", init_prefix = "lambda.init.", tmp_item = "lambda.tmp";

class SheetReader {
 public:
  explicit SheetReader(std::string file) : file_(std::move(file)) {}

  void fault(const YAML::Mark& mark, std::string_view where, std::string_view what) {
    faults_.push_back(
        fmt::format("{}:{}:{}: {}{}{}", file_, mark.line + 1, mark.column + 1, where, where.empty() ? "" : ": ", what));
  }

  void finish() const {
    if (!faults_.empty()) throw InputError(fmt::format("{}", fmt::join(faults_, "\n")));
  }

  // Calls the handler of each key of the map; unknown, repeated and missing keys are faults.
  struct Key {
    std::string_view name;
    bool needed;
    std::function<void(const YAML::Node&, const std::string&)> read;
  };
  void map(const YAML::Node& node, const std::string& where, const std::vector<Key>& keys) {
    if (!node.IsMap()) return fault(node.Mark(), where, "a map is needed here");
    std::vector<std::string_view> known;
    for (const Key& key : keys) known.push_back(key.name);
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string word = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      const std::string path = where.empty() ? word : where + "." + word;
      if (!seen.insert(word).second) {
        fault(entry.first.Mark(), path, "is here twice");
        continue;
      }
      bool found = false;
      for (const Key& key : keys) {
        if (key.name != word) continue;
        found = true;
        key.read(entry.second, path);
      }
      if (!found) fault(entry.first.Mark(), where, unknown_word("key", word, known));
    }
    for (const Key& key : keys) {
      if (key.needed && !seen.contains(std::string(key.name))) {
        fault(node.Mark(), where, fmt::format("\"{}\" is missing", key.name));
      }
    }
  }

  std::string text(const YAML::Node& node, const std::string& where) {
    if (!node.IsScalar() || node.Scalar().empty()) {
      fault(node.Mark(), where, "a text is needed here");
      return {};
    }
    return node.Scalar();
  }

  // A finite number, at least `min` (or above it); 0 after a fault.
  struct Range {
    double min = 0;
    bool above = false;
  };
  double number(const YAML::Node& node, const std::string& where, Range range) {
    double value = 0;
    if (node.IsScalar()) {
      const std::string& word = node.Scalar();
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
      const bool whole = error == std::errc() && end == word.data() + word.size() && std::isfinite(value);
      if (whole && (range.above ? value > range.min : value >= range.min)) return value;
    }
    fault(node.Mark(), where,
          fmt::format("a number {} {} is needed here", range.above ? "above" : "of at least", range.min));
    return 0;
  }

  bool truth(const YAML::Node& node, const std::string& where) {
    if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) return node.Scalar() == "true";
    fault(node.Mark(), where, "true or false is needed here");
    return false;
  }

  std::string unit(const YAML::Node& node, const std::string& where, std::string_view item) {
    const std::string word = text(node, where);
    const std::vector<std::string_view> allowed = units_of(item);
    if (!word.empty() && std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
      fault(node.Mark(), where, fmt::format("unknown unit \"{}\" of {}; allowed: {}", word, item, fmt::join(allowed, ", ")));
    }
    return word;
  }

  Duration length(const YAML::Node& node, const std::string& where) {
    try {
      const Duration length = parse_duration(text(node, where));
      if (length > Duration(0)) return length;
      fault(node.Mark(), where, "allowed: above 0");
    } catch (const InputError& error) {
      fault(node.Mark(), where, error.what());
    }
    return Duration(0);
  }

  CostKind kind(const YAML::Node& node, const std::string& where) {
    std::vector<std::string_view> known;
    for (CostKind kind : {CostKind::compute, CostKind::requests, CostKind::storage, CostKind::machines}) {
      if (node.IsScalar() && node.Scalar() == name(kind)) return kind;
      known.push_back(name(kind));
    }
    fault(node.Mark(), where, unknown_word("kind of cost", node.IsScalar() ? node.Scalar() : "", known));
    return CostKind::compute;
  }

  std::vector<PriceTier> tiers(const YAML::Node& node, const std::string& where) {
    if (!node.IsSequence() || node.size() == 0) {
      fault(node.Mark(), where, "a list of tiers is needed here, e.g. [{up_to: 6e9, usd: 0.2}, {usd: 0.1}]");
      return {};
    }
    std::vector<PriceTier> all;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const std::string here = fmt::format("{}[{}]", where, i);
      PriceTier tier{.up_to = std::numeric_limits<double>::infinity(), .usd = 0};
      map(node[i], here,
          {{"up_to", false, [&](const auto& n, const auto& p) { tier.up_to = number(n, p, {.above = true}); }},
           {"usd", true, [&](const auto& n, const auto& p) { tier.usd = number(n, p, {}); }}});
      const bool last = i + 1 == node.size();
      if (last != std::isinf(tier.up_to)) {
        fault(node[i].Mark(), here, "every tier but the last has an up_to, the last has none");
      } else if (i > 0 && tier.up_to <= all.back().up_to) {
        fault(node[i].Mark(), here, "up_to must rise from tier to tier");
      }
      all.push_back(tier);
    }
    return all;
  }

  PriceItem item(const YAML::Node& node, const std::string& name) {
    PriceItem item;
    item.name = name;
    const std::string where = "items." + name;
    double per = 1;
    std::vector<PriceTier> flat;
    map(node, where,
        {{"service", true, [&](const auto& n, const auto& p) { item.service = text(n, p); }},
         {"unit", true, [&](const auto& n, const auto& p) { item.unit = unit(n, p, name); }},
         {"kind", true, [&](const auto& n, const auto& p) { item.kind = kind(n, p); }},
         {"usd", false,
          [&](const auto& n, const auto& p) {
            flat = {{.up_to = std::numeric_limits<double>::infinity(), .usd = number(n, p, {})}};
          }},
         {"step", false, [&](const auto& n, const auto& p) { item.step = length(n, p); }},
         {"minimum", false, [&](const auto& n, const auto& p) { item.minimum = length(n, p); }},
         {"per", false, [&](const auto& n, const auto& p) { per = number(n, p, {.above = true}); }},
         {"tiers", false, [&](const auto& n, const auto& p) { item.tiers = tiers(n, p); }},
         {"source", true, [&](const auto& n, const auto& p) { item.source = text(n, p); }}});
    if (node.IsMap()) {
      const bool both = node["usd"] && node["tiers"];
      const bool neither = !node["usd"] && !node["tiers"];
      if (both || neither) fault(node.Mark(), where, "exactly one of usd and tiers is needed");
      const bool by_time = node["step"] || node["minimum"];
      if (by_time && item.unit != "hour") {
        fault(node.Mark(), where, "step and minimum are of what is rented by the hour; allowed: unit hour");
      }
      if (name.starts_with(init_prefix)) {
        fault(node.Mark(), where, "lambda_init_billed says whether INIT is paid for, and each duration's price how much");
      }
    }
    if (!flat.empty()) item.tiers = flat;
    for (PriceTier& tier : item.tiers) tier.usd = per > 0 ? tier.usd / per : 0;
    return item;
  }

  std::string month(const YAML::Node& node, const std::string& where) {
    const std::string word = node.IsScalar() ? node.Scalar() : std::string();
    bool good = word.size() == 7 && word[4] == '-';
    for (std::size_t i = 0; good && i < word.size(); ++i) good = i == 4 || (word[i] >= '0' && word[i] <= '9');
    good = good && word.substr(5) >= "01" && word.substr(5) <= "12";
    if (!good) fault(node.Mark(), where, "a month is needed here, e.g. 2025-08");
    return word;
  }

 private:
  std::string file_;
  std::vector<std::string> faults_;
};

}  // namespace

PriceSheet PriceSheet::parse(std::string_view source, const std::filesystem::path& file) {
  SheetReader reader(file.string());
  PriceSheet sheet;
  sheet.name = file.stem().string();
  sim::Fingerprint text;
  text.add(source);
  sheet.hash = text.hex();
  try {
    const YAML::Node root = YAML::Load(std::string(source));
    reader.map(root, "",
               {{"provider", true, [&](const auto& n, const auto& p) { sheet.provider = reader.text(n, p); }},
                {"region", true, [&](const auto& n, const auto& p) { sheet.region = reader.text(n, p); }},
                {"date", true, [&](const auto& n, const auto& p) { sheet.date = reader.month(n, p); }},
                {"lambda_init_billed", true,
                 [&](const auto& n, const auto& p) { sheet.lambda_init_billed = reader.truth(n, p); }},
                {"items", true, [&](const auto& n, const auto& p) {
                   if (!n.IsMap() || n.size() == 0) return reader.fault(n.Mark(), p, "a map of items is needed here");
                   std::set<std::string> seen;
                   for (const auto& entry : n) {
                     const std::string name = reader.text(entry.first, p);
                     if (!seen.insert(name).second) reader.fault(entry.first.Mark(), p + "." + name, "is here twice");
                     sheet.items_.push_back(reader.item(entry.second, name));
                   }
                 }}});
  } catch (const YAML::Exception& error) {
    reader.fault(error.mark.is_null() ? YAML::Mark() : error.mark, "", error.msg);
  }
  reader.finish();
  sheet.add_init();
  return sheet;
}

void PriceSheet::add_init() {
  for (std::size_t id = 0, own = items_.size(); id < own; ++id) {
    const std::string paid_as = items_[id].name;
    const bool duration = paid_as.starts_with(duration_prefix);
    if (!duration && paid_as != tmp_item) continue;
    PriceItem init = items_[id];
    init.name = fmt::format("{}{}", init_prefix, duration ? std::string_view(paid_as).substr(duration_prefix.size()) : "tmp");
    if (lambda_init_billed) {
      init.as = static_cast<ItemId>(id);
      init.source = fmt::format("INIT of a zip package, as {}", paid_as);
    } else {
      init.tiers = {{.up_to = std::numeric_limits<double>::infinity(), .usd = 0}};
      init.source = "INIT of a zip package: free before 1 Aug 2025";
    }
    items_.push_back(std::move(init));
  }
}

PriceSheet PriceSheet::load(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) throw MissingError(file.string() + ": no such price sheet");
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream || !content) throw MissingError(file.string() + ": cannot be read");
  return parse(content.str(), file);
}

}  // namespace windtunnel::models
