#include "scenario/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "scenario/collect.h"
#include "scenario/expand.h"
#include "scenario/json_value.h"
#include "scenario/paths.h"
#include "scenario/quantity_pattern.h"
#include "scenario/scalars.h"

namespace windtunnel::scenario {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(std::vector<Field> fields, Families& within);
Json object_of(std::vector<Field> fields) {
  Families within;
  return object_of(std::move(fields), within);
}

// For a number with one of the units, in the bounds as far as an expression can have them.
template <Quantity T>
std::string pattern(const Limits& limits) {
  const std::string_view names = Scalar<T>::units();
  std::vector<UnitBounds> units;
  for (std::size_t from = 0; from < names.size();) {
    const std::size_t to = std::min(names.find(", ", from), names.size());
    const std::string_view unit = names.substr(from, to - from);
    const double one = Scalar<T>::number(Scalar<T>::parse("1 " + std::string(unit)));
    units.push_back({unit, limits.min / one, limits.max / one});
    from = to + 2;
  }
  return quantity_pattern(units, limits.min < 0, limits.min > 0 || (limits.min == 0 && limits.above_min));
}

// Whole bounds without a point.
Json bound(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

template <class T>
Json scalar(const Limits& given) {
  Json schema = Json::object();
  if constexpr (std::is_same_v<T, bool>) {
    schema["type"] = "boolean";
  } else if constexpr (std::is_same_v<T, std::string>) {
    schema["type"] = "string";
  } else if constexpr (Quantity<T>) {
    schema["type"] = "string";
    schema["pattern"] = pattern<T>(effective<T>(given));
  } else {
    schema["type"] = std::is_same_v<T, double> ? "number" : "integer";
    const Limits limits = effective<T>(given);
    if (std::isfinite(limits.min)) schema[limits.above_min ? "exclusiveMinimum" : "minimum"] = bound(limits.min);
    if (std::isfinite(limits.max)) schema["maximum"] = bound(limits.max);
  }
  return schema;
}

// What the schema checks in part it says: the range of a quantity.
template <class T>
std::string remark(const Limits& limits) {
  if constexpr (Bounded<T>) {
    const std::string range = allowed<T>(limits);
    return range.empty() ? "" : fmt::format(" ({})", range);
  } else {
    return "";
  }
}

struct ToSchema {
  const Field& field;
  std::string& doc;
  Families& within;

  template <class T>
  Json operator()(T*) const {
    doc += remark<T>(field.limits);
    return scalar<T>(field.limits);
  }
  template <class T>
  Json operator()(std::optional<T>*) const {
    doc += remark<T>(field.limits);
    Json either;
    either["anyOf"] = {scalar<T>(field.limits), {{"type", "null"}}};
    return either;
  }
  template <class T>
  Json operator()(std::vector<T>*) const {
    doc += remark<T>(field.limits);
    return {{"type", "array"}, {"items", scalar<T>(field.limits)}};
  }
  Json operator()(Members*) const {
    doc += "; a list of their numbers, or a share of all, who are drawn (20 %)";
    const Json list{{"type", "array"}, {"items", scalar<std::int64_t>(field.limits)}};
    return {{"anyOf", {list, scalar<Share>(share_limits)}}};
  }
  Json operator()(const Word& word) const {
    return {{"type", "string"}, {"enum", std::vector<std::string>(word.words.begin(), word.words.end())}};
  }
  Json operator()(const std::unique_ptr<Section>& section) const { return object_of(fields_of(*section), within); }
  Json operator()(Choosable* choice) const {
    const std::string preset(choice->selected());
    Json forms = Json::array(), members = Json::object();
    const Families::Entry entry(within, *choice);
    for (const Choosable::Name& each : choice->names()) {
      if (choice->selected() != each.name) choice->select(each.name);
      // Within a member of its own family a choice's names are known, and its settings anything: there is no end of them.
      Json member = entry ? object_of(fields_of(*choice), within) : Json{{"type", {"object", "null"}}};
      member["description"] = std::string(each.summary);
      members[std::string(each.name)] = std::move(member);
      forms.push_back({{"const", std::string(each.name)}, {"title", std::string(each.name)},
                       {"description", std::string(each.summary)}});
    }
    forms.push_back({{"title", "with settings"}, {"type", "object"}, {"properties", std::move(members)},
                     {"minProperties", 1}, {"maxProperties", 1}, {"additionalProperties", false}});
    return {{"oneOf", std::move(forms)}, {"default", preset}};
  }
  Json operator()(const std::unique_ptr<Repeatable>& list) const {
    list->resize(1);
    return {{"type", "array"}, {"items", object_of(fields_of(*list, 0), within)}};
  }
};

Json schema_of_field(Field& field, Families& within) {
  const bool has_value_of_its_own = !std::holds_alternative<std::unique_ptr<Section>>(field.target) &&
                                    !std::holds_alternative<Choosable*>(field.target);
  Json preset = has_value_of_its_own ? json_value(field) : Json();
  std::string doc(field.doc);
  Json schema = std::visit(ToSchema{field, doc, within}, field.target);
  if (!field.limits.source.empty()) doc += fmt::format(" [{}]", field.limits.source);
  Json result;
  result["title"] = std::string(field.name);
  result["description"] = doc;
  if (!preset.is_null()) result["default"] = std::move(preset);
  result.update(schema);
  return result;
}

// A section; nothing below it means that all settings keep their defaults.
Json object_of(std::vector<Field> fields, Families& within) {
  Json properties = Json::object();
  for (Field& field : fields) {
    check(!properties.contains(std::string(field.name)), fmt::format("two settings called {}", field.name));
    properties[std::string(field.name)] = schema_of_field(field, within);
  }
  return {{"type", {"object", "null"}}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

template <Describable T>
Json object_of_struct() {
  T object;
  Json schema = object_of(fields_of(object));
  schema["type"] = "object";
  return schema;
}

Json reference(std::string_view definition) { return {{"$ref", fmt::format("#/definitions/{}", definition)}}; }

Json range_of() {
  Json range = object_of_struct<RangeSettings>();
  const Json end = {{"type", {"number", "string"}}};
  range["properties"]["from"] = end;
  range["properties"]["to"] = end;
  range["required"] = {"from", "to"};
  return range;
}

// What a range can be of: a number, with a unit or without.
bool is_number(const Field& field) {
  return std::visit(
      []<class T>(const T&) {
        if constexpr (std::is_pointer_v<T>) {
          using V = std::remove_pointer_t<T>;
          if constexpr (Bounded<V> || std::is_same_v<V, Members>) return true;
          else if constexpr (requires(V v) { v.has_value(); }) return Bounded<typename V::value_type>;
        }
        return false;
      },
      field.target);
}

// Values of one axis: a list, or a range where there are numbers.
Json axis_of(const std::string& path, const Shape& shape) {
  std::optional<Found> found = find(path, shape);
  Json items = Json::object();
  Families within;
  if (found->field) items = schema_of_field(*found->field, within);
  items.erase("title");
  Json list{{"type", "array"}, {"minItems", 1}, {"uniqueItems", true}, {"items", items}};
  if (!found->field || !is_number(*found->field)) return list;
  // The ends of a range are values of the setting; of members, shares.
  if (std::holds_alternative<Members*>(found->field->target)) items = scalar<Share>(share_limits);
  Json range = range_of();
  for (const char* end : {"from", "to"}) {
    range["properties"][end] = items;
    range["properties"][end].erase("default");
  }
  return {{"anyOf", {std::move(list), std::move(range)}}};
}

Json sweep_of(const Shape& shape) {
  Json axes = Json::object();
  for (const std::string& path : all_paths(shape)) axes[path] = axis_of(path, shape);
  Json sweep = object_of_struct<SweepSettings>();
  sweep["properties"]["axes"] = {{"title", "axes"},
                                 {"description", "what varies: path of a setting, and its values"},
                                 {"type", "object"},
                                 {"minProperties", 1},
                                 {"properties", std::move(axes)},
                                 {"patternProperties", {{"\\.[0-9]+(\\.|$)", Json::object()}}},
                                 {"additionalProperties", false}};
  sweep["title"] = "sweep";
  sweep["description"] = "the cartesian product of the axes, each point repeated";
  return sweep;
}

// A header's properties and a reference to each setting.
Json with_settings(Json header, const Json& settings) {
  for (const auto& [name, schema] : settings.items()) header["properties"][name] = reference(name);
  return header;
}

using Words = std::map<std::string, std::vector<std::string>, std::less<>>;

// A text setting gets one keyword more, in an axis and where it may be nothing as well.
void restrict_one(Json& schema, const char* keyword, const Json& argument) {
  if (schema.contains("items")) return restrict_one(schema["items"], keyword, argument);
  if (schema.contains("anyOf")) {
    for (Json& form : schema["anyOf"]) restrict_one(form, keyword, argument);
  }
  if (schema.value("type", Json()) == "string") schema[keyword] = argument;
}

template <class Arguments>
void restrict_all(Json& schema, const char* keyword, const Arguments& arguments) {
  if (schema.is_array() || schema.is_object()) {
    for (auto& each : schema) restrict_all(each, keyword, arguments);
  }
  if (!schema.is_object() || !schema.contains("properties")) return;
  for (const auto& [path, setting] : schema["properties"].items()) {
    const auto known = arguments.find(split(path).back());
    if (known != arguments.end() && setting.is_object()) restrict_one(setting, keyword, Json(known->second));
  }
}

}  // namespace

void restrict_words(Json& schema, const Words& words) { restrict_all(schema, "enum", words); }

void restrict_texts(Json& schema, const std::map<std::string, std::string, std::less<>>& patterns) {
  restrict_all(schema, "pattern", patterns);
}

nlohmann::ordered_json schema_of(const Shape& shape) {
  const std::unique_ptr<Section> object = shape();
  Json definitions = object_of(fields_of(*object))["properties"];
  const Json settings = definitions;

  Json variant = with_settings(object_of_struct<VariantHeader>(), settings);
  variant["required"] = {"name"};
  Json file;
  Json header = object_of_struct<Header>();
  header["properties"]["name"]["pattern"] = "^(?![-.])[-A-Za-z0-9_.\u0080-\uffff]{1,100}$";  // a folder's (expand.cpp)
  variant["properties"]["name"]["pattern"] = "^[^ \\u0000-\\u001f\\u007f]([^\\u0000-\\u001f\\u007f]*[^ \\u0000-\\u001f\\u007f])?$";
  file["$schema"] = "http://json-schema.org/draft-07/schema#";
  file["title"] = "Windtunnel scenario";
  file.update(with_settings(std::move(header), settings));
  file["properties"]["variants"] = {{"title", "variants"},
                                    {"description", "runs that differ from the base in what they override"},
                                    {"type", "array"},
                                    {"minItems", 1},
                                    {"items", std::move(variant)}};
  file["properties"]["sweep"] = sweep_of(shape);
  file["definitions"] = std::move(definitions);
  return file;
}

}  // namespace windtunnel::scenario
