#include "scenario/json_value.h"

#include <cmath>
#include <variant>

#include "base/error.h"
#include "scenario/collect.h"
#include "scenario/scalars.h"

namespace windtunnel::scenario {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json plain(const T& value) {
  if constexpr (Quantity<T>) {
    check(std::isfinite(Scalar<T>::number(value)), "json_value: a finite quantity");
    return exact(value);
  } else if constexpr (std::is_same_v<T, double>) {
    check(std::isfinite(value), "json_value: a finite number");
    return value;
  } else {
    return value;
  }
}

struct ToJson {
  template <class T>
  Json operator()(T* value) const {
    return plain(*value);
  }
  template <class T>
  Json operator()(std::optional<T>* value) const {
    return value->has_value() ? plain(**value) : Json(nullptr);
  }
  template <class T>
  Json operator()(std::vector<T>* values) const {
    Json list = Json::array();
    for (const T& value : *values) list.push_back(plain(value));
    return list;
  }
  Json operator()(Members* members) const {
    return members->share.percent > 0 ? plain(members->share) : (*this)(&members->named);
  }
  Json operator()(const Word& word) const { return word.words[static_cast<std::size_t>(*word.index)]; }
  Json operator()(const std::unique_ptr<Section>& section) const { return json_object(fields_of(*section)); }
  Json operator()(Choosable* choice) const {
    Json chosen = Json::object();
    chosen[std::string(choice->selected())] = json_object(fields_of(*choice));
    return chosen;
  }
  Json operator()(const std::unique_ptr<Repeatable>& list) const {
    Json all = Json::array();
    for (std::size_t i = 0; i < list->size(); ++i) all.push_back(json_object(fields_of(*list, i)));
    return all;
  }
};

}  // namespace

Json json_value(Field& field) { return std::visit(ToJson{}, field.target); }

Json json_object(std::vector<Field> fields) {
  Json object = Json::object();
  for (Field& field : fields) object[std::string(field.name)] = json_value(field);
  return object;
}

}  // namespace windtunnel::scenario
