#include "architectures/tensors.h"

#include "store/tensor_store.h"

namespace windtunnel::architectures {
namespace {

class RedisSpace final : public TensorSpace {
 public:
  explicit RedisSpace(std::shared_ptr<store::TensorStore> database) : database_(std::move(database)) {}

  void put(const std::string& key, const Tensor& value) override {
    guard([&] { database_->set(key, *value); });
  }
  Tensor get(const std::string& key) override {
    Tensor value;
    guard([&] { value = std::make_shared<const std::vector<float>>(database_->get(key)); });
    return value;
  }
  void erase(const std::vector<std::string>& keys) override {
    guard([&] { database_->erase(keys); });
  }
  void run(const Operation& operation) override {
    guard([&] { std::visit([this](const auto& o) { apply(o); }, operation); });
  }
  Snapshot snapshot(const std::string& key) override {
    std::shared_ptr<const store::TensorStore::Dump> dump;
    guard([&] { dump = std::make_shared<const store::TensorStore::Dump>(database_->dump(key)); });
    return dump;
  }
  void restore(const std::string& key, const Snapshot& snapshot) override {
    guard([&] { database_->restore(key, *static_cast<const store::TensorStore::Dump*>(snapshot.get())); });
  }

 private:
  template <class Call>
  static void guard(Call call) {
    try {
      call();
    } catch (const RunError& error) {
      throw StoreError(error.what());
    }
  }
  void apply(const Aggregate& o) {
    database_->aggregate(o.out, store::Operation::of(o.rule), o.keys, wanted(o.at_hand, o.rule->wants()));
  }
  void apply(const Update& o) { database_->update(o.params, store::Operation::of(o.optimizer), o.gradient); }

  std::shared_ptr<store::TensorStore> database_;
};

class RedisSpaces final : public TensorSpaces {
 public:
  explicit RedisSpaces(store::Databases& databases) : databases_(databases) {}
  std::shared_ptr<TensorSpace> open(const std::string& name) override {
    return std::make_shared<RedisSpace>(databases_.open(name));
  }

 private:
  store::Databases& databases_;
};

}  // namespace

std::unique_ptr<TensorSpaces> redis_tensors(store::Databases& databases) {
  return std::make_unique<RedisSpaces>(databases);
}

}  // namespace windtunnel::architectures
