#include "store/embedded_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/paths.h"
#include "store/connection.h"
#include "store/deadline.h"
#include "store/private_folder.h"
#include "store/server_process.h"

namespace windtunnel::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* socket_name = "redis.sock";
constexpr const char* log_name = "redis.log";
constexpr const char* admin_name = "windtunnel-admin";

std::string random_password() {
  std::array<unsigned char, 32> bytes{};
  check(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "random bytes for a password");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

/// The server's own words on why it does not start: the last warnings of its log.
std::string last_words(const fs::path& log) {
  std::ifstream in(log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    const bool warning = line.find(" # ") != std::string::npos || line.find("***") != std::string::npos ||
                         line.find(">>>") != std::string::npos || line.find("rror") != std::string::npos;
    if (!warning || line.find("overcommit") != std::string::npos ||
        line.find("Server initialized") != std::string::npos ||
        line.find("Configuration loaded") != std::string::npos) {
      continue;
    }
    const std::size_t text = line.find(" # ");
    lines.push_back(text == std::string::npos ? line : line.substr(text + 3));
  }
  constexpr std::size_t shown = 3;
  if (lines.size() > shown) lines.erase(lines.begin(), lines.end() - shown);
  return lines.empty() ? "it left no message" : fmt::format("{}", fmt::join(lines, "; "));
}

/// Redis would silently take a socket's path away from whoever listens there.
void require_free(const fs::path& socket_path) {
  struct stat about {};
  if (lstat(socket_path.c_str(), &about) != 0) return;
  if (!S_ISSOCK(about.st_mode)) {
    throw InputError(fmt::format("{} is there already and is no socket", socket_path.string()));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool taken = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  if (taken) throw InputError(fmt::format("a server is listening on {} already", socket_path.string()));
}

EmbeddedServer::Options completed(EmbeddedServer::Options options) {
  if (options.module.empty()) {
    options.module = module_path();
  } else if (!fs::is_regular_file(options.module)) {
    throw MissingError(fmt::format("the tensor database module {} is not there", options.module.string()));
  }
  options.module = fs::absolute(options.module);
  if (!options.data.empty()) options.data = fs::absolute(options.data);
  if (options.folder.empty()) {
    std::error_code error;
    options.folder = fs::temp_directory_path(error);
    if (error) throw MissingError("there is no folder for temporary files: " + error.message() + " (set TMPDIR)");
  }
  options.folder = fs::absolute(options.folder);
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (!options.socket.empty()) {
    options.socket = fs::absolute(options.socket);
    if (options.socket.string().size() > longest) {
      throw InputError(fmt::format("the socket's path {} is {} characters long, at most {} are possible",
                                   options.socket.string(), options.socket.string().size(), longest));
    }
    require_free(options.socket);
    return options;
  }
  const std::size_t length =
      options.folder.string().size() + 1 + PrivateFolder::name_length + 1 + std::string_view(socket_name).size();
  if (length > longest) {
    throw MissingError(
        fmt::format("the socket's path in {} would be {} characters long, at most {} are possible: set "
                    "TMPDIR to a folder with a shorter name",
                    options.folder.string(), length, longest));
  }
  return options;
}

/// The folder where a server keeps its data, for it alone: two servers on one would ruin both.
class DataFolder {
 public:
  explicit DataFolder(const fs::path& path) {
    if (path.empty()) return;
    std::error_code error;
    fs::create_directories(path, error);
    lock_ = open((path / "windtunnel.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (error || lock_ < 0) {
      throw MissingError(
          fmt::format("cannot keep data in {}: {}", path.string(), error ? error.message() : std::strerror(errno)));
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      close(lock_);
      throw InputError(fmt::format("the data in {} belong to another server that is running", path.string()));
    }
  }
  ~DataFolder() {
    if (lock_ >= 0) close(lock_);
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

 private:
  int lock_ = -1;
};

}  // namespace

struct EmbeddedServer::Impl {
  Options options;
  fs::path program;
  PrivateFolder folder;
  DataFolder data;
  std::string password = random_password();
  fs::path socket = options.socket.empty() ? folder.path() / socket_name : options.socket;
  ServerProcess process;
  Address admin;
  std::unique_ptr<Connection> connection;

  explicit Impl(Options given)
      : options(completed(std::move(given))),
        program(find_program(options.program)),
        folder(require_program()),
        data(options.data),
        process({.program = program,
                 .arguments = {"-"},  // the configuration, with its password, comes on standard input
                 .input = configuration().text(),
                 .log = folder.path() / log_name}) {
    admin.socket = socket;
    admin.user = admin_name;
    admin.password = password;
    wait_until_ready();
    // Only now does the server know the module's commands.
    if (options.visitors == Visitors::look) {
      command({"ACL", "SETUSER", "default", "+ai.tensorget", "+ai.scriptget"}, "let visitors look");
    }
  }

  ServerConfiguration configuration() const {
    return {.folder = options.data.empty() ? folder.path() : options.data,
            .socket = socket,
            .port = options.port,
            .keep = !options.data.empty(),
            .append_only = options.append_only,
            .max_memory = options.max_memory,
            .master = options.master,
            .visitors = options.visitors,
            .admin = admin_name,
            .password = password,
            .module = options.module,
            .module_arguments = options.module_arguments};
  }

  const fs::path& require_program() const {
    if (program.empty()) {
      throw MissingError(
          fmt::format("{} is not installed or not in PATH (Debian: apt install redis-server)", options.program));
    }
    return options.folder;
  }

  void wait_until_ready() {
    const Deadline deadline(options.start_timeout);
    while (true) {
      if (process.ended()) {
        throw MissingError(fmt::format("{} with the module {} does not start: {}", program.string(),
                                       options.module.string(), last_words(folder.path() / log_name)));
      }
      if (fs::exists(socket) && connects()) return;
      if (deadline.passed()) {
        throw RunError(fmt::format("{} did not answer within {}: {}", program.string(), format(options.start_timeout),
                                   last_words(folder.path() / log_name)));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  bool connects() {
    try {
      connection = std::make_unique<Connection>(admin, Connection::Options{.timeout = std::chrono::seconds(10),
                                                                           .connect_timeout = std::chrono::seconds(2),
                                                                           .connect_attempts = 1});
      return true;
    } catch (const RunError&) {
      return false;  // the socket is there before the server listens
    }
  }

  Reply command(const Words& words, std::string_view what) {
    Reply reply = connection->call(std::span(&words, 1), what, Connection::Repeat::safe)[0];
    if (reply.kind == Reply::Kind::error) {
      throw RunError(fmt::format("store: {} at {}: {}", what, admin.display(), reply.text));
    }
    return reply;
  }
};

EmbeddedServer::EmbeddedServer() : EmbeddedServer(Options()) {}
EmbeddedServer::EmbeddedServer(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
EmbeddedServer::~EmbeddedServer() = default;
EmbeddedServer::EmbeddedServer(EmbeddedServer&&) noexcept = default;
EmbeddedServer& EmbeddedServer::operator=(EmbeddedServer&&) noexcept = default;

const fs::path& EmbeddedServer::socket() const { return impl_->socket; }
int EmbeddedServer::pid() const { return impl_->process.pid(); }
const Address& EmbeddedServer::admin() const { return impl_->admin; }

bool EmbeddedServer::ended() const { return impl_->process.ended(); }
void EmbeddedServer::stop(Duration patience) { impl_->process.stop(patience); }

Database EmbeddedServer::create_database(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!plain) {
    throw InputError(fmt::format("database name \"{}\": letters, digits, '_', '-' and '.' are allowed", name));
  }
  Database database{.address = impl_->admin, .prefix = fmt::format("{}:", name)};
  database.address.user = fmt::format("peer-{}", name);
  database.address.password = random_password();
  const std::string password = ">" + database.address.password, pattern = "~" + database.prefix + "*";
  const std::string what = fmt::format("make the database \"{}\"", name);

  std::vector<std::string> allowed;
  for (const Reply& command : impl_->command({"COMMAND", "LIST", "FILTERBY", "MODULE", "tensordb"}, what).elements) {
    if (command.text == "ai.config") continue;  // the server's settings are not a peer's
    allowed.push_back(fmt::format("+{}", command.text));
  }
  for (const char* command : {"+ping", "+exists", "+del", "+unlink", "+dump", "+restore", "+scan", "+type", "+memory|usage"}) {
    allowed.emplace_back(command);
  }
  Words words{"ACL", "SETUSER", database.address.user, "reset", "on", password, pattern};
  words.insert(words.end(), allowed.begin(), allowed.end());
  impl_->command(words, what);
  return database;
}

fs::path module_path() {
  const char* chosen = std::getenv("WINDTUNNEL_TENSORDB");
  const fs::path path = chosen != nullptr && *chosen != '\0' ? chosen : library_path(WINDTUNNEL_TENSORDB_BUILT);
  if (!fs::is_regular_file(path)) {
    throw MissingError(
        fmt::format("the tensor database module {} is not there ({})", path.string(),
                    chosen != nullptr ? "set by WINDTUNNEL_TENSORDB" : "build the target windtunnel_tensordb"));
  }
  return path;
}

}  // namespace windtunnel::store
