// Checks: order, charges per started 64 KB, empty receives and counts, the rows that these follow from, limits, messages
// that come back because their receiver was killed or slow, and whose draws depend on whom. Does not check the network's
// speed: network tests do.
#include "models/queue.h"

#include <gtest/gtest.h>

#include <map>

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
  std::map<std::int64_t, std::int64_t> rows;  // by size: requests
  for (const Requests& row : w.journal.requests()) {
    EXPECT_EQ(row.operation, "sqs.requests");
    rows[row.size.count] += row.count;
  }
  // Two counts, two deletes and the empty receive; each message sent and received.
  EXPECT_EQ(rows, (std::map<std::int64_t, std::int64_t>{{0, 5}, {100, 2}, {200'000, 2}}));
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

/// Receives once; `got` is 0 when there was nothing.
sim::Task<> receive(QueueCloud& w, int& got) {
  const auto message = co_await w.queue.receive(w.host, w.here);
  got = message ? message->value : 0;
}
int receive_now(QueueCloud& w) {
  int got = -1;
  w.simulation.spawn(receive(w, got));
  w.simulation.run();
  return got;
}
void send_now(QueueCloud& w, int value, Bytes size) {
  w.simulation.spawn(w.queue.send(w.host, {.value = value, .size = size}, w.here));
  w.simulation.run();
}

/// A receiver of 7 is killed while it has the message; 8 is behind it.
void kill_a_receiver(QueueCloud& w) {
  send_now(w, 7, {1'000'000});
  send_now(w, 8, {1});
  int got = -1;
  sim::Process victim = w.simulation.spawn(receive(w, got));
  w.simulation.run_until(w.simulation.now() + milliseconds(12));  // the bytes are under way
  victim.kill();
  EXPECT_EQ(got, -1);
  EXPECT_EQ(w.queue.size(), 1u) << "7 is hidden";
}

TEST(Queue, TheMessageOfAKilledReceiverComesBackAfterTheVisibilityTimeOut) {
  QueueCloud w;
  kill_a_receiver(w);
  const double before = w.requests();
  EXPECT_EQ(receive_now(w), 8) << "a standard queue goes on with the next";
  EXPECT_EQ(receive_now(w), 0);
  w.simulation.run_until(w.simulation.now() + std::chrono::seconds(30));
  EXPECT_EQ(w.queue.size(), 1u);
  EXPECT_EQ(receive_now(w), 7);
  EXPECT_EQ(w.queue.size(), 0u);
  EXPECT_EQ(w.requests() - before, 2 + 1 + (16 + 1)) << "1,000,000 bytes are received, and paid, a second time";
}

TEST(Queue, AFifoQueueHoldsTheRestBack) {
  QueueCloud w(QueueKind::fifo);
  kill_a_receiver(w);
  EXPECT_EQ(receive_now(w), 0);
  w.simulation.run_until(w.simulation.now() + std::chrono::seconds(30));
  EXPECT_EQ(receive_now(w), 7);
  EXPECT_EQ(receive_now(w), 8);
}

TEST(Queue, AReceiverSlowerThanTheTimeOutIsNotTheOnlyOne) {
  QueueConfig config = QueueCloud::config(QueueKind::standard);
  config.visibility_timeout = milliseconds(5);  // 1 MB takes 10 ms
  Cloud w;
  QueueService service(w.simulation, w.journal, w.network, config);
  Queue<int> queue(service, "sync");
  std::vector<HostId> hosts;
  for (int i = 0; i < 2; ++i) hosts.push_back(w.network.add_host("client", Nic::symmetric({100e6})));
  const Context here = w.context("client");
  w.simulation.spawn(queue.send(hosts[0], {.value = 7, .size = {1'000'000}}, here));
  w.simulation.run();
  std::vector<int> got;
  const auto receiver = [&](HostId host, Duration pause) -> sim::Task<> {
    co_await w.simulation.delay(pause);
    if (const auto message = co_await queue.receive(host, here)) got.push_back(message->value);
  };
  w.simulation.spawn(receiver(hosts[0], Duration::zero()));
  w.simulation.spawn(receiver(hosts[1], milliseconds(6)));
  w.simulation.run();
  EXPECT_EQ(got, (std::vector<int>{7, 7}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(Queue, OthersRequestsChangeNobodysDraws) {
  const auto ends = [](int others) {
    Cloud w;
    QueueService service(w.simulation, w.journal, w.network);
    const HostId mine = w.network.add_host("mine", Nic::symmetric({100e6}));
    const HostId theirs = w.network.add_host("theirs", Nic::symmetric({100e6}));
    for (int i = 0; i < others; ++i) w.simulation.spawn(service.request(theirs, w.context("other")));
    std::vector<sim::Time> at;
    w.simulation.spawn([](Cloud& world, QueueService& queues, HostId host, std::vector<sim::Time>& times) -> sim::Task<> {
      for (int i = 0; i < 5; ++i) {
        co_await queues.request(host, world.context("mine"));
        times.push_back(world.simulation.now());
      }
    }(w, service, mine, at));
    w.simulation.run();
    return at;
  };
  EXPECT_EQ(ends(0), ends(9));
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
