#include "tests/tensordb/failover/workload.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace windtunnel::tensordb {
namespace {

/// For the main thread, and for a worker.
constexpr int small = 4, large = 60'000, many = 5'000;

constexpr const char* source = R"(
def inc(tensors: List[Tensor], keys: List[str], args: List[str]):
    t = tensors[0]
    for i in range(3):
        t = torch.sin(torch.ones([30000])).sum() * 0 + tensors[0]
    return t + 1
)";

/// What a server may answer that is paused, becomes a replica or was one, is loading, or was flushed.
constexpr const char* expected[] = {"-UNBLOCKED",
                                    "-READONLY",
                                    "-LOADING",
                                    "-MASTERDOWN",
                                    "-TRYAGAIN",
                                    "-OOM",
                                    "-MOVED",
                                    "-CLUSTERDOWN",
                                    "-SHUTDOWN",
                                    "-ERR the database was flushed",
                                    "-ERR tensor key is empty",
                                    "-ERR script key is empty"};

/// A reply in short: the data of a long one are nobody's concern here.
std::string in_short(const store::Reply& reply) {
  if (reply.kind != store::Reply::Kind::array) return text_of(reply);
  for (const store::Reply& each : reply.elements) {
    if (each.kind == store::Reply::Kind::error) return text_of(each);
  }
  return "+OK";
}

std::string counter(const std::string& name) { return "{t}" + name; }

void want_ok(LiveServer& server, const std::vector<std::string>& words) {
  const std::string reply = text_of(server.ask(words));
  if (reply != "+OK") throw std::runtime_error(words[0] + ": " + reply);
}

std::vector<std::string> set(const std::string& key, int size, float value) {
  const std::vector<float> values(static_cast<std::size_t>(size), value);
  return {"AI.TENSORSET", key, "FLOAT", std::to_string(size), "BLOB",
          {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}};
}

}  // namespace

Workload::Workload(std::function<const LiveServer&()> where) : where_(std::move(where)) {
  const auto step = [&](const std::string& name, const std::string& line) {
    Client& client = clients_.emplace_back();
    client.key = counter(name);
    client.command = [line](int) { return words_of(line); };
  };
  for (const int size : {small, large}) {
    const std::string n = std::to_string(size), p = counter("program" + n);
    step("step" + n, fmt::format("TENSOR.UPDATE {} SGD PARAMS learning_rate 1 GRAD {{t}}down{}", counter("step" + n), n));
    step("program" + n, fmt::format("AI.SCRIPTEXECUTE {{t}}s inc INPUTS 1 {} OUTPUTS 1 {}", p, p));
  }
  step("run", "AI.SCRIPTRUN {t}s inc INPUTS $ {t}run OUTPUTS {t}run");
  step("dag",
       "AI.DAGEXECUTE LOAD 1 {t}dag PERSIST 1 {t}dag "
       "|> AI.SCRIPTEXECUTE {t}s inc INPUTS 1 {t}dag OUTPUTS 1 {t}dag");
  step("fused",
       "TENSOR.AGGUPDATE {t}fused SGD PARAMS learning_rate 1 RULE median "
       "KEYS 3 {t}down60000 {t}down60000 {t}down60000");
  Client& plain = clients_.emplace_back();
  plain.key = counter("plain");
  plain.command = [](int k) { return set(counter("plain"), large, static_cast<float>(k)); };
  Client& text = clients_.emplace_back();
  text.key = counter("text");
  text.command = [](int k) {
    std::vector<std::string> words = words_of(fmt::format("AI.TENSORSET {} FLOAT {} VALUES", counter("text"), many));
    words.resize(words.size() + static_cast<std::size_t>(many), std::to_string(k));
    return words;
  };
  for (const char* line : {"TENSOR.AGGREGATE {t}out RULE median KEYS 4 {t}wide {t}wide {t}wide {t}wide",
                           "TENSOR.AGGREGATE {t}over RULE mean KEYS 4 {t}wide {t}wide {t}wide {t}wide",
                           "AI.DAGEXECUTE_RO LOAD 1 {t}wide |> AI.TENSORGET {t}wide META BLOB"}) {
    clients_.emplace_back().command = [line](int) { return words_of(line); };
  }
}

Workload::~Workload() { stop(); }

void Workload::prepare(LiveServer& server) {
  want_ok(server, {"AI.SCRIPTSTORE", "{t}s", "CPU", "ENTRY_POINTS", "1", "inc", "SOURCE", source});
  for (const int size : {small, large}) {
    const std::string n = std::to_string(size);
    want_ok(server, set(counter("down" + n), size, -1));
    for (const char* name : {"step", "program"}) want_ok(server, set(counter(name + n), size, 0));
  }
  for (const char* name : {"run", "dag", "fused", "plain"}) want_ok(server, set(counter(name), large, 0));
  want_ok(server, set(counter("text"), many, 0));
  want_ok(server, set(counter("wide"), 1'000'000, 3));
}

void Workload::start() {
  stop_ = false;
  for (Client& client : clients_) threads_.emplace_back([this, &client] { run(client); });
}

void Workload::stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workload::judge(const std::string& reply) {
  if (std::any_of(std::begin(expected), std::end(expected), [&](const char* each) { return reply.starts_with(each); })) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  surprises_.push_back(reply.substr(0, 200));
}

void Workload::run(Client& client) {
  while (!stop_) {
    try {
      const auto connection = where_().connect();
      while (!stop_) {
        const std::vector<std::string> command = client.command(client.asked + 1);
        ++client.asked;
        const std::string reply = in_short(LiveServer::ask(*connection, command));
        if (reply == "+OK") {
          // A value that is set is the step itself: what was refused before need not be there.
          client.acknowledged = command[0] == "AI.TENSORSET" ? client.asked.load() : client.acknowledged + 1;
        } else {
          judge(reply);
          break;
        }
      }
    } catch (const std::exception&) {
      // The connection was lost, or there is no server at the moment.
    }
    if (!stop_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::vector<std::string> Workload::faults(LiveServer& server) const {
  std::vector<std::string> all;
  for (const Client& client : clients_) {
    if (client.key.empty()) continue;
    const std::string blob = server.ask({"AI.TENSORGET", client.key, "BLOB"}).text;
    std::vector<float> values(blob.size() / sizeof(float));
    std::memcpy(values.data(), blob.data(), blob.size());
    const auto is_first = [&](float v) { return v == values[0]; };
    const bool whole = !values.empty() && std::all_of(values.begin(), values.end(), is_first);
    const float value = whole ? values[0] : NAN;
    if (!(value >= static_cast<float>(client.acknowledged) && value <= static_cast<float>(client.asked))) {
      all.push_back(fmt::format("{} holds {}, {} acknowledged of {} asked", client.key, value,
                                client.acknowledged.load(), client.asked.load()));
    }
  }
  return all;
}

int Workload::acknowledged() const {
  int sum = 0;
  for (const Client& client : clients_) sum += client.acknowledged;
  return sum;
}

std::vector<std::string> Workload::surprises() const {
  const std::scoped_lock lock(mutex_);
  return surprises_;
}

}  // namespace windtunnel::tensordb
