#include "bench/tensordb_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "bench/median.h"

namespace windtunnel::bench {
namespace {

constexpr float rate = 0.01F;
constexpr double short_ms = 100;
constexpr store::Connection::Options patient{
    .timeout = std::chrono::minutes(5), .connect_timeout = std::chrono::seconds(5), .connect_attempts = 1};

}  // namespace

double timed(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void Contest::add(std::string name, std::function<void()> way) {
  names_.push_back(std::move(name));
  ways_.push_back(std::move(way));
}

std::vector<double> Contest::medians(std::size_t repeat) const {
  std::vector<double> last(ways_.size());
  for (std::size_t w = 0; w < ways_.size(); ++w) last[w] = timed(ways_[w]);
  std::vector<std::vector<double>> times(ways_.size());
  for (std::size_t r = 0; r < repeat; ++r) {
    for (std::size_t w = 0; w < ways_.size(); ++w) {
      const bool is_short = last[w] < short_ms;
      if (is_short) ways_[w]();
      for (int call = 0; call < (is_short ? 3 : 1); ++call) times[w].push_back(timed(ways_[w]));
      last[w] = times[w].back();
    }
  }
  std::vector<double> result;
  for (std::vector<double>& t : times) result.push_back(median(std::move(t)));
  return result;
}

Stage::Stage(const Servers& servers, std::size_t size, std::size_t gradients)
    : hiredis_(hiredis_client(servers.native)),
      bare_(bare_client(servers.native)),
      native_(servers.native, {.timeout = patient.timeout}),
      scripted_(servers.scripted, {.timeout = patient.timeout}),
      direct_(servers.native, patient),
      gradients_(gradients, std::vector<float>(size)),
      average_(size),
      weights_(size, 1.0F) {
  for (std::size_t k = 0; k < gradients; ++k) {
    for (std::size_t i = 0; i < size; ++i) {
      gradients_[k][i] = static_cast<float>((i * 7 + k * 13) % 1000) * 1e-3F - 0.5F;
    }
    keys_.push_back(fmt::format("g{}", k));
    native_.set(keys_[k], gradients_[k]);
    scripted_.set(keys_[k], gradients_[k]);
    bare_->set("s" + keys_[k], gradients_[k]);
  }
  native_.set("w", weights_);
  native_.set("m", weights_);
  scripted_.set("w", weights_);
  bare_->set("sw", weights_);
}

Stage::~Stage() {
  try {
    native_.erase(native_.keys());
    scripted_.erase(scripted_.keys());
  } catch (const std::exception&) {
    // The servers end with the program.
  }
}

Contest Stage::contest() {
  const store::Operation mean{"mean", {}}, sgd{"sgd", {{"learning_rate", fmt::format("{}", rate)}}};
  Contest contest;
  contest.add("loop", [this] {
    average(gradients_, average_);
    sgd_step(weights_, average_, rate);
  });
  contest.add("hiredis", [this] {
    fetch_average(*hiredis_);
    fetch_update(*hiredis_);
  });
  contest.add("bare", [this] {
    fetch_average(*bare_);
    fetch_update(*bare_);
  });
  contest.add("torchscript", [this, mean, sgd] {
    scripted_.aggregate("m", mean, keys_);
    scripted_.update("w", sgd, "m");
  });
  contest.add("native", [this, mean, sgd] {
    native_.aggregate("m", mean, keys_);
    native_.update("w", sgd, "m");
  });
  contest.add("fused", [this] { fused(); });
  contest.add("native_average", [this, mean] { native_.aggregate("m", mean, keys_); });
  contest.add("native_update", [this, sgd] { native_.update("w", sgd, "m"); });
  contest.add("loop_average", [this] { average(gradients_, average_); });
  contest.add("loop_update", [this] { sgd_step(weights_, average_, rate); });
  contest.add("bare_average", [this] {
    fetch_average(*bare_);
    bare_->set("sm", average_);
  });
  contest.add("bare_update", [this] { fetch_update(*bare_); });
  contest.add("tensorset_get", [this] {
    native_.set("t", average_);
    native_.get_into("t", average_);
  });
  contest.add("set_get", [this] {
    bare_->set("st", average_);
    bare_->get("st", average_);
  });
  return contest;
}

void Stage::fetch_average(Client& client) {
  for (std::size_t k = 0; k < keys_.size(); ++k) client.get("s" + keys_[k], gradients_[k]);
  average(gradients_, average_);
}

void Stage::fetch_update(Client& client) {
  client.get("sw", weights_);
  sgd_step(weights_, average_, rate);
  client.set("sw", weights_);
}

void Stage::fused() {
  const std::string n = std::to_string(keys_.size()), text = fmt::format("{}", rate);
  store::Words words{"TENSOR.AGGUPDATE", "w", "SGD", "PARAMS", "learning_rate", text, "RULE", "mean", "KEYS", n};
  words.insert(words.end(), keys_.begin(), keys_.end());
  const auto replies = direct_.call(std::span(&words, 1), "bench", store::Connection::Repeat::unsafe);
  check(replies[0].text == "OK", "the fused command works");
}

void MemoryCopy::pass() {
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency()), share = bytes / threads;
  std::vector<std::jthread> copies;
  for (std::size_t t = 0; t < threads; ++t) {
    const std::size_t at = t * share, n = t + 1 == threads ? bytes - at : share;
    copies.emplace_back([this, at, n] { std::memcpy(to_.data() + at, from_.data() + at, n); });
  }
}

}  // namespace windtunnel::bench
