#include "json_schema.h"

#include <fmt/format.h>

#include <cmath>
#include <regex>
#include <set>

#include "base/error.h"

namespace windtunnel::scenario {
namespace {

using Json = nlohmann::ordered_json;

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  std::vector<std::string> all(const Json& schema, const Json& value, const std::string& at) {
    std::vector<std::string> found;
    if (schema.contains("$ref")) {
      const std::string target = schema["$ref"].get<std::string>();
      check(target.starts_with("#/"), "references are local");
      return all(root_.at(Json::json_pointer(target.substr(1))), value, at);
    }
    for (const auto& [keyword, argument] : schema.items()) {
      const std::string fault = one(schema, keyword, argument, value, at, found);
      if (!fault.empty()) found.push_back(fmt::format("{}: {}", at.empty() ? "/" : at, fault));
    }
    return found;
  }

 private:
  static bool is(const std::string& type, const Json& value) {
    if (type == "integer") return value.is_number_integer() || (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "array") return value.is_array();
    check(type == "object", "a known type");
    return value.is_object();
  }

  int matching(const Json& schemas, const Json& value, const std::string& at) {
    int n = 0;
    for (const Json& each : schemas) n += all(each, value, at).empty() ? 1 : 0;
    return n;
  }

  // What the keyword has against the value; faults of parts go to `found`.
  std::string one(const Json& schema, const std::string& keyword, const Json& argument, const Json& value, const std::string& at,
                  std::vector<std::string>& found) {
    static const std::set<std::string> notes{"$schema", "title", "description", "default", "definitions", "examples"};
    if (notes.contains(keyword)) return "";
    if (keyword == "type") {
      bool fits = false;
      if (argument.is_string()) fits = is(argument.get<std::string>(), value);
      else for (const Json& type : argument) fits = fits || is(type.get<std::string>(), value);
      return fits ? "" : "is not " + argument.dump();
    }
    if (keyword == "enum") return std::find(argument.begin(), argument.end(), value) != argument.end() ? "" : "is none of " + argument.dump();
    if (keyword == "const") return argument == value ? "" : "is not " + argument.dump();
    if (keyword == "oneOf") return matching(argument, value, at) == 1 ? "" : "fits not exactly one form";
    if (keyword == "anyOf") return matching(argument, value, at) >= 1 ? "" : "fits no form";
    if (keyword == "minimum") return !value.is_number() || value >= argument ? "" : "is below " + argument.dump();
    if (keyword == "exclusiveMinimum") return !value.is_number() || value > argument ? "" : "is not above " + argument.dump();
    if (keyword == "maximum") return !value.is_number() || value <= argument ? "" : "is above " + argument.dump();
    if (keyword == "pattern") {
      return !value.is_string() || std::regex_search(value.get<std::string>(), std::regex(argument.get<std::string>())) ? "" : "does not match";
    }
    if (keyword == "minItems") return !value.is_array() || value.size() >= argument ? "" : "has too few elements";
    if (keyword == "uniqueItems") {
      return !value.is_array() || std::set<Json>(value.begin(), value.end()).size() == value.size() ? "" : "has equal elements";
    }
    if (keyword == "minProperties") return !value.is_object() || value.size() >= argument ? "" : "has too few entries";
    if (keyword == "maxProperties") return !value.is_object() || value.size() <= argument ? "" : "has too many entries";
    if (keyword == "required") {
      for (const Json& name : argument) {
        if (value.is_object() && !value.contains(name.get<std::string>())) return "lacks " + name.dump();
      }
      return "";
    }
    if (keyword == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) add(all(argument, value[i], fmt::format("{}/{}", at, i)), found);
      return "";
    }
    if (keyword == "properties") {
      for (const auto& [name, part] : argument.items()) {
        if (value.is_object() && value.contains(name)) add(all(part, value[name], at + "/" + name), found);
      }
      return "";
    }
    if (keyword == "patternProperties") return "";  // looked at under additionalProperties, which always stands beside it
    check(keyword == "additionalProperties" && argument == false, "a keyword that this validator knows: " + keyword);
    return value.is_object() ? surplus(schema, value) : "";
  }

  static std::string surplus(const Json& schema, const Json& value) {
    for (const auto& [name, part] : value.items()) {
      if (schema.contains("properties") && schema["properties"].contains(name)) continue;
      bool fits = false;
      if (schema.contains("patternProperties")) {
        for (const auto& [pattern, any] : schema["patternProperties"].items()) fits = fits || std::regex_search(name, std::regex(pattern));
      }
      if (!fits) return "has the unknown entry " + name;
    }
    return "";
  }

  static void add(std::vector<std::string> more, std::vector<std::string>& to) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  const Json& root_;
};

Json plain(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  static const std::regex integer("^[-+]?[0-9]+$"), real("^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$");
  static const std::regex odd("^([-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN))$");
  if (std::regex_match(text, integer) && text.size() < 19) return std::stoll(text);
  if (std::regex_match(text, real)) return std::strtod(text.c_str(), nullptr);
  if (std::regex_match(text, odd)) return nullptr;  // JSON has no such numbers
  return text;
}

}  // namespace

std::vector<std::string> violations(const Json& schema, const Json& instance) { return Validator(schema).all(schema, instance, ""); }

Json to_json(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::null: return nullptr;
    case Tree::Kind::scalar: return tree.quoted ? Json(tree.text) : plain(tree.text);
    case Tree::Kind::list: {
      Json list = Json::array();
      for (const Tree& item : tree.items) list.push_back(to_json(item));
      return list;
    }
    case Tree::Kind::map: {
      Json map = Json::object();
      for (const Entry& entry : tree.entries) map[entry.key] = to_json(entry.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace windtunnel::scenario
