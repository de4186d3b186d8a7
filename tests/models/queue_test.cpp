// Checks: order, charges per started 64 KB, empty receives and counts, limits, and that a killed receiver loses no
// message. Does not check the network's speed: network tests do.
#include "models/queue.h"

#include <gtest/gtest.h>

#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;

struct QueueCloud : Cloud {
  explicit QueueCloud(QueueKind kind = QueueKind::standard) : service(simulation, journal, network, config(kind)) {}
  static QueueConfig config(QueueKind kind) {
    QueueConfig config;
    config.kind = kind;
    config.latency = constant(milliseconds(10));
    return config;
  }
  double requests() const { return quantity("sqs.requests"); }
  QueueService service;
  Queue<int> queue{service, "sync"};
  HostId host = network.add_host("client", Nic::symmetric({100e6}));
  Context here = context("client", Phase::barrier);
};

TEST(Queue, RequestsPerStarted64KB) {
  EXPECT_EQ(queue_requests({0}), 1);
  EXPECT_EQ(queue_requests({1}), 1);
  EXPECT_EQ(queue_requests({65'536}), 1);
  EXPECT_EQ(queue_requests({65'537}), 2);
  EXPECT_EQ(queue_requests({1 << 20}), 16);
}

sim::Task<> send_and_receive(QueueCloud& w, std::vector<int>& got) {
  EXPECT_FALSE((co_await w.queue.receive(w.host, w.here)).has_value());  // 1 request
  EXPECT_DOUBLE_EQ(w.now_s(), 0.010);
  co_await w.queue.send(w.host, {.value = 1, .size = {100}}, w.here);      // 1
  co_await w.queue.send(w.host, {.value = 2, .size = {200'000}}, w.here);  // 4
  EXPECT_EQ(co_await w.queue.count(w.host, w.here), 2u);                   // 1
  for (int i = 0; i < 2; ++i) {
    auto message = co_await w.queue.receive(w.host, w.here);  // 1 + 1 delete, then 4 + 1
    got.push_back(message.value().value);
  }
  EXPECT_EQ(co_await w.queue.count(w.host, w.here), 0u);  // 1
}

TEST(Queue, FirstInFirstOutAndEveryRequestCharged) {
  QueueCloud w;
  std::vector<int> got;
  w.simulation.spawn(send_and_receive(w, got));
  w.simulation.run();
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
  EXPECT_EQ(w.requests(), 1 + 1 + 4 + 1 + 2 + 5 + 1);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::requests).value, 15 * 0.0000004, 1e-15);
  EXPECT_EQ(w.journal.bytes_moved(), Bytes{2 * (100 + 200'000)});
  EXPECT_EQ(w.journal.transfers()[0].service, "queue");
}

TEST(Queue, FifoQueuesHaveTheirOwnPrice) {
  QueueCloud w(QueueKind::fifo);
  w.simulation.spawn(w.queue.send(w.host, {.value = 1, .size = {65'537}}, w.here));
  w.simulation.run();
  EXPECT_EQ(w.quantity("sqs.fifo_requests"), 2);
  EXPECT_EQ(w.requests(), 0);
}

TEST(Queue, TheBytesTakeTheCallersNetwork) {
  QueueCloud w;
  w.simulation.spawn(w.queue.send(w.host, {.value = 1, .size = {1'000'000}}, w.here));
  w.simulation.run();
  EXPECT_NEAR(w.now_s(), 0.010 + 0.010, 1e-9) << "10 ms latency, 1 MB at 100 MB/s";
}

TEST(Queue, TooLargeAMessageIsRefused) {
  QueueCloud w;
  w.simulation.spawn(w.queue.send(w.host, {.value = 1, .size = {(1 << 20) + 1}}, w.here));
  EXPECT_THROW(w.simulation.run(), QueueError);
  EXPECT_EQ(w.queue.size(), 0u);
  EXPECT_EQ(w.requests(), 0);
  w.simulation.spawn(w.queue.send(w.host, {.value = 1, .size = {1 << 20}}, w.here));
  w.simulation.run();
  EXPECT_EQ(w.queue.size(), 1u);
}

TEST(Queue, AKilledReceiverLosesNoMessage) {
  QueueCloud w;
  w.simulation.spawn(w.queue.send(w.host, {.value = 7, .size = {1'000'000}}, w.here));
  w.simulation.spawn(w.queue.send(w.host, {.value = 8, .size = {1'000'000}}, w.here));
  w.simulation.run();
  const auto receive = [&](int& got) -> sim::Task<> { got = (co_await w.queue.receive(w.host, w.here)).value().value; };
  int killed = 0, got = 0;
  const double start = w.now_s();
  sim::Process victim = w.simulation.spawn(receive(killed));
  w.simulation.run_until(sim::Time{from_seconds(start + 0.012)});  // it has the message under way
  EXPECT_EQ(w.queue.size(), 1u);
  victim.kill();
  EXPECT_EQ(w.queue.size(), 2u);
  w.simulation.spawn(receive(got));
  w.simulation.run();
  EXPECT_EQ(killed, 0);
  EXPECT_EQ(got, 7);
}

TEST(Queue, PurgeEmpties) {
  QueueCloud w;
  w.simulation.spawn(w.queue.send(w.host, {.value = 1, .size = {1}}, w.here));
  w.simulation.run();
  w.simulation.spawn(w.queue.purge(w.host, w.here));
  w.simulation.run();
  EXPECT_EQ(w.queue.size(), 0u);
  EXPECT_EQ(w.requests(), 2);
}

}  // namespace
}  // namespace windtunnel::models
