#include "scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "scenario/collect.h"
#include "scenario/paths.h"
#include "scenario/scalars.h"
#include "scenario/words.h"

namespace windtunnel::scenario {
namespace {

// "batch_size" → "batch size", for sentences.
std::string spoken(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

class Loader {
 public:
  Loader(Faults& faults, Places& places) : faults_(faults), places_(places) {}

  void section(const Tree& tree, std::vector<Field> fields, const std::string& path) {
    if (tree.kind == Tree::Kind::null) return;  // `functions:` with everything below it commented out
    if (tree.kind != Tree::Kind::map) return wrong_kind(tree, path, "a map of settings");
    std::vector<std::string_view> known;
    for (const Field& field : fields) known.push_back(field.name);
    for (const Entry& entry : tree.entries) {
      const auto found = std::find(known.begin(), known.end(), entry.key);
      if (found == known.end()) {
        const Unknown unknown = unknown_word(known.empty() ? "setting, where there are none," : "setting", entry.key, known);
        faults_.add({entry.mark, below(path, entry.key), unknown.message, unknown.hint});
        continue;
      }
      value(fields[static_cast<std::size_t>(found - known.begin())], entry.value, entry.mark, below(path, entry.key));
    }
  }

 private:
  // The tree of one field, wherever the field is: dispatches on what it stores to.
  void value(Field& field, const Tree& tree, const Mark& key, const std::string& path) {
    const Mark& at = tree.kind == Tree::Kind::null ? key : tree.mark;
    places_.insert_or_assign(path, Place{key, at, tree.layer});
    std::visit([&](auto& target) { store(target, field, tree, at, path); }, field.target);
  }

  template <class T>
  void store(T*& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind != Tree::Kind::scalar) return wrong_kind(tree, at, path, Scalar<T>::noun);
    if (const std::optional<T> v = scalar<T>(tree, field.limits, path)) *target = *v;
  }

  template <class T>
  void store(std::optional<T>*& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind == Tree::Kind::null) {
      target->reset();
      return;
    }
    if (tree.kind != Tree::Kind::scalar) return wrong_kind(tree, at, path, Scalar<T>::noun);
    if (const std::optional<T> v = scalar<T>(tree, field.limits, path)) *target = *v;
  }

  template <class T>
  void store(std::vector<T>*& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind != Tree::Kind::list) return wrong_kind(tree, at, path, "a list");
    target->clear();
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const Tree& item = tree.items[i];
      const std::string item_path = below(path, std::to_string(i));
      places_.insert_or_assign(item_path, Place{item.mark, item.mark, item.layer});
      if (item.kind != Tree::Kind::scalar) {
        wrong_kind(item, item_path, Scalar<T>::noun);
      } else if (const std::optional<T> v = scalar<T>(item, field.limits, item_path)) {
        target->push_back(*v);
      }
    }
  }

  // A list of numbers, or one share.
  void store(Members*& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind == Tree::Kind::scalar && tree.text.find_first_of("0123456789%") != std::string::npos) {
      if (const std::optional<Share> share = scalar<Share>(tree, share_limits, path)) *target = Members(*share);
      return;
    }
    if (tree.kind != Tree::Kind::list) return wrong_kind(tree, at, path, "a list, or a share like 20 %,");
    target->share = {};
    std::vector<std::int64_t>* named = &target->named;
    store(named, field, tree, at, path);
  }

  void store(Word& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind != Tree::Kind::scalar) return wrong_kind(tree, at, path, "one of " + join(target.words));
    const auto found = std::find(target.words.begin(), target.words.end(), tree.text);
    if (found == target.words.end()) return unknown(field.name, tree.text, tree.mark, path, target.words);
    *target.index = static_cast<int>(found - target.words.begin());
  }

  void store(std::unique_ptr<Section>& target, const Field&, const Tree& tree, const Mark&, const std::string& path) {
    section(tree, fields_of(*target), path);
  }

  void store(Choosable*& target, const Field& field, const Tree& tree, const Mark& at, const std::string& path) {
    const Tree nothing{};
    const bool is_short = tree.kind == Tree::Kind::scalar;
    if (!is_short && tree.kind != Tree::Kind::map) return wrong_kind(tree, at, path, "a name, or a map of one name to its settings");
    if (!is_short && tree.entries.size() != 1) {
      return fault(tree.mark, path, tree.entries.empty() ? "an empty map chooses nothing" : "chooses more than one",
                   "write one name, or a map of one name to its settings");
    }
    const std::string& name = is_short ? tree.text : tree.entries.front().key;
    const Mark& mark = is_short ? tree.mark : tree.entries.front().mark;
    std::vector<std::string_view> known;
    for (const Choosable::Name& each : target->names()) known.push_back(each.name);
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown(field.name, name, mark, path, known);

    // Naming what is chosen already keeps the settings that the room has given it as defaults.
    if (target->selected() != name) target->select(name);
    const std::string inner = below(path, name);
    places_.insert_or_assign(inner, Place{mark, mark, tree.layer});
    const Tree& settings = is_short ? nothing : tree.entries.front().value;
    if (settings.kind != Tree::Kind::scalar) return section(settings, fields_of(*target), inner);
    // `constant: 200 ms`: a value stands where the choice's settings do.
    std::vector<std::string_view> names;
    for (const Field& each : fields_of(*target)) names.push_back(each.name);
    const std::string hint = names.empty() ? fmt::format("{} has no settings: write the name alone", name)
                             : names.size() == 1
                                 ? fmt::format("write {}: {{{}: {}}}", name, names.front(), settings.text)
                                 : fmt::format("its settings are {}: write {}: {{{}: …}}", join(names), name, names.front());
    fault(settings.mark, inner, fmt::format("\"{}\" where a map of settings is needed", settings.text), hint);
  }

  void store(std::unique_ptr<Repeatable>& target, const Field&, const Tree& tree, const Mark& at, const std::string& path) {
    if (tree.kind != Tree::Kind::list) return wrong_kind(tree, at, path, "a list");
    target->resize(0);  // elements start from their defaults, whatever the list holds by default
    target->resize(tree.items.size());
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const std::string item_path = below(path, std::to_string(i));
      places_.insert_or_assign(item_path, Place{tree.items[i].mark, tree.items[i].mark, tree.items[i].layer});
      section(tree.items[i], fields_of(*target, i), item_path);
    }
  }

  template <class T>
  std::optional<T> scalar(const Tree& tree, const Limits& limits, const std::string& path) {
    try {
      T v = read<T>(tree);
      if constexpr (Bounded<T>) {
        if (!within(v, limits)) {
          fault(tree.mark, path, fmt::format("{} is out of range ({})", tree.text, allowed<T>(limits)), "");
          return std::nullopt;
        }
      }
      return v;
    } catch (const InputError& e) {
      fault(tree.mark, path, e.what(), "");
      return std::nullopt;
    }
  }

  void fault(const Mark& mark, const std::string& path, std::string message, std::string hint) {
    faults_.add({mark, path, std::move(message), std::move(hint)});
  }
  void wrong_kind(const Tree& tree, const std::string& path, std::string_view expected) {
    wrong_kind(tree, tree.mark, path, expected);
  }
  void wrong_kind(const Tree& tree, const Mark& at, const std::string& path, std::string_view expected) {
    const std::string got = tree.kind == Tree::Kind::scalar ? fmt::format("\"{}\"", tree.text) : std::string(describe(tree.kind));
    fault(at, path, fmt::format("{} where {} is needed", got, expected), "");
  }
  void unknown(std::string_view what, std::string_view word, const Mark& mark, const std::string& path,
               std::span<const std::string_view> known) {
    const Unknown u = unknown_word(spoken(what), word, known);
    fault(mark, path, u.message, u.hint);
  }

  Faults& faults_;
  Places& places_;
};

}  // namespace

void load(const Tree& tree, Section& into, Faults& faults, Places& places) {
  Loader(faults, places).section(tree, fields_of(into), "");
}

}  // namespace windtunnel::scenario
