#include "scenario/settings_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "scenario/collect.h"
#include "scenario/json_value.h"
#include "scenario/paths.h"
#include "scenario/scalars.h"

namespace windtunnel::scenario {
namespace {

// "a duration in ns, us, ms, s, min, h or d, at least 0 s".
template <class T>
std::string kind_of(const Limits& limits) {
  std::string text(Scalar<T>::noun);
  if constexpr (Quantity<T>) {
    std::string units(Scalar<T>::units());
    if (const std::size_t last = units.rfind(", "); last != std::string::npos) units.replace(last, 2, " or ");
    text += " in " + units;
  }
  if constexpr (Bounded<T>) {
    if (const std::string range = allowed<T>(limits); !range.empty()) text += ", " + range;
  }
  return text;
}

struct Allowed {
  const Limits& limits;

  template <class T>
  std::string operator()(T*) const {
    return kind_of<T>(limits);
  }
  template <class T>
  std::string operator()(std::optional<T>*) const {
    return kind_of<T>(limits) + ", or nothing";
  }
  template <class T>
  std::string operator()(std::vector<T>*) const {
    return "a list, each " + kind_of<T>(limits);
  }
  std::string operator()(Members*) const {
    return fmt::format("a list, each {}; or {}", kind_of<std::int64_t>(limits), kind_of<Share>(share_limits));
  }
  std::string operator()(const Word& word) const { return "one of " + join(word.words); }
  std::string operator()(const std::unique_ptr<Section>&) const { return "a group of settings"; }
  std::string operator()(Choosable* choice) const {
    std::vector<std::string_view> names;
    for (const Choosable::Name& each : choice->names()) names.push_back(each.name);
    return "one of " + join(names);
  }
  std::string operator()(const std::unique_ptr<Repeatable>&) const { return "a list of groups of settings"; }
};

std::string preset_of(Field& field) {
  if (const auto* choice = std::get_if<Choosable*>(&field.target)) return std::string((*choice)->selected());
  if (std::holds_alternative<std::unique_ptr<Section>>(field.target)) return "";
  const nlohmann::ordered_json value = json_value(field);
  return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump();
}

class Lister {
 public:
  explicit Lister(std::string_view prefix) : prefix_(prefix) {}

  void fields(std::vector<Field> all, const std::string& path) {
    for (Field& field : all) one(field, below(path, field.name));
  }
  std::vector<SettingInfo> found;

 private:
  void add(SettingInfo info) {
    if (prefix_.empty() || is_at_or_below(info.path, prefix_)) found.push_back(std::move(info));
  }

  void one(Field& field, const std::string& path) {
    add({path, std::visit(Allowed{field.limits}, field.target), preset_of(field), std::string(field.doc),
         std::string(field.limits.source)});
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) {
      fields(fields_of(**section), path);
    } else if (auto* choice = std::get_if<Choosable*>(&field.target)) {
      const Families::Entry entry(within_, **choice);
      if (!entry) return;
      for (const Choosable::Name& each : (*choice)->names()) {
        const std::string member = below(path, each.name);
        if ((*choice)->selected() != each.name) (*choice)->select(each.name);
        add({member, "a choice, with the settings below it", "", std::string(each.summary), ""});
        fields(fields_of(**choice), member);
      }
    } else if (auto* list = std::get_if<std::unique_ptr<Repeatable>>(&field.target)) {
      (*list)->resize(1);
      fields(fields_of(**list, 0), below(path, "0"));
    }
  }

  std::string_view prefix_;
  Families within_;
};

}  // namespace

std::vector<SettingInfo> settings_of(const Shape& shape, std::string_view prefix) {
  const std::unique_ptr<Section> object = shape();
  Lister lister(prefix);
  lister.fields(fields_of(*object), "");
  if (lister.found.empty()) {
    const Unknown unknown = unknown_path(prefix, shape);
    throw InputError(fmt::format("{}{}", unknown.message, unknown.hint.empty() ? "" : "; " + unknown.hint));
  }
  return std::move(lister.found);
}

}  // namespace windtunnel::scenario
