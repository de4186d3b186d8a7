#include "scenario/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "scenario/collect.h"

namespace windtunnel::scenario {
namespace {

constexpr std::size_t longest_list = 100'000;

void add_paths(std::vector<Field> fields, const std::string& path, std::vector<std::string>& all, Families& within) {
  for (Field& field : fields) {
    const std::string here = below(path, field.name);
    all.push_back(here);
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) {
      add_paths(fields_of(**section), here, all, within);
    } else if (auto* choice = std::get_if<Choosable*>(&field.target)) {
      const Families::Entry entry(within, **choice);
      if (!entry) continue;
      for (const Choosable::Name& each : (*choice)->names()) {
        (*choice)->select(each.name);
        const std::string member = below(here, each.name);
        all.push_back(member);
        add_paths(fields_of(**choice), member, all, within);
      }
    }
  }
}

// A member of a list of plain values, at an index.
bool is_plain_list(const Target& target) {
  return std::visit(
      []<class T>(const T&) {
        if constexpr (std::is_pointer_v<T>) return requires { typename std::remove_pointer_t<T>::allocator_type; } &&
                                                   !std::same_as<T, std::string*>;
        return false;
      },
      target);
}

}  // namespace

std::string below(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = path.find('.');
    parts.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

bool is_at_or_below(std::string_view path, std::string_view ancestor) {
  return path.starts_with(ancestor) && (path.size() == ancestor.size() || path[ancestor.size()] == '.');
}

std::optional<std::size_t> index_of(std::string_view component) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(component.data(), component.data() + component.size(), index);
  if (component.empty() || error != std::errc() || end != component.data() + component.size()) return std::nullopt;
  return index < longest_list ? std::optional(index) : std::nullopt;
}

Field* field_named(std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

bool has_member(const Choosable& choice, std::string_view name) {
  const std::vector<Choosable::Name> names = choice.names();
  return std::any_of(names.begin(), names.end(), [&](const Choosable::Name& n) { return n.name == name; });
}

std::vector<std::string> all_paths(const Shape& shape) {
  const std::unique_ptr<Section> object = shape();
  std::vector<std::string> all;
  Families within;
  add_paths(fields_of(*object), "", all, within);
  return all;
}

std::optional<Found> find(std::string_view path, const Shape& shape) {
  Found found{shape(), std::nullopt};
  const std::vector<std::string_view> parts = split(path);
  std::vector<Field> fields = fields_of(*found.owner);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Field* const field = field_named(fields, parts[i]);
    if (field == nullptr) return std::nullopt;
    if (i + 1 == parts.size()) {
      found.field = std::move(*field);
      return found;
    }
    std::vector<Field> inner;
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field->target)) {
      inner = fields_of(**section);
    } else if (auto* choice = std::get_if<Choosable*>(&field->target)) {
      if (!has_member(**choice, parts[++i])) return std::nullopt;
      if ((*choice)->selected() != parts[i]) (*choice)->select(parts[i]);
      if (i + 1 == parts.size()) return found;
      inner = fields_of(**choice);
    } else if (auto* list = std::get_if<std::unique_ptr<Repeatable>>(&field->target)) {
      const std::optional<std::size_t> index = index_of(parts[++i]);
      if (!index) return std::nullopt;
      (*list)->resize(*index + 1);
      if (i + 1 == parts.size()) return found;
      inner = fields_of(**list, *index);
    } else {
      const bool element = is_plain_list(field->target) && i + 2 == parts.size() && index_of(parts[i + 1]);
      return element ? std::optional(std::move(found)) : std::nullopt;
    }
    fields = std::move(inner);
  }
  return std::nullopt;
}

Unknown unknown_path(std::string_view path, const Shape& shape) {
  constexpr std::size_t most = 4;
  const std::vector<std::string> all = all_paths(shape);
  const std::string_view last = split(path).back();
  std::vector<std::string_view> near;
  for (const std::string& known : all) {
    if (near.size() < most && split(known).back() == last) near.push_back(known);
  }
  const std::vector<std::string_view> known(all.begin(), all.end());
  if (const std::string_view close = nearest(path, known);
      !close.empty() && near.size() < most && std::find(near.begin(), near.end(), close) == near.end()) {
    near.insert(near.begin(), close);
  }
  Unknown unknown{fmt::format("unknown path \"{}\"", path), ""};
  if (!near.empty()) {
    unknown.hint = fmt::format("did you mean \"{}\"?", fmt::join(near, "\" or \""));
  } else {
    std::vector<std::string_view> top;
    for (const std::string_view each : known) {
      if (each.find('.') == std::string_view::npos) top.push_back(each);
    }
    unknown.hint = unknown_word("path", path, top).hint;
  }
  return unknown;
}

}  // namespace windtunnel::scenario
