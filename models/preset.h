// A family's member with settings filled in by name, as a scenario file would: for defaults that differ from the
// member's own.
#pragma once

#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/fields.h"

namespace windtunnel::models {

/// One setting by the name that describe() gives it. V: the type of the member, e.g. Duration.
template <class V>
using Setting = std::pair<std::string_view, V>;

namespace detail {

template <class V>
class Assign final : public Fields {
 public:
  explicit Assign(const Setting<V>& setting) : setting_(setting) {}
  void field(Field field) override {
    if (field.name != setting_.first) return;
    std::visit(
        [&](auto& target) {
          using T = std::decay_t<decltype(target)>;
          if constexpr (std::is_same_v<T, V*> || std::is_same_v<T, std::optional<V>*>) {
            *target = setting_.second;
            done_ = true;
          }
        },
        field.target);
  }
  bool done() const { return done_; }

 private:
  const Setting<V>& setting_;
  bool done_ = false;
};

}  // namespace detail

/// Precondition: the member has these settings, of this type (checked).
template <class T, class V>
Choice<T> preset(Family<T> family, std::string_view name, std::initializer_list<Setting<V>> settings) {
  Choice<T> choice(family, name);
  for (const Setting<V>& setting : settings) {
    detail::Assign<V> assign(setting);
    choice.describe(assign);
    check(assign.done(), "preset: the member has a setting of this name and type");
  }
  return choice;
}

}  // namespace windtunnel::models
