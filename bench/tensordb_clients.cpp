#include "bench/tensordb_clients.h"

#include <hiredis/hiredis.h>

#include <cstring>

#include "base/error.h"
#include "store/connection.h"

namespace windtunnel::bench {
namespace {

class HiredisClient final : public Client {
 public:
  explicit HiredisClient(const store::Address& address)
      : context_(address.socket.empty() ? redisConnect(address.host.c_str(), address.port)
                                        : redisConnectUnix(address.socket.c_str())) {
    check(context_ != nullptr && context_->err == 0, "hiredis connects");
    command({"AUTH", address.user, address.password});
  }
  ~HiredisClient() override { redisFree(context_); }

  void get(const std::string& key, std::span<float> out) override {
    redisReply* reply = raw({"GET", key});
    check(reply->len == out.size_bytes(), "the value has the expected length");
    std::memcpy(out.data(), reply->str, reply->len);
    freeReplyObject(reply);
  }
  void set(const std::string& key, std::span<const float> values) override {
    command({"SET", key, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}});
  }

 private:
  void command(const std::vector<std::string_view>& words) { freeReplyObject(raw(words)); }
  redisReply* raw(const std::vector<std::string_view>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    auto* reply = static_cast<redisReply*>(
        redisCommandArgv(context_, static_cast<int>(words.size()), texts.data(), lengths.data()));
    check(reply != nullptr && reply->type != REDIS_REPLY_ERROR, "the server answers");
    return reply;
  }

  redisContext* context_;
};

class BareClient final : public Client {
 public:
  explicit BareClient(const store::Address& address)
      : connection_(
            address,
            {.timeout = std::chrono::minutes(5), .connect_timeout = std::chrono::seconds(5), .connect_attempts = 1}) {}

  void get(const std::string& key, std::span<float> out) override {
    const store::Sink sink = [&](std::size_t size) {
      check(size == out.size_bytes(), "the value has the expected length");
      return reinterpret_cast<std::byte*>(out.data());
    };
    call({"GET", key}, sink);
  }
  void set(const std::string& key, std::span<const float> values) override {
    call({"SET", key, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}}, {});
  }

 private:
  void call(const store::Words& words, const store::Sink& sink) {
    const auto replies = connection_.call(std::span(&words, 1), "bench", store::Connection::Repeat::safe, sink);
    check(replies[0].kind != store::Reply::Kind::error, "the server answers");
  }
  store::Connection connection_;
};

}  // namespace

void average(std::span<const std::vector<float>> gradients, std::span<float> out) {
  std::copy(gradients[0].begin(), gradients[0].end(), out.begin());
  for (std::size_t k = 1; k < gradients.size(); ++k) {
    const float* g = gradients[k].data();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += g[i];
  }
  const float scale = 1.0F / static_cast<float>(gradients.size());
  for (float& value : out) value *= scale;
}

void sgd_step(std::span<float> weights, std::span<const float> gradient, float rate) {
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] -= rate * gradient[i];
}

std::unique_ptr<Client> hiredis_client(const store::Address& address) {
  return std::make_unique<HiredisClient>(address);
}
std::unique_ptr<Client> bare_client(const store::Address& address) { return std::make_unique<BareClient>(address); }

}  // namespace windtunnel::bench
