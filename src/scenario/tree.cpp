#include "scenario/tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace windtunnel::scenario {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_values = 100'000;

// Thrown through yaml-cpp when reading on makes no sense; the fault has been added.
struct GiveUp {};

std::size_t depth_of(const Tree& tree) {
  std::size_t deepest = 0;
  for (const Tree& item : tree.items) deepest = std::max(deepest, depth_of(item));
  for (const Entry& entry : tree.entries) deepest = std::max(deepest, depth_of(entry.value));
  return deepest + 1;
}

// Builds the tree from yaml-cpp's events. Its marks count bytes from 0.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const Source> source, Faults& faults) : source_(std::move(source)), faults_(faults) {
    root_.mark = {source_, 1, 1};
  }

  Tree take() { return std::move(root_); }

  Mark mark(const YAML::Mark& at) const {
    const int line = std::clamp(at.line + 1, 1, std::max(1, source_->lines()));
    const std::string_view text = source_->line(line);
    const auto end = at.line + 1 > line ? text.size() : std::min(text.size(), static_cast<std::size_t>(std::max(0, at.column)));
    const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    const auto column = std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_start);
    return {source_, line, static_cast<int>(column) + 1};
  }

  void OnDocumentStart(const YAML::Mark& at) override {
    if (documents_++ > 0) give_up(mark(at), "a second document", "one file holds one scenario; remove \"---\" and what follows");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& at, YAML::anchor_t anchor) override { put(node(Tree::Kind::null, at), anchor); }

  void OnScalar(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Tree scalar = node(Tree::Kind::scalar, at);
    scalar.quoted = tag == "!";
    scalar.text = value;
    if (scalar.quoted) require_closed(at, scalar.mark);
    else refuse_tag(tag, scalar.mark);
    put(std::move(scalar), anchor);
  }

  void OnAlias(const YAML::Mark& at, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) give_up(mark(at), "an alias inside the value that it stands for", "");
    if (open_.size() + depth_of(known->second) > max_depth) too_deep(mark(at));
    count(size(known->second), mark(at));
    put(known->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node(Tree::Kind::list, at), tag, anchor);
  }
  void OnMapStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(node(Tree::Kind::map, at), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  // A list or map under construction.
  struct Open {
    Tree tree;
    YAML::anchor_t anchor;
    std::optional<Entry> pending;  // map: the key that waits for its value
    bool ignored = false;          // map: the pending key must not be kept
    std::map<std::string, Mark> keys;
  };

  [[noreturn]] void give_up(Mark at, std::string message, std::string hint) {
    faults_.add({std::move(at), "", std::move(message), std::move(hint)});
    throw GiveUp{};
  }
  [[noreturn]] void too_deep(Mark at) {
    give_up(std::move(at), fmt::format("nested deeper than {} levels", max_depth), "");
  }

  void count(std::size_t more, const Mark& at) {
    values_ += more;
    if (values_ > max_values) give_up(at, fmt::format("more than {} values, aliases included", max_values), "");
  }

  Tree node(Tree::Kind kind, const YAML::Mark& at) {
    Tree tree;
    tree.kind = kind;
    tree.mark = mark(at);
    count(1, tree.mark);
    return tree;
  }

  void refuse_tag(const std::string& tag, const Mark& at) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view core = "tag:yaml.org,2002:";
    const std::string shown = tag.starts_with(core) ? "!!" + tag.substr(core.size()) : tag;
    faults_.add({at, path(), fmt::format("tag {} is not supported", shown), "remove the tag; each setting knows its type"});
  }

  // yaml-cpp 0.7 takes the end of the file for a closing quote.
  void require_closed(const YAML::Mark& at, const Mark& shown) {
    const std::string& text = source_->text();
    auto i = static_cast<std::size_t>(std::max(0, at.pos));
    while (i < text.size() && (text[i] == '&' || text[i] == '!')) {  // an anchor or tag stands before the quote
      i = text.find_first_of(" \t\r\n", i);
      i = i == std::string::npos ? text.size() : text.find_first_not_of(" \t\r\n", i);
    }
    if (i >= text.size() || (text[i] != '"' && text[i] != '\'')) return;
    const char quote = text[i++];
    for (; i < text.size(); ++i) {
      const bool escape = quote == '"' ? text[i] == '\\' : text[i] == '\'' && text.substr(i, 2) == "''";
      if (escape) ++i;
      else if (text[i] == quote) return;
    }
    give_up(shown, "a quote that is never closed", "");
  }

  void open(Tree tree, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(tag, tree.mark);
    if (open_.size() + 1 > max_depth) too_deep(tree.mark);
    require_value(tree);
    open_.push_back({std::move(tree), anchor, std::nullopt, false, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    put(std::move(done.tree), done.anchor);
  }

  // Keys are plain words: a list or map as a key is refused.
  void require_value(const Tree& tree) {
    if (!open_.empty() && open_.back().tree.kind == Tree::Kind::map && !open_.back().pending) {
      give_up(tree.mark, fmt::format("{} as a key", describe(tree.kind)), "a key is the name of a setting");
    }
  }

  void put(Tree tree, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = tree;
    if (open_.empty()) {
      root_ = std::move(tree);
      return;
    }
    Open& parent = open_.back();
    if (parent.tree.kind == Tree::Kind::list) {
      parent.tree.items.push_back(std::move(tree));
    } else if (!parent.pending) {
      if (tree.kind != Tree::Kind::scalar) require_value(tree);
      begin_entry(parent, std::move(tree));
    } else {
      parent.pending->value = std::move(tree);
      if (!parent.ignored) parent.tree.entries.push_back(std::move(*parent.pending));
      parent.pending.reset();
    }
  }

  void begin_entry(Open& parent, Tree key) {
    const auto [earlier, is_new] = parent.keys.try_emplace(key.text, key.mark);
    const bool merge = key.text == "<<" && !key.quoted;
    parent.ignored = !is_new || merge;
    if (merge) {
      faults_.add({key.mark, path(), "merge keys (<<) are not supported", "use variants, or repeat the settings"});
    } else if (!is_new) {
      faults_.add({key.mark, path(key.text), "is set twice in this map",
                   fmt::format("first set in line {}", earlier->second.line)});
    }
    parent.pending = Entry{std::move(key.text), std::move(key.mark), {}};
  }

  // Dotted path of what is open, as far as a document that is not yet understood tells it.
  std::string path(std::string_view last = {}) const {
    std::string all;
    const auto add = [&](std::string_view part) {
      if (!all.empty()) all += '.';
      all += part;
    };
    for (const Open& o : open_) {
      if (o.tree.kind == Tree::Kind::list) add(std::to_string(o.tree.items.size()));
      else if (o.pending) add(o.pending->key);
    }
    if (!last.empty()) add(last);
    return all;
  }

  std::shared_ptr<const Source> source_;
  Faults& faults_;
  Tree root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Tree> anchors_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

// Text that a plain scalar may hold without being read as something else inside flow YAML.
bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.front() == '%') return false;
  constexpr std::string_view special = ",[]{}#&*!|>'\"@`:\n\t\\";
  if (text.find_first_of(special) != std::string_view::npos) return false;
  constexpr std::string_view leading = "-?~=<";
  return leading.find(text.front()) == std::string_view::npos || (text.size() > 1 && text[1] >= '0' && text[1] <= '9');
}

std::string in_quotes(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c == '\n' ? std::string("\\n") : c == '\t' ? std::string("\\t") : std::string(1, c);
  }
  all += '"';
  return all;
}

}  // namespace

const Entry* Tree::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Entry* Tree::find(std::string_view key) { return const_cast<Entry*>(std::as_const(*this).find(key)); }

void Tree::set_layer(Layer to) {
  layer = to;
  for (Tree& item : items) item.set_layer(to);
  for (Entry& entry : entries) entry.value.set_layer(to);
}

std::optional<Tree> parse(std::shared_ptr<const Source> source, Faults& faults) {
  std::istringstream stream(source->text());
  Builder builder(source, faults);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const GiveUp&) {
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    // From yaml-cpp 0.8 on the anchor's name follows, which the place shows anyway.
    constexpr std::string_view no_anchor = "the referenced anchor is not defined";
    const std::string why = e.msg.starts_with(no_anchor) ? std::string(no_anchor) : e.msg;
    faults.add({builder.mark(e.mark), "", "malformed YAML: " + why, ""});
    return std::nullopt;
  }
  return builder.take();
}

std::size_t size(const Tree& tree) {
  std::size_t n = 1;
  for (const Tree& item : tree.items) n += size(item);
  for (const Entry& entry : tree.entries) n += size(entry.value);
  return n;
}

std::string_view describe(Tree::Kind kind) {
  switch (kind) {
    case Tree::Kind::null: return "nothing";
    case Tree::Kind::scalar: return "a value";
    case Tree::Kind::list: return "a list";
    case Tree::Kind::map: return "a map";
  }
  return "";
}

std::string to_text(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::null: return "null";
    case Tree::Kind::scalar: return !tree.quoted && is_plain(tree.text) ? tree.text : in_quotes(tree.text);
    case Tree::Kind::list: {
      std::string all;
      for (const Tree& item : tree.items) all += fmt::format("{}{}", all.empty() ? "" : ", ", to_text(item));
      return fmt::format("[{}]", all);
    }
    case Tree::Kind::map: {
      std::string all;
      for (const Entry& entry : tree.entries) {
        all += fmt::format("{}{}: {}", all.empty() ? "" : ", ", entry.key, to_text(entry.value));
      }
      return fmt::format("{{{}}}", all);
    }
  }
  return "";
}

}  // namespace windtunnel::scenario
