#include "scenario/merge.h"

#include <utility>

#include "scenario/collect.h"
#include "scenario/paths.h"

namespace windtunnel::scenario {
namespace {

void merge_settings(Tree& under, const Tree& over, std::vector<Field> fields);

Tree map_like(const Tree& model) {
  Tree map;
  map.kind = Tree::Kind::map;
  map.mark = model.mark;
  map.layer = model.layer;
  return map;
}

// A choice in its long form, `{name: settings}`; nothing when the tree is no choice.
std::optional<Tree> long_form(const Tree& tree) {
  if (tree.kind == Tree::Kind::map && tree.entries.size() == 1) return tree;
  if (tree.kind != Tree::Kind::scalar) return std::nullopt;
  Tree map = map_like(tree);
  Tree none;
  none.mark = tree.mark;
  none.layer = tree.layer;
  map.entries.push_back({tree.text, tree.mark, std::move(none)});
  return map;
}

void merge_choice(Tree& under, const Tree& over, Choosable& choice) {
  std::optional<Tree> below_it = long_form(under);
  const std::optional<Tree> above_it = long_form(over);
  if (!below_it || !above_it || below_it->entries[0].key != above_it->entries[0].key ||
      !has_member(choice, above_it->entries[0].key)) {
    under = over;
    return;
  }
  choice.select(above_it->entries[0].key);
  Tree result = map_like(over);
  Entry entry = above_it->entries[0];
  entry.value = std::move(below_it->entries[0].value);
  merge_settings(entry.value, above_it->entries[0].value, fields_of(choice));
  result.entries.push_back(std::move(entry));
  under = std::move(result);
}

void merge_field(Tree& under, const Tree& over, Field& field) {
  if (auto* section = std::get_if<std::unique_ptr<Section>>(&field.target)) {
    merge_settings(under, over, fields_of(**section));
  } else if (auto* choice = std::get_if<Choosable*>(&field.target)) {
    merge_choice(under, over, **choice);
  } else {
    under = over;
  }
}

void merge_settings(Tree& under, const Tree& over, std::vector<Field> fields) {
  if (over.kind == Tree::Kind::null && under.kind == Tree::Kind::map) return;
  if (over.kind != Tree::Kind::map || under.kind != Tree::Kind::map) {
    under = over;
    return;
  }
  under.mark = over.mark;
  under.layer = over.layer;
  for (const Entry& entry : over.entries) {
    Entry* const existing = under.find(entry.key);
    Field* const field = field_named(fields, entry.key);
    if (existing == nullptr) {
      under.entries.push_back(entry);
      continue;
    }
    existing->mark = entry.mark;
    if (field == nullptr) existing->value = entry.value;
    else merge_field(existing->value, entry.value, *field);
  }
}

// Follows a path through a tree and the object loaded from it.
class Walk {
 public:
  Walk(std::string_view path, const Mark& key, const Tree& value) : parts_(split(path)), key_(key), value_(value) {}

  Assignment settings(Tree& node, std::vector<Field> fields, std::size_t at) {
    if (at == parts_.size()) {
      merge_settings(node, value_, std::move(fields));
      return Assigned{};
    }
    Field* const field = field_named(fields, parts_[at]);
    if (field == nullptr) return NoSuchPath{};
    if (node.kind != Tree::Kind::map) become_map(node);
    if (node.find(parts_[at]) == nullptr) node.entries.push_back({std::string(parts_[at]), key_, nothing()});
    Entry& entry = *node.find(parts_[at]);
    if (at + 1 == parts_.size()) {
      entry.mark = key_;
      merge_field(entry.value, value_, *field);
      return Assigned{};
    }
    if (auto* section = std::get_if<std::unique_ptr<Section>>(&field->target)) {
      return settings(entry.value, fields_of(**section), at + 1);
    }
    if (auto* choice = std::get_if<Choosable*>(&field->target)) return member(entry.value, **choice, at + 1);
    if (auto* list = std::get_if<std::unique_ptr<Repeatable>>(&field->target)) return element(entry.value, **list, at + 1);
    return plain_element(entry.value, at + 1);
  }

 private:
  Assignment member(Tree& node, Choosable& choice, std::size_t at) {
    if (!has_member(choice, parts_[at])) return NoSuchPath{};
    if (choice.selected() != parts_[at]) return NotChosen{before(at), std::string(choice.selected())};
    const std::optional<Tree> known = long_form(node);
    if (known && known->entries[0].key == parts_[at]) {
      node = *known;
    } else {
      become_map(node);
      node.entries.push_back({std::string(parts_[at]), key_, nothing()});
    }
    return settings(node.entries[0].value, fields_of(choice), at + 1);
  }

  Assignment element(Tree& node, Repeatable& list, std::size_t at) {
    const std::optional<std::size_t> index = index_of(parts_[at]);
    if (!index) return NoSuchPath{};
    if (node.kind != Tree::Kind::list || *index >= node.items.size() || *index >= list.size()) {
      return NoSuchElement{before(at), node.items.size()};
    }
    return settings(node.items[*index], fields_of(list, *index), at + 1);
  }

  Assignment plain_element(Tree& node, std::size_t at) {
    const std::optional<std::size_t> index = index_of(parts_[at]);
    if (!index || at + 1 != parts_.size()) return NoSuchPath{};
    if (*index >= node.items.size()) return NoSuchElement{before(at), node.items.size()};
    node.items[*index] = value_;
    return Assigned{};
  }

  void become_map(Tree& node) const { node = map_like(value_); }
  Tree nothing() const {
    Tree none;
    none.mark = key_;
    none.layer = value_.layer;
    return none;
  }
  std::string before(std::size_t at) const {
    std::string path;
    for (std::size_t i = 0; i < at; ++i) path = below(path, parts_[i]);
    return path;
  }

  std::vector<std::string_view> parts_;
  const Mark& key_;
  const Tree& value_;
};

}  // namespace

Tree merge(const Tree& under, const Tree& over, const Shape& shape) {
  const std::unique_ptr<Section> object = shape();
  Tree result = under;
  merge_settings(result, over, fields_of(*object));
  return result;
}

Assignment assign(Tree& tree, std::string_view path, const Mark& key, const Tree& value, const Shape& shape) {
  if (!find(path, shape)) return NoSuchPath{};
  const std::unique_ptr<Section> object = shape();
  Faults ignored;  // whoever loads the tree for its own sake reports them
  Places places;
  load(tree, *object, ignored, places);
  Tree changed = tree;
  Assignment outcome = Walk(path, key, value).settings(changed, fields_of(*object), 0);
  if (std::holds_alternative<Assigned>(outcome)) tree = std::move(changed);
  return outcome;
}

}  // namespace windtunnel::scenario
