// How a struct of settings describes itself, once, for everyone who needs to know: the scenario loader, the JSON Schema,
// the canonical dump that a run's hash is taken of, and `windtunnel list`.
//
// A struct has `void describe(Fields& f)` that names each member, its meaning, its range and the source of its default:
//     f("memory", memory, "memory of one function", {.min = 128, .max = 10240, .source = "facts 5"});
// The default is the member's value in a default-constructed object. The unit is the member's C++ type.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace windtunnel {

class Fields;

/// Limits of a number, in the unit the type carries (seconds for Duration, bytes, MB, bytes per second, USD).
struct Limits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;        ///< true: the minimum itself is not allowed
  std::string_view source = {};  ///< where the default comes from
};

/// A nested group of settings.
class Section {
 public:
  virtual ~Section() = default;
  virtual void describe(Fields& f) = 0;
};

/// One of a family, chosen by name, with settings of its own: `rule: krum` or `rule: {krum: {f: 1}}`.
class Choosable {
 public:
  struct Name {
    std::string_view name;
    std::string_view summary;
  };
  virtual ~Choosable() = default;
  virtual std::vector<Name> names() const = 0;
  virtual std::string_view selected() const = 0;
  virtual void select(std::string_view name) = 0;  ///< one of names(); settings go back to their defaults
  virtual void describe(Fields& f) = 0;            ///< the settings of the selected one
  /// Stands for the family. A member may have a choice of the same family among its settings: whoever goes through
  /// all members, not only the selected ones, must stop there.
  virtual const void* family() const = 0;
};

/// A list of groups of settings of one type.
class Repeatable {
 public:
  virtual ~Repeatable() = default;
  virtual std::size_t size() const = 0;
  virtual void resize(std::size_t n) = 0;
  virtual void describe(std::size_t index, Fields& f) = 0;
};

/// An int that may be the storage of an enumeration: the compiler must not assume that the two are apart.
using WordIndex [[gnu::may_alias]] = int;

/// One of a fixed list of words, stored as the index of the word.
struct Word {
  std::span<const std::string_view> words;
  WordIndex* index;
};

/// Some of a group: those that are named by their numbers, or a share of them, who are drawn.
struct Members {
  std::vector<std::int64_t> named;
  Share share;  ///< 0 when they are named

  Members() = default;
  Members(std::initializer_list<std::int64_t> numbers) : named(numbers) {}
  explicit Members(Share of_all) : share(of_all) {}
  bool none() const { return named.empty() && share.percent <= 0; }
};

/// What a field stores to.
using Target = std::variant<bool*, std::int64_t*, double*, std::string*, Duration*, Bytes*, Memory*, Bandwidth*, Usd*,
                            std::optional<std::int64_t>*, std::optional<double>*, std::optional<Duration>*,
                            std::optional<Bytes>*, std::optional<std::string>*, std::vector<std::int64_t>*, Members*, Word,
                            std::unique_ptr<Section>, Choosable*, std::unique_ptr<Repeatable>>;

struct Field {
  std::string_view name;
  Target target;
  std::string_view doc;
  Limits limits;
};

template <class T>
concept Describable = requires(T& t, Fields& f) { t.describe(f); };

/// Receives the description of a struct, field by field.
class Fields {
 public:
  virtual ~Fields() = default;
  virtual void field(Field field) = 0;

  /// Any member type of Target, an enum class with `words`, a describable struct, or a vector of describable structs.
  template <class T>
  void operator()(std::string_view name, T& member, std::string_view doc, Limits limits = {});

  template <class E>
    requires std::is_enum_v<E> && std::same_as<std::underlying_type_t<E>, int>
  void operator()(std::string_view name, E& member, std::span<const std::string_view> words, std::string_view doc) {
    field({name, Word{words, reinterpret_cast<WordIndex*>(&member)}, doc, {}});
  }
};

/// An entry of a family's list.
template <class T>
struct Option {
  std::string_view name;
  std::string_view summary;
  std::shared_ptr<T> (*make)();
  std::string_view source = {};  ///< where the member's formula comes from
};

/// A family: the explicit list of its members, in the order shown to people.
template <class T>
using Family = std::span<const Option<T>>;

/// The list entry of `Member`, whose defaults are its default constructor's.
template <class T, std::derived_from<T> Member>
constexpr Option<T> option(std::string_view name, std::string_view summary, std::string_view source = {}) {
  return {name, summary, +[]() -> std::shared_ptr<T> { return std::make_shared<Member>(); }, source};
}

template <class T>
std::vector<std::string_view> names_of(Family<T> family) {
  std::vector<std::string_view> names;
  for (const Option<T>& entry : family) names.push_back(entry.name);
  return names;
}

/// A fresh member of `family` with default settings. Throws InputError with the known names and a near one.
template <class T>
std::shared_ptr<T> make(Family<T> family, std::string_view what, std::string_view name) {
  for (const Option<T>& entry : family) {
    if (entry.name == name) return entry.make();
  }
  throw InputError(unknown_word(what, name, names_of(family)));
}

/// The chosen member of a family, as a setting. T has `void describe(Fields&)`, usually virtual and empty by default.
/// Copies share the member, which nobody changes once loading is over.
template <class T>
class Choice final : public Choosable {
 public:
  Choice(Family<T> family, std::string_view name) : family_(family) { Choice::select(name); }

  std::vector<Name> names() const override {
    std::vector<Name> all;
    for (const Option<T>& entry : family_) all.push_back({entry.name, entry.summary});
    return all;
  }
  std::string_view selected() const override { return selected_; }
  void select(std::string_view name) override {
    member_ = make(family_, "choice", name);
    for (const Option<T>& entry : family_) {
      if (entry.name == name) selected_ = entry.name;
    }
  }
  void describe(Fields& f) override { member_->describe(f); }
  const void* family() const override { return family_.data(); }

  const T* operator->() const { return member_.get(); }
  const T& operator*() const { return *member_; }
  std::shared_ptr<const T> shared() const { return member_; }

 private:
  Family<T> family_;
  std::string_view selected_;
  std::shared_ptr<T> member_;
};

namespace detail {

template <class T>
struct SectionOf final : Section {
  T* object;
  explicit SectionOf(T* o) : object(o) {}
  void describe(Fields& f) override { object->describe(f); }
};

template <class T>
struct RepeatableOf final : Repeatable {
  std::vector<T>* items;
  explicit RepeatableOf(std::vector<T>* v) : items(v) {}
  std::size_t size() const override { return items->size(); }
  void resize(std::size_t n) override { items->resize(n); }
  void describe(std::size_t index, Fields& f) override { (*items)[index].describe(f); }
};

template <class T>
struct is_vector_of_describable : std::false_type {};
template <Describable T>
struct is_vector_of_describable<std::vector<T>> : std::true_type {};

}  // namespace detail

template <class T>
void Fields::operator()(std::string_view name, T& member, std::string_view doc, Limits limits) {
  if constexpr (std::derived_from<T, Choosable>) {
    field({name, static_cast<Choosable*>(&member), doc, limits});
  } else if constexpr (detail::is_vector_of_describable<T>::value) {
    field({name, std::make_unique<detail::RepeatableOf<typename T::value_type>>(&member), doc, limits});
  } else if constexpr (Describable<T>) {
    field({name, std::make_unique<detail::SectionOf<T>>(&member), doc, limits});
  } else {
    field({name, &member, doc, limits});
  }
}

}  // namespace windtunnel
