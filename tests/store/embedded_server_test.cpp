// Checks the life of an embedded server: it starts, is private, keeps no password in the process list, ends with its
// object and with a killed program, leaves no folder; what is missing or wrong is said clearly; a dead or silent server
// gives an error in bounded time. Does not check tensors (tensor_store_test).
#include "store/embedded_server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "store/connection.h"
#include "store/databases.h"
#include "store/tensor_store.h"
#include "tests/store/throws.h"

namespace windtunnel::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Waits until `condition`, at most 5 s.
template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool alive(int pid) {
  // A zombie is dead: only its parent has not looked.
  const std::string status = text_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t state = status.rfind(')');
  return state != std::string::npos && status[state + 2] != 'Z';
}

/// A folder for servers of one test.
class Folder {
 public:
  explicit Folder(const std::string& name = "wt") {
    std::string made = (fs::temp_directory_path() / (name + "XXXXXX")).string();
    path_ = mkdtemp(made.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {})); }

 private:
  fs::path path_;
};

Reply ask(Connection& connection, const Words& words) {
  return connection.call(std::span(&words, 1), "test", Connection::Repeat::safe)[0];
}

Connection connect(const Address& address) {
  return Connection(
      address,
      {.timeout = std::chrono::seconds(10), .connect_timeout = std::chrono::seconds(2), .connect_attempts = 1});
}

TEST(EmbeddedServer, IsPrivateAndLeavesNothing) {
  const Folder folder;
  int pid = 0;
  {
    const EmbeddedServer server({.folder = folder.path()});
    pid = server.pid();
    EXPECT_TRUE(alive(pid));
    struct stat about {};
    ASSERT_EQ(stat(server.socket().parent_path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0700U);
    const std::string line = text_of("/proc/" + std::to_string(pid) + "/cmdline");
    EXPECT_THAT(line, HasSubstr("redis-server"));
    EXPECT_THAT(line, testing::Not(HasSubstr(server.admin().password)));
    EXPECT_GE(server.admin().password.size(), 32U);
  }
  EXPECT_FALSE(alive(pid));
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(EmbeddedServer, VisitorsMayLookButNotTouch) {
  EmbeddedServer server;
  const Database database = server.create_database("p0");
  const std::vector<float> values = {1, 2};
  TensorStore(database.address, {.prefix = database.prefix}).set("w", values);
  Address visitor;
  visitor.socket = server.socket();
  Connection connection = connect(visitor);
  EXPECT_EQ(ask(connection, {"KEYS", "*"}).elements.at(0).text, "p0:w");
  EXPECT_EQ(ask(connection, {"AI.TENSORGET", "p0:w", "VALUES"}).elements.size(), 2U);
  for (const Words& words : {Words{"DEL", "p0:w"}, Words{"AI.TENSORSET", "p0:w", "FLOAT", "1"},
                             Words{"CONFIG", "GET", "*"}, Words{"SHUTDOWN"}, Words{"ACL", "LIST"}, Words{"FLUSHALL"}}) {
    EXPECT_THAT(ask(connection, words).text, HasSubstr("NOPERM")) << words[0];
  }
}

TEST(EmbeddedServer, PeersMayNotAdminister) {
  EmbeddedServer server;
  Connection peer = connect(server.create_database("p0").address);
  for (const Words& words : {Words{"CONFIG", "GET", "*"}, Words{"SHUTDOWN"}, Words{"ACL", "LIST"}, Words{"FLUSHALL"},
                             Words{"MODULE", "LIST"}, Words{"EVAL", "return 1", "0"}, Words{"GET", "p0:x"},
                             Words{"SET", "p0:x", "1"}, Words{"KEYS", "*"}, Words{"MONITOR"}}) {
    EXPECT_THAT(ask(peer, words).text, HasSubstr("NOPERM")) << words[0];
  }
  EXPECT_EQ(ask(peer, {"PING"}).text, "PONG");
}

TEST(EmbeddedServer, HasNoTcpPortAndNoPersistence) {
  EmbeddedServer server;
  Connection admin = connect(server.admin());
  EXPECT_EQ(ask(admin, {"CONFIG", "GET", "port"}).elements.at(1).text, "0");
  EXPECT_EQ(ask(admin, {"CONFIG", "GET", "save"}).elements.at(1).text, "");
  EXPECT_EQ(ask(admin, {"CONFIG", "GET", "appendonly"}).elements.at(1).text, "no");
}

TEST(EmbeddedServer, DatabaseNamesArePlain) {
  EmbeddedServer server;
  for (const char* name : {"", "a b", "a:b", "*", "a~b", "a>b"}) {
    EXPECT_THROW(server.create_database(name), InputError) << name;
  }
  // A second call makes a new password for the same keys.
  const Database first = server.create_database("p"), second = server.create_database("p");
  EXPECT_EQ(first.prefix, second.prefix);
  EXPECT_THROW(connect(first.address), RunError);
  connect(second.address);
}

TEST(EmbeddedServer, EndsWhenTheProgramIsKilled) {
  const Folder folder;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t program = fork();
  if (program == 0) {  // a program that starts a server and is killed in the middle of its life
    const EmbeddedServer server({.folder = folder.path()});
    const int pid = server.pid();
    if (write(pipe_ends[1], &pid, sizeof pid) < 0) _exit(1);
    pause();
    _exit(0);
  }
  int server = 0;
  ASSERT_EQ(read(pipe_ends[0], &server, sizeof server), static_cast<ssize_t>(sizeof server));
  EXPECT_TRUE(alive(server));
  kill(program, SIGKILL);
  waitpid(program, nullptr, 0);
  EXPECT_TRUE(soon([&] { return !alive(server); }));
  EXPECT_EQ(folder.entries(), 1U);  // its folder is still there
  { const EmbeddedServer next({.folder = folder.path()}); }
  EXPECT_EQ(folder.entries(), 0U);  // and was swept by the next start
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(EmbeddedServer, LivesOnWhenTheThreadThatMadeItEnds) {
  std::unique_ptr<EmbeddedServer> server;
  std::thread([&] { server = std::make_unique<EmbeddedServer>(); }).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(alive(server->pid()));
  TensorStore(server->admin()).ping();
}

TEST(EmbeddedServer, FoldersOfLivingProgramsStay) {
  const Folder folder;
  const EmbeddedServer first({.folder = folder.path()}), second({.folder = folder.path()});
  EXPECT_EQ(folder.entries(), 2U);
  TensorStore(first.admin()).ping();
  TensorStore(second.admin()).ping();
}

TEST(EmbeddedServer, SaysWhatIsMissing) {
  EXPECT_THAT(message_of<MissingError>([] { EmbeddedServer({.program = "no-such-server"}); }),
              testing::AllOf(HasSubstr("no-such-server"), HasSubstr("apt install redis-server")));
  EXPECT_THAT(message_of<MissingError>([] { EmbeddedServer({.module = "/no/such/module.so"}); }),
              HasSubstr("/no/such/module.so"));
  EXPECT_THAT(message_of<MissingError>([] { EmbeddedServer({.folder = "/no/such/folder"}); }),
              HasSubstr("/no/such/folder"));
  const std::string message = message_of<MissingError>([] {
    EmbeddedServer({.module_arguments = {"THREADS", "many"}});
  });
  EXPECT_THAT(message, HasSubstr("THREADS wants a whole number"));  // the module's own words
}

TEST(EmbeddedServer, SaysWhenTheModuleDoesNotLoad) {
  const Folder folder;
  const fs::path broken = folder.path() / "broken.so";
  std::ofstream(broken) << "not a shared object";
  fs::permissions(broken, fs::perms::owner_all);
  EXPECT_THAT(message_of<MissingError>([&] { EmbeddedServer({.module = broken}); }),
              testing::AllOf(HasSubstr("broken.so"), HasSubstr("failed to load")));
}

TEST(EmbeddedServer, ModuleIsFoundThroughTheEnvironment) {
  setenv("WINDTUNNEL_TENSORDB", "/elsewhere/tensordb.so", 1);
  const std::string message = message_of<MissingError>([] { EmbeddedServer server; });
  unsetenv("WINDTUNNEL_TENSORDB");
  EXPECT_THAT(message, testing::AllOf(HasSubstr("/elsewhere/tensordb.so"), HasSubstr("WINDTUNNEL_TENSORDB")));
}

TEST(EmbeddedServer, SocketPathsThatAreTooLongAreRefused) {
  const Folder folder(std::string(80, 'x'));
  EXPECT_THAT(message_of<MissingError>([&] { EmbeddedServer({.folder = folder.path()}); }),
              testing::AllOf(HasSubstr("at most 107"), HasSubstr("TMPDIR")));
}

TEST(EmbeddedServer, AProgramThatNeverAnswersTimesOut) {
  const Folder folder;
  const fs::path sleeper = folder.path() / "sleeper";
  std::ofstream(sleeper) << "#!/bin/sh\nexec sleep 60\n";
  fs::permissions(sleeper, fs::perms::owner_all);
  EXPECT_THAT(message_of<RunError>(
                  [&] { EmbeddedServer({.program = sleeper, .start_timeout = std::chrono::milliseconds(100)}); }),
              HasSubstr("did not answer within 100 ms"));
}

TEST(TensorStoreFailures, AKilledServerGivesAnErrorAtOnce) {
  EmbeddedServer server;
  TensorStore store(server.admin(), {.connect_attempts = 2});
  const std::vector<float> values = {1, 2, 3};
  store.set("w", values);
  kill(server.pid(), SIGKILL);
  ASSERT_TRUE(soon([&] { return !alive(server.pid()); }));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(message_of<RunError>([&] { store.get("w"); }), HasSubstr(server.socket().string()));
  EXPECT_THAT(message_of<RunError>([&] { store.update("w", {"sgd", {}}, "w"); }), HasSubstr("cannot reach"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(TensorStoreFailures, AStalledServerTimesOut) {
  EmbeddedServer server;
  TensorStore store(server.admin(), {.timeout = std::chrono::milliseconds(100)});
  const std::vector<float> large(4'000'000, 1.0F);
  store.set("w", std::span(large).first(3));
  kill(server.pid(), SIGSTOP);
  EXPECT_THAT(message_of<RunError>([&] { store.get("w"); }), HasSubstr("no answer in time"));
  kill(server.pid(), SIGCONT);
  EXPECT_EQ(store.get("w").size(), 3U);  // connects again by itself
  kill(server.pid(), SIGSTOP);
  EXPECT_THAT(message_of<RunError>([&] { store.set("w", large); }), HasSubstr("does not take the data in time"));
  kill(server.pid(), SIGCONT);
}

TEST(TensorStoreFailures, ClosedConnectionsAreMadeAgain) {
  EmbeddedServer server;
  TensorStore store(server.admin());
  const std::vector<float> values = {1, 2, 3};
  store.set("w", values);
  Connection admin = connect(server.admin());
  ask(admin, {"CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal"});
  store.update("w", {"sgd", {{"learning_rate", "1"}}}, "w");
  EXPECT_THAT(store.get("w"), testing::Each(0.0F));
}

TEST(TensorStoreFailures, NobodyListensAndNoModule) {
  Address nowhere;
  nowhere.socket = "/tmp/no-such-socket";
  EXPECT_THAT(message_of<RunError>([&] { TensorStore store(nowhere, {.connect_attempts = 2}); }),
              testing::AllOf(HasSubstr("/tmp/no-such-socket"), HasSubstr("2 attempts")));
}

TEST(Databases, EachPeerHasItsOwn) {
  for (const Servers servers : {Servers::shared, Servers::per_peer}) {
    RedisSettings settings;
    settings.servers = servers;
    Databases databases(settings);
    const auto a = databases.open("p0"), b = databases.open("p1");
    const std::vector<float> one = {1}, two = {2};
    a->set("w", one);
    b->set("w", two);
    EXPECT_EQ(a->get("w"), one);
    EXPECT_EQ(b->get("w"), two);
    EXPECT_THAT(a->keys(), testing::ElementsAre("w"));
    EXPECT_EQ(databases.places().size(), servers == Servers::shared ? 1U : 2U);
  }
}

TEST(Databases, SomebodyElsesServerIsLeftAsItWas) {
  EmbeddedServer server;
  const Address admin = server.admin();
  TensorStore owner(admin);
  const std::vector<float> values = {1, 2};
  owner.set("theirs", values);
  RedisSettings settings;
  settings.url = "unix://" + admin.user + ":" + admin.password + "@" + admin.socket;
  {
    Databases databases(settings);
    databases.open("p0")->set("w", values);
    EXPECT_EQ(owner.keys().size(), 2U);
    EXPECT_THAT(databases.places().at(0), testing::Not(HasSubstr(admin.password)));
  }
  EXPECT_THAT(owner.keys(), testing::ElementsAre("theirs"));
}

}  // namespace
}  // namespace windtunnel::store
