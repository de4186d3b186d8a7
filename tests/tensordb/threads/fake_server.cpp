#include "tests/tensordb/threads/fake_server.h"

#include <chrono>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace windtunnel::tensordb::redis {

/// What commands and workers are given: replies go to a client, or nowhere.
struct Context {
  std::vector<std::string>* replies;
};

struct BlockedClient {
  std::vector<std::string>* replies;
  void (*left)(Context*, BlockedClient*);
  bool measured;
};

}  // namespace windtunnel::tensordb::redis

namespace windtunnel::tensordb {
namespace {

using Clock = std::chrono::steady_clock;

struct Timer {
  Clock::time_point due;
  redis::TimerFunction call;
  void* data;
};

// The functions of the binding are plain pointers: what they work on has no other place. Everything but `lock` only
// under `lock`.
struct State {
  std::mutex lock;
  std::deque<std::vector<std::string>> replies;
  std::deque<redis::Context> contexts;
  std::set<redis::BlockedClient*> blocked;
  bool paused = false;
  std::map<redis::TimerId, Timer> timers;
  redis::TimerId last_timer = 0;
};
State& state() {
  static auto* const the_state = new State;  // worker threads use it until the very end
  return *the_state;
}

int reply(redis::Context* context, std::string text) {
  if (context->replies == nullptr) throw std::logic_error("a reply to nobody");
  context->replies->push_back(std::move(text));
  return redis::ok;
}

redis::Api fake() {
  redis::Api api{};
  api.alloc = std::malloc;
  api.try_alloc = std::malloc;
  api.calloc = std::calloc;
  api.free = std::free;
  api.malloc_size = [](void*) -> std::size_t { return 0; };
  api.used_memory_ratio = [] { return 0.0F; };
  api.context_flags = [](redis::Context*) { return 0; };
  api.selected_db = [](redis::Context*) { return 0; };
  api.reply_simple = [](redis::Context* context, const char* text) { return reply(context, std::string("+") + text); };
  api.reply_error = [](redis::Context* context, const char* text) { return reply(context, std::string("-") + text); };
  api.lock = [](redis::Context*) { state().lock.lock(); };
  api.unlock = [](redis::Context*) { state().lock.unlock(); };
  api.detached_context = [](redis::Context*) { return new redis::Context{nullptr}; };
  api.block_client = [](redis::Context* context, redis::BlockedFunction, redis::BlockedFunction,
                        void (*)(redis::Context*, void*), long long) {
    return *state().blocked.insert(new redis::BlockedClient{context->replies, nullptr, false}).first;
  };
  api.unblock_client = [](redis::BlockedClient* client, void*) {
    state().blocked.erase(client);
    delete client;
    return redis::ok;
  };
  api.set_disconnect_callback = [](redis::BlockedClient* client, void (*left)(redis::Context*, redis::BlockedClient*)) {
    client->left = left;
  };
  api.measure_start = [](redis::BlockedClient* client) {
    if (std::exchange(client->measured, true)) throw std::logic_error("a clock that runs already");
    return redis::ok;
  };
  api.measure_end = [](redis::BlockedClient* client) {
    if (!std::exchange(client->measured, false)) throw std::logic_error("a clock that does not run");
    return redis::ok;
  };
  api.avoid_replica_traffic = [] { return state().paused ? 1 : 0; };
  api.thread_safe_context = [](redis::BlockedClient* client) { return new redis::Context{client->replies}; };
  api.free_thread_safe_context = [](redis::Context* context) { delete context; };
  api.create_timer = [](redis::Context*, long long ms, redis::TimerFunction call, void* data) {
    state().timers[++state().last_timer] = {Clock::now() + std::chrono::milliseconds(ms), call, data};
    return state().last_timer;
  };
  api.stop_timer = [](redis::Context*, redis::TimerId id, void**) {
    if (state().timers.erase(id) == 0) throw std::logic_error("a timer that is not there");
    return redis::ok;
  };
  return api;
}

}  // namespace

FakeServer& FakeServer::instance() {
  static FakeServer server;
  return server;
}

FakeServer::FakeServer() {
  redis::adopt(fake());
  state().lock.lock();
}

redis::Context* FakeServer::client() {
  state().replies.emplace_back();
  state().contexts.push_back({&state().replies.back()});
  return &state().contexts.back();
}

void FakeServer::turn() {
  state().lock.unlock();
  std::this_thread::sleep_for(std::chrono::microseconds(50));
  state().lock.lock();
  while (true) {
    const auto now = Clock::now();
    auto due = state().timers.begin();
    while (due != state().timers.end() && due->second.due > now) ++due;
    if (due == state().timers.end()) return;
    const Timer timer = due->second;
    state().timers.erase(due);
    timer.call(nullptr, timer.data);
  }
}

const std::vector<std::string>& FakeServer::replies(std::size_t n) const { return state().replies.at(n); }
std::size_t FakeServer::clients() const { return state().replies.size(); }
std::size_t FakeServer::blocked() const { return state().blocked.size(); }
void FakeServer::pause(bool on) { state().paused = on; }
void FakeServer::everybody_leaves() {
  while (!state().blocked.empty()) {
    redis::BlockedClient* client = *state().blocked.begin();
    client->left(nullptr, client);
  }
}

}  // namespace windtunnel::tensordb
