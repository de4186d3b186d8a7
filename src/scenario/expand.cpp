#include "scenario/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/interruption.h"
#include "scenario/merge.h"
#include "scenario/paths.h"

namespace windtunnel::scenario {
namespace {

struct Variant {
  std::string name;
  Tree overrides;
};

struct Override {
  std::string path;
  Mark mark;
  Tree value;
  std::optional<std::string> why_not;  ///< why it did not apply where it was tried last
  bool applied = false;
};

// Keeps files that are made to be slow from being so.
constexpr double most_values = 20e6;

// What a name may be, and how to say so.
struct NameRule {
  bool (*fits)(std::string_view name);
  std::string_view allowed;
};

// A scenario's name is also that of a folder.
constexpr NameRule scenario_name{
    [](std::string_view name) {
      const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
               static_cast<unsigned char>(c) >= 0x80;
      };
      return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
             std::all_of(name.begin(), name.end(), fits);
    },
    "letters, digits, \"_\", \"-\" and \".\", at most 100, not starting with \".\" or \"-\""};

// A variant's name is a cell of a table.
constexpr NameRule variant_name{
    [](std::string_view name) {
      return !name.empty() && name.size() <= 100 && name.front() != ' ' && name.back() != ' ' &&
             std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
    },
    "one line of at most 100 characters, without spaces around it and without control characters"};

class Expander {
 public:
  Expander(const Shape& shape, Faults& faults) : shape_(shape), faults_(faults) {}

  Expansion file(const Tree& tree, std::span<const Setting> settings, const Visitor& visit) {
    Expansion result;
    if (tree.kind != Tree::Kind::map) {
      const bool empty = tree.kind == Tree::Kind::null;
      fault(tree.mark, "", empty ? "the file holds no settings" : fmt::format("{} where a map of settings is needed", describe(tree.kind)),
            "a scenario is lines of `setting: value`");
      return result;
    }
    Tree rest = tree;
    Tree sweep_block = take(rest, "sweep");
    const Tree variants_list = take(rest, "variants");
    result.header = header<Header>(rest, "", scenario_name);
    for (const Setting& text : settings) override_from(text, sweep_block);

    std::vector<Variant> variants = read_variants(variants_list);
    const Sweep sweep = sweep_block.kind == Tree::Kind::null ? Sweep{} : read_sweep(sweep_block, shape_, faults_);
    for (const Variant& v : variants) {
      if (!v.name.empty()) result.variants.push_back(v.name);
    }
    for (const Axis& axis : sweep.axes) result.axes.push_back(axis.path);
    result.replications = sweep.replications;
    refuse_overridden_axes(sweep);
    // What variants, axes and --set hide is wrong all the same.
    check_alone(rest);
    for (const Variant& v : variants) {
      if (!v.name.empty()) check_alone(merge(rest, v.overrides, shape_));
    }
    if (fits(variants.size(), sweep, rest, sweep_block.kind == Tree::Kind::null ? variants_list.mark : sweep_block.mark)) {
      for (const Variant& v : variants) product(v.name, merge(rest, v.overrides, shape_), sweep, visit);
    }
    report_unused();
    return result;
  }

 private:
  // The value of a key that is not a setting; nothing when it is absent. A key with nothing behind it is a fault.
  Tree take(Tree& map, std::string_view key) {
    Entry* const entry = map.find(key);
    if (entry == nullptr) return {};
    Tree value = std::move(entry->value);
    if (value.kind == Tree::Kind::null) fault(entry->mark, std::string(key), "nothing below", "remove the line or fill it in");
    std::erase_if(map.entries, [&](const Entry& e) { return e.key == key; });
    return value;
  }

  // Moves the header's fields out of a map and loads them.
  template <Describable T>
  T header(Tree& map, const std::string& path, const NameRule& rule) {
    Tree own;
    own.kind = Tree::Kind::map;
    own.mark = map.mark;
    for (const std::string_view key : {"name", "description"}) {
      if (const Entry* entry = map.find(key)) own.entries.push_back(*entry);
      std::erase_if(map.entries, [&](const Entry& e) { return e.key == key; });
    }
    T result;
    Places places;
    Faults found;
    load(own, result, found, places);
    for (Fault each : found.list()) {
      each.path = below(path, each.path);
      faults_.add(std::move(each));
    }
    if (const auto name = places.find("name"); name != places.end() && found.empty() && !rule.fits(result.name)) {
      fault(name->second.value, below(path, "name"), fmt::format("\"{}\" is no name", result.name),
            std::string(rule.allowed));
    }
    return result;
  }

  std::vector<Variant> read_variants(const Tree& list) {
    if (list.kind == Tree::Kind::null) return {Variant{}};
    std::vector<Variant> variants;
    if (list.kind != Tree::Kind::list || list.items.empty()) {
      fault(list.mark, "variants", list.kind == Tree::Kind::list ? "an empty list" : fmt::format("{} where a list is needed", describe(list.kind)),
            "each variant is an item: - {name: …, setting: value}");
      return variants;
    }
    std::map<std::string, Mark> names;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      Tree over = list.items[i];
      const std::string path = fmt::format("variants.{}", i);
      if (over.kind != Tree::Kind::map) {
        fault(over.mark, path, fmt::format("{} where a map is needed", describe(over.kind)), "- {name: …, setting: value}");
        continue;
      }
      const Entry* const name = over.find("name");
      const Mark mark = name != nullptr ? name->value.mark : over.mark;
      const VariantHeader head = header<VariantHeader>(over, path, variant_name);
      if (name == nullptr) {
        fault(mark, path, "a variant without a name", "");
        continue;
      }
      if (const auto [earlier, is_new] = names.try_emplace(head.name, mark); !is_new && !head.name.empty()) {
        fault(mark, below(path, "name"), fmt::format("two variants of the name \"{}\"", head.name),
              fmt::format("the first is in line {}", earlier->second.line));
      }
      over.set_layer(Layer::variant);
      variants.push_back({head.name, std::move(over)});
    }
    return variants;
  }

  void check_alone(const Tree& base) {
    const std::unique_ptr<Section> object = shape_();
    Places places;
    load(base, *object, faults_, places);
  }

  // `sweep.…` changes the block; everything else is laid over each combination.
  void override_from(const Setting& text, Tree& sweep_block) {
    const std::size_t equals = text.find('=');
    const auto source = make_source("--set", text);
    if (equals == std::string::npos || equals == 0) {
      return fault({source, 1, 1}, "", "PATH=VALUE is needed", "for example --set workers=8");
    }
    const std::string path = text.substr(0, equals);
    std::optional<Tree> value = parse_value(source, equals + 1);
    if (!value) return;
    value->set_layer(Layer::command_line);
    if (path.starts_with("sweep.")) {
      if (sweep_block.kind != Tree::Kind::map) sweep_block = map_at({source, 1, 1});
      const std::string key = path.substr(6);
      std::erase_if(sweep_block.entries, [&](const Entry& e) { return e.key == key; });
      sweep_block.entries.push_back({key, {source, 1, 1}, std::move(*value)});
    } else if (!find(path, shape_)) {
      const Unknown unknown = unknown_path(path, shape_);
      fault({source, 1, 1}, "", unknown.message, unknown.hint);
    } else {
      overrides_.push_back({path, {source, 1, 1}, std::move(*value), std::nullopt, false});
    }
  }

  // YAML behind the path, with marks that point into the whole argument: the path is blanked out.
  std::optional<Tree> parse_value(const std::shared_ptr<const Source>& source, std::size_t from) {
    const auto blanked = make_source("--set", std::string(from, ' ') + source->text().substr(from));
    Faults found;
    std::optional<Tree> tree = parse(blanked, found);
    for (Fault each : found.list()) {
      each.mark.source = source;
      faults_.add(std::move(each));
    }
    if (tree) point_to(*tree, source);
    return tree;
  }

  static void point_to(Tree& tree, const std::shared_ptr<const Source>& source) {
    tree.mark.source = source;
    for (Tree& item : tree.items) point_to(item, source);
    for (Entry& entry : tree.entries) {
      entry.mark.source = source;
      point_to(entry.value, source);
    }
  }

  static Tree map_at(Mark mark) {
    Tree map;
    map.kind = Tree::Kind::map;
    map.mark = std::move(mark);
    return map;
  }

  void refuse_overridden_axes(const Sweep& sweep) {
    std::erase_if(overrides_, [&](const Override& o) {
      const auto hit = std::find_if(sweep.axes.begin(), sweep.axes.end(),
                                    [&](const Axis& axis) { return is_at_or_below(axis.path, o.path); });
      if (hit == sweep.axes.end()) return false;
      fault(o.mark, "", fmt::format("\"{}\" is what the sweep's axis \"{}\" varies", o.path, hit->path),
            fmt::format("--set 'sweep.axes={{…}}' sets other axes; the axis is in line {}", hit->key.line));
      return true;
    });
  }

  bool fits(std::size_t variants, const Sweep& sweep, const Tree& base, const Mark& mark) {
    double combinations = static_cast<double>(variants);
    for (const Axis& axis : sweep.axes) combinations *= static_cast<double>(axis.values.size());
    const double points = combinations * static_cast<double>(sweep.replications);
    if (points > static_cast<double>(max_points)) {
      fault(mark, "sweep", fmt::format("{:.0f} points; at most {}", points, max_points),
            "variants × the values of each axis × replications");
      return false;
    }
    if (const double values = combinations * static_cast<double>(size(base)); values > most_values) {
      fault(mark, "sweep", fmt::format("{:.0f} settings in all points together; at most {:.0f}", values, most_values), "");
      return false;
    }
    return true;
  }

  void product(const std::string& variant, const Tree& settings, const Sweep& sweep, const Visitor& visit) {
    std::vector<std::size_t> at(sweep.axes.size(), 0);
    for (;;) {
      interruption_point();
      Combination combination{variant, {}, settings};
      for (std::size_t i = 0; i < at.size(); ++i) {
        combination.axes.push_back({sweep.axes[i].path, to_text(sweep.axes[i].values[at[i]])});
      }
      apply_axes(combination, sweep, at);
      for (Override& o : overrides_) apply(combination, o);
      visit(std::move(combination));

      std::size_t digit = at.size();
      while (digit > 0 && ++at[digit - 1] == sweep.axes[digit - 1].values.size()) at[--digit] = 0;
      if (digit == 0) return;
    }
  }

  // An axis may lie inside another (an architecture, and a setting of it): the outer one comes first.
  void apply_axes(Combination& combination, const Sweep& sweep, const std::vector<std::size_t>& at) {
    std::vector<std::size_t> order(at.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return split(sweep.axes[a].path).size() < split(sweep.axes[b].path).size();
    });
    for (const std::size_t i : order) {
      const Axis& axis = sweep.axes[i];
      const Assignment outcome = assign(combination.settings, axis.path, axis.key, axis.values[at[i]], shape_);
      if (const std::optional<std::string> why = reason(outcome)) {
        fault(axis.key, axis.path, "the axis has no effect in every point: " + *why, where(combination));
      }
    }
  }

  void apply(Combination& combination, Override& o) {
    const Assignment outcome = assign(combination.settings, o.path, o.mark, o.value, shape_);
    if (std::optional<std::string> why = reason(outcome)) o.why_not = std::move(why);
    else o.applied = true;
  }

  void report_unused() {
    for (const Override& o : overrides_) {
      if (!o.applied && o.why_not) fault(o.mark, "", fmt::format("\"{}\" has no effect: {}", o.path, *o.why_not), "");
    }
  }

  static std::optional<std::string> reason(const Assignment& outcome) {
    if (const auto* other = std::get_if<NotChosen>(&outcome)) return fmt::format("{} is {}", other->choice, other->selected);
    if (const auto* list = std::get_if<NoSuchElement>(&outcome)) return fmt::format("{} has {} elements", list->list, list->size);
    if (std::holds_alternative<NoSuchPath>(outcome)) return "there is no such path";
    return std::nullopt;
  }

  static std::string where(const Combination& combination) {
    std::string text = combination.variant.empty() ? "" : "variant " + combination.variant;
    for (const AxisValue& axis : combination.axes) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", axis.path, axis.value);
    return "where " + text;
  }

  void fault(const Mark& mark, std::string path, std::string message, std::string hint) {
    faults_.add({mark, std::move(path), std::move(message), std::move(hint)});
  }

  const Shape& shape_;
  Faults& faults_;
  std::vector<Override> overrides_;
};

}  // namespace

void Header::describe(Fields& f) {
  f("name", name, "name of the scenario, and of the folder of its results; the file's name when absent");
  f("description", description, "what the scenario is for");
}

void VariantHeader::describe(Fields& f) {
  f("name", name, "name of the variant, as the comparison shows it; required, no two alike");
  f("description", description, "what the variant is for");
}

Expansion expand(const Tree& file, const Shape& shape, std::span<const Setting> settings, Faults& faults,
                 const Visitor& visit) {
  return Expander(shape, faults).file(file, settings, visit);
}

}  // namespace windtunnel::scenario
