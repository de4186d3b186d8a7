#include "store/tensor_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "store/connection.h"
#include "store/dialect.h"

namespace windtunnel::store {
namespace {

using Repeat = Connection::Repeat;

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// `text` with everything that means something in a SCAN pattern taken literally.
std::string literally(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// The value of `name` in a flat list name, value, … of a TENSORGET reply.
const Reply* part(const Reply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (reply.elements[i].text == name) return &reply.elements[i + 1];
  }
  return nullptr;
}

}  // namespace

struct TensorStore::Impl {
  std::mutex mutex;
  Options options;
  Connection connection;
  Capabilities capabilities;
  std::unique_ptr<Dialect> dialect;

  Impl(Address address, Options given)
      : options(std::move(given)),
        connection(std::move(address), {.timeout = options.timeout,
                                        .connect_timeout = options.connect_timeout,
                                        .connect_attempts = options.connect_attempts}) {
    ask_capabilities();
    dialect = capabilities.native ? native_dialect(connection) : redis_ai_dialect(connection, program_key());
  }

  void ask_capabilities() {
    capabilities.redis_version = connection.greeting().redis_version;
    const std::optional<Greeting::Module> module = connection.greeting().tensor_module();
    if (!module) {
      throw MissingError(fmt::format("store: {} has neither our module (tensordb) nor RedisAI loaded",
                                     connection.address().display()));
    }
    capabilities.module_version = module->version;
    if (module->name != our_module) return;
    const Words info{"TENSOR.INFO"};
    capabilities.native = one(info, "ask for capabilities", Repeat::safe).kind == Reply::Kind::array;
  }

  /// Where a server with RedisAI's commands only keeps the aggregation program; the number grows with its text.
  std::string program_key() const { return options.prefix + "windtunnel-program-1"; }

  std::string full(std::string_view key) const { return options.prefix + std::string(key); }

  std::vector<std::string> full(std::span<const std::string> keys) const {
    std::vector<std::string> all;
    for (const std::string& key : keys) all.push_back(full(key));
    return all;
  }

  Reply one(const Words& words, std::string_view what, Repeat repeat, const Sink& sink = {}) {
    return connection.call(std::span(&words, 1), what, repeat, sink)[0];
  }

  std::int64_t integer(const Words& words, std::string_view what, Repeat repeat) {
    const Reply reply = one(words, what, repeat);
    if (reply.kind != Reply::Kind::integer) fail(connection, what, reply.text);
    return reply.integer;
  }

  /// Receives a tensor into the room that `sink` makes for `n` floats; null when it has none of that size.
  void get(std::string_view key, const std::function<float*(std::size_t n)>& room) {
    const std::string name = full(key), what = fmt::format("get \"{}\"", name);
    const Words words{"AI.TENSORGET", name, "META", "BLOB"};
    float* received = nullptr;
    const Sink sink = [&](std::size_t size) -> std::byte* {
      if (size % sizeof(float) != 0) return nullptr;
      received = room(size / sizeof(float));
      return reinterpret_cast<std::byte*>(received);
    };
    const Reply reply = one(words, what, Repeat::safe, sink);
    if (reply.kind == Reply::Kind::error) fail(connection, what, reply.text);
    const Reply *dtype = part(reply, "dtype"), *blob = part(reply, "blob");
    if (dtype == nullptr || blob == nullptr) fail(connection, what, "not the reply of AI.TENSORGET");
    if (dtype->text != "FLOAT") fail(connection, what, fmt::format("the tensor is of type {}, not FLOAT", dtype->text));
    if (blob->kind == Reply::Kind::sunk) return;
    float* target = blob->text.size() % sizeof(float) == 0 ? room(blob->text.size() / sizeof(float)) : nullptr;
    if (target == nullptr) {
      fail(connection, what, fmt::format("the tensor has {} values", blob->text.size() / sizeof(float)));
    }
    std::memcpy(target, blob->text.data(), blob->text.size());
  }
};

TensorStore::TensorStore(Address address) : TensorStore(std::move(address), Options()) {}

TensorStore::TensorStore(Address address, Options options)
    : impl_(std::make_unique<Impl>(std::move(address), std::move(options))) {}

TensorStore::~TensorStore() = default;
TensorStore::TensorStore(TensorStore&&) noexcept = default;
TensorStore& TensorStore::operator=(TensorStore&&) noexcept = default;

const Capabilities& TensorStore::capabilities() const { return impl_->capabilities; }
const Address& TensorStore::address() const { return impl_->connection.address(); }

void TensorStore::set(std::string_view key, std::span<const float> values) {
  const NamedTensor tensor{std::string(key), values};
  set_many(std::span(&tensor, 1));
}

void TensorStore::set_many(std::span<const NamedTensor> tensors) {
  if (tensors.empty()) return;
  const std::scoped_lock lock(impl_->mutex);
  std::vector<std::string> names, counts, stale;
  for (const NamedTensor& tensor : tensors) {
    check(!tensor.values.empty(), "store: a tensor to set has at least one value");
    names.push_back(impl_->full(tensor.key));
    counts.push_back(std::to_string(tensor.values.size()));
    for (std::string& key : impl_->dialect->beside(names.back())) stale.push_back(std::move(key));
  }
  std::vector<Words> commands;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    commands.push_back({"AI.TENSORSET", names[i], "FLOAT", counts[i], "BLOB", bytes_of(tensors[i].values)});
  }
  if (!stale.empty()) {
    commands.push_back({"DEL"});
    commands.back().insert(commands.back().end(), stale.begin(), stale.end());
  }
  const std::string what = tensors.size() == 1 ? fmt::format("set \"{}\"", names[0])
                                               : fmt::format("set \"{}\" and {} more", names[0], names.size() - 1);
  const std::vector<Reply> replies = impl_->connection.call(commands, what, Repeat::safe);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].kind != Reply::Kind::error) continue;
    fail(impl_->connection, fmt::format("set \"{}\"", names[std::min(i, names.size() - 1)]), replies[i].text);
  }
}

std::vector<float> TensorStore::get(std::string_view key) {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<float> values;
  impl_->get(key, [&](std::size_t n) {
    values.resize(n);
    return values.data();
  });
  return values;
}

void TensorStore::get_into(std::string_view key, std::span<float> out) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->get(key, [&](std::size_t n) { return n == out.size() ? out.data() : nullptr; });
}

void TensorStore::aggregate(std::string_view out, const Operation& rule, std::span<const std::string> keys,
                            const AtHand& at_hand) {
  check(!keys.empty(), "store: aggregate needs at least one key");
  const std::scoped_lock lock(impl_->mutex);
  const auto full = [this](const std::string& key) { return key.empty() ? key : impl_->full(key); };
  const AtHand with_prefix{full(at_hand.own), full(at_hand.previous), full(at_hand.reference)};
  impl_->dialect->aggregate(impl_->full(out), rule, impl_->full(keys), with_prefix);
}

void TensorStore::update(std::string_view params, const Operation& optimizer, std::string_view gradient) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->dialect->update(impl_->full(params), optimizer, impl_->full(gradient));
}

// The value first, then the keys beside it, an empty text for those that are not there.
TensorStore::Dump TensorStore::dump(std::string_view key) {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<std::string> names{impl_->full(key)};
  for (std::string& beside : impl_->dialect->beside(names.front())) names.push_back(std::move(beside));
  const std::string what = fmt::format("dump \"{}\"", names.front());
  Dump dump;
  for (const std::string& name : names) {
    const Reply reply = impl_->one({"DUMP", name}, what, Repeat::safe);
    if (reply.kind == Reply::Kind::error) fail(impl_->connection, what, reply.text);
    dump.push_back(reply.text);
  }
  if (dump.front().empty()) fail(impl_->connection, what, "no such key");
  return dump;
}

void TensorStore::restore(std::string_view key, const Dump& dump) {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<std::string> names{impl_->full(key)};
  for (std::string& beside : impl_->dialect->beside(names.front())) names.push_back(std::move(beside));
  check(dump.size() == names.size(), "store: a dump is restored by the same kind of server");
  const std::string what = fmt::format("restore \"{}\"", names.front());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Words words = dump[i].empty() ? Words{"UNLINK", names[i]} : Words{"RESTORE", names[i], "0", dump[i], "REPLACE"};
    const Reply reply = impl_->one(words, what, Repeat::safe);
    if (reply.kind == Reply::Kind::error) fail(impl_->connection, what, reply.text);
  }
}

bool TensorStore::exists(std::string_view key) {
  const std::scoped_lock lock(impl_->mutex);
  const std::string name = impl_->full(key);
  return impl_->integer({"EXISTS", name}, fmt::format("exists \"{}\"", name), Repeat::safe) == 1;
}

std::int64_t TensorStore::erase(std::span<const std::string> keys) {
  if (keys.empty()) return 0;
  const std::scoped_lock lock(impl_->mutex);
  const std::vector<std::string> names = impl_->full(keys);
  std::vector<std::string> stale;
  for (const std::string& name : names) {
    for (std::string& key : impl_->dialect->beside(name)) stale.push_back(std::move(key));
  }
  // UNLINK frees in the background.
  Words words{"UNLINK"};
  words.insert(words.end(), names.begin(), names.end());
  const std::string what = fmt::format("erase \"{}\"", names[0]);
  const std::int64_t erased = impl_->integer(words, what, Repeat::unsafe);
  if (!stale.empty()) {
    words.assign(1, "UNLINK");
    words.insert(words.end(), stale.begin(), stale.end());
    impl_->integer(words, what, Repeat::safe);
  }
  return erased;
}

std::vector<std::string> TensorStore::keys(std::string_view start) {
  const std::scoped_lock lock(impl_->mutex);
  const std::string pattern = literally(impl_->full(start)) + "*";
  std::vector<std::string> found;
  std::string cursor = "0";
  do {
    const Words words{"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"};
    const std::string what = fmt::format("list the keys \"{}\"", pattern);
    const Reply reply = impl_->one(words, what, Repeat::safe);
    if (reply.elements.size() != 2) fail(impl_->connection, what, reply.text);
    cursor = reply.elements[0].text;
    for (const Reply& key : reply.elements[1].elements) {
      if (key.text.find(state_mark) != std::string::npos || key.text == impl_->program_key()) continue;
      found.push_back(key.text.substr(impl_->options.prefix.size()));
    }
  } while (cursor != "0");
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void TensorStore::ping() {
  const std::scoped_lock lock(impl_->mutex);
  const Reply reply = impl_->one({"PING"}, "ping", Repeat::safe);
  if (reply.kind != Reply::Kind::status) fail(impl_->connection, "ping", reply.text);
}

}  // namespace windtunnel::store
