#include "scenario/sweep.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>

#include "scenario/paths.h"
#include "scenario/scalars.h"

namespace windtunnel::scenario {
namespace {

// Rounded to 12 significant digits, to the same double everywhere.
double rounded(double value) { return std::strtod(fmt::format("{:.12g}", value).c_str(), nullptr); }

struct Ends {
  double from, to;
};

double step_of(const Ends& ends, const RangeSettings& range, std::int64_t i) {
  if (i == 0) return ends.from;
  if (i == range.steps - 1) return ends.to;
  const double part = static_cast<double>(i) / static_cast<double>(range.steps - 1);
  return rounded(range.scale == Scale::log ? ends.from * std::pow(ends.to / ends.from, part)
                                           : ends.from + (ends.to - ends.from) * part);
}

class Reader {
 public:
  Reader(const Shape& shape, Faults& faults) : shape_(shape), faults_(faults) {}

  Sweep block(const Tree& tree) {
    Sweep sweep;
    Tree rest = tree;
    std::erase_if(rest.entries, [](const Entry& e) { return e.key == "axes"; });
    SweepSettings settings;
    settings_of(rest, settings, "sweep");
    sweep.replications = settings.replications;
    if (const Entry* axes = tree.find("axes")) {
      if (axes->value.kind != Tree::Kind::map || axes->value.entries.empty()) {
        fault(axes->mark, "sweep.axes", "a map of at least one path to its values is needed", "for example workers: [4, 8, 16]");
      }
      for (const Entry& entry : axes->value.entries) axis(entry, sweep);
    }
    return sweep;
  }

 private:
  template <Describable T>
  void settings_of(const Tree& tree, T& settings, const std::string& path) {
    Faults found;
    Places ignored;
    load(tree, settings, found, ignored);
    for (Fault each : found.list()) {
      each.path = each.path.empty() ? path : below(path, each.path);
      faults_.add(std::move(each));
    }
  }

  void axis(const Entry& entry, Sweep& sweep) {
    const std::optional<Found> found = find(entry.key, shape_);
    if (!found) {
      const Unknown unknown = unknown_path(entry.key, shape_);
      return fault(entry.mark, "sweep.axes", unknown.message, unknown.hint);
    }
    Axis axis{entry.key, entry.mark, {}};
    if (entry.value.kind == Tree::Kind::list) axis.values = entry.value.items;
    else if (is_range(entry.value)) axis.values = range(entry, *found);
    else return fault(entry.mark, path_of(entry), "a list of values or a range {from, to, steps, scale} is needed", "");

    if (axis.values.empty()) {
      if (entry.value.kind == Tree::Kind::list) fault(entry.value.mark, path_of(entry), "an axis without values", "");
      return;
    }
    std::set<std::string> seen;
    for (Tree& value : axis.values) {
      value.set_layer(Layer::axis);
      if (const std::string text = to_text(value); !seen.insert(text).second) {
        fault(value.mark, path_of(entry), fmt::format("the value {} twice", text),
              is_range(entry.value) ? "fewer steps give different values" : "");
        return;
      }
    }
    sweep.axes.push_back(std::move(axis));
  }

  static bool is_range(const Tree& tree) { return tree.kind == Tree::Kind::map; }
  static std::string path_of(const Entry& entry) { return below("sweep.axes", entry.key); }

  std::vector<Tree> range(const Entry& entry, const Found& found) {
    const std::size_t before = faults_.list().size();
    RangeSettings settings;
    Tree rest = entry.value;
    std::erase_if(rest.entries, [](const Entry& e) { return e.key == "from" || e.key == "to"; });
    settings_of(rest, settings, path_of(entry));
    const Entry* from = entry.value.find("from");
    const Entry* to = entry.value.find("to");
    if (from == nullptr || to == nullptr) {
      fault(entry.value.mark, path_of(entry), fmt::format("a range without \"{}\"", from == nullptr ? "from" : "to"),
            "a range is {from, to, steps, scale}");
    }
    if (faults_.list().size() != before) return {};
    if (!found.field) return not_a_number(entry);
    return std::visit([&](const auto& target) { return values(target, entry, settings); }, found.field->target);
  }

  template <class Stored>
  std::vector<Tree> values(const Stored& target, const Entry& entry, const RangeSettings& range) {
    if constexpr (std::is_pointer_v<Stored>) {
      using T = std::remove_pointer_t<Stored>;
      if constexpr (Bounded<T>) {
        return numbers<T>(entry, range);
      } else if constexpr (std::is_same_v<T, Members>) {
        return numbers<Share>(entry, range);
      } else if constexpr (requires { typename T::value_type; target->has_value(); }) {
        if constexpr (Bounded<typename T::value_type>) return numbers<typename T::value_type>(entry, range);
      }
    }
    return not_a_number(entry);
  }

  template <Bounded T>
  std::vector<Tree> numbers(const Entry& entry, const RangeSettings& range) {
    const std::optional<T> from = end_of<T>(entry, "from"), to = end_of<T>(entry, "to");
    if (!from || !to) return {};
    const Ends ends{Scalar<T>::number(*from), Scalar<T>::number(*to)};
    if (ends.from == ends.to) {
      fault(entry.value.mark, path_of(entry), "a range from a value to itself", "");
      return {};
    }
    if (range.scale == Scale::log && !(ends.from > 0 && ends.to > 0)) {
      fault(entry.value.mark, path_of(entry), "a logarithmic range needs ends above 0", "");
      return {};
    }
    std::vector<Tree> all;
    for (std::int64_t i = 0; i < range.steps; ++i) {
      Tree value;
      value.kind = Tree::Kind::scalar;
      value.mark = entry.value.mark;
      const bool is_end = i == 0 || i == range.steps - 1;
      value.text = exact(is_end ? (i == 0 ? *from : *to) : Scalar<T>::of_number(step_of(ends, range, i)));
      all.push_back(std::move(value));
    }
    return all;
  }

  template <Bounded T>
  std::optional<T> end_of(const Entry& entry, std::string_view which) {
    const Entry& end = *entry.value.find(which);
    const std::string path = below(path_of(entry), which);
    if (end.value.kind != Tree::Kind::scalar) {
      fault(end.mark, path, fmt::format("{} is needed", Scalar<T>::noun), "");
      return std::nullopt;
    }
    try {
      return read<T>(end.value);
    } catch (const InputError& e) {
      fault(end.value.mark, path, e.what(), "");
      return std::nullopt;
    }
  }

  std::vector<Tree> not_a_number(const Entry& entry) {
    fault(entry.value.mark, path_of(entry), "a range of what is no number", "list the values instead: [a, b]");
    return {};
  }

  void fault(const Mark& mark, std::string path, std::string message, std::string hint) {
    faults_.add({mark, std::move(path), std::move(message), std::move(hint)});
  }

  const Shape& shape_;
  Faults& faults_;
};

}  // namespace

void SweepSettings::describe(Fields& f) {
  f("replications", replications, "how often each point is run, each time with a seed of its own",
    {.min = 1, .max = static_cast<double>(max_points)});
}

void RangeSettings::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> scales{"linear", "log"};
  f("steps", steps, "number of values, both ends included", {.min = 2, .max = static_cast<double>(max_points)});
  f("scale", scale, scales, "equal differences, or equal ratios");
}

Sweep read_sweep(const Tree& block, const Shape& shape, Faults& faults) { return Reader(shape, faults).block(block); }

}  // namespace windtunnel::scenario
