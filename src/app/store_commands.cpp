// store serve, store info: the tensor database without a scenario.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/commands.h"
#include "app/options.h"
#include "base/error.h"
#include "base/units.h"
#include "store/embedded_server.h"
#include "store/server_report.h"

namespace windtunnel::app {
namespace {

namespace fs = std::filesystem;
using store::EmbeddedServer;

struct ServeOptions {
  std::string socket = "windtunnel.sock", dir, max_memory, append_only, replica_of;
  int port = 0, threads = 0;
  bool acl = false;
};

/// A file of the administrator's password, for this user of the machine alone; removed with the object.
class PasswordFile {
 public:
  PasswordFile(fs::path path, const std::string& password) : path_(std::move(path)) {
    // Made anew, so that it is nobody else's: a file that was there could have been put there to be read.
    unlink(path_.c_str());
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const std::string text = password + "\n";
    const bool written = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    if (file >= 0) close(file);
    if (!written) throw MissingError(fmt::format("cannot write {}: {}", path_.string(), std::strerror(error)));
  }
  ~PasswordFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  PasswordFile(const PasswordFile&) = delete;
  PasswordFile& operator=(const PasswordFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

EmbeddedServer::Options server_options(const ServeOptions& options) {
  EmbeddedServer::Options made;
  made.socket = options.socket;
  made.port = options.port;
  made.data = options.dir;
  made.visitors = options.acl ? store::Visitors::nothing : store::Visitors::everything;
  made.start_timeout = std::chrono::hours(1);  // it may have much to load
  made.append_only = options.append_only != "no";
  made.max_memory = options.max_memory;
  if (options.append_only == "yes" && options.dir.empty()) {
    throw InputError("--appendonly yes: there is no folder to keep the file in; name one with --dir");
  }
  if (!options.replica_of.empty()) {
    made.master = store::Address::from_url("redis://" + options.replica_of);
    if (made.master->database != 0) throw InputError("--replicaof: a replica is one of all databases, not of one");
  }
  if (options.threads > 0) made.module_arguments = {"THREADS", std::to_string(options.threads)};
  return made;
}

std::string welcome(const ServeOptions& options, const EmbeddedServer& server, const PasswordFile* secret) {
  const std::string user = secret != nullptr ? " --user " + server.admin().user : "";
  const std::string key = secret != nullptr ? fmt::format("REDISCLI_AUTH=$(cat {}) ", secret->path().string()) : "";
  const std::string login = secret == nullptr ? ""
                                              : fmt::format(", username=\"{}\", password=open(\"{}\").read().strip()",
                                                            server.admin().user, secret->path().string());
  std::string text =
      fmt::format("The tensor database is ready:\n  {}redis-cli -s {}{}\n", key, server.socket().string(), user);
  if (options.port != 0) text += fmt::format("  {}redis-cli -p {}{}\n", key, options.port, user);
  text += fmt::format("From Python (redis-py; Debian: python3-redis):\n  redis.Redis(unix_socket_path=\"{}\"{})\n",
                      server.socket().string(), login);
  if (options.port != 0) text += fmt::format("  redis.Redis(port={}{})\n", options.port, login);
  text += options.dir.empty() ? "Nothing is kept when it ends (--dir keeps it).\n"
                              : fmt::format("Kept in {}.\n", fs::absolute(options.dir).string());
  if (!options.replica_of.empty()) {
    return text + fmt::format("A replica of {}: it answers who reads.\nCtrl-C ends it.\n",
                              store::Address::parse("redis://" + options.replica_of).display());
  }
  return text +
         "Try:\n"
         "  AI.TENSORSET a FLOAT 3 VALUES 1 2 3\n"
         "  AI.TENSORSET b FLOAT 3 VALUES 3 4 8\n"
         "  TENSOR.AGGREGATE m RULE mean KEYS 2 a b\n"
         "  AI.TENSORGET m VALUES\n"
         "Ctrl-C ends it.\n";
}

int serve(const ServeOptions& options, const experiment::StopFlag& stop) {
  EmbeddedServer server(server_options(options));
  std::unique_ptr<PasswordFile> secret;
  if (options.acl) {
    secret = std::make_unique<PasswordFile>(server.socket().string() + ".password", server.admin().password);
  }
  print(welcome(options, server, secret.get()));
  while (!stop && !server.ended()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (!stop) throw RunError("the server has ended");
  server.stop(std::chrono::minutes(5));
  return 0;
}

std::string mebibytes(std::int64_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); }

std::string as_table(const store::ServerReport& report) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<12}{}\n", name, value);
  };
  line("server", report.address);
  line("redis", report.redis_version + (report.role.empty() ? "" : ", " + report.role));
  line("memory", fmt::format("{} used, {}", mebibytes(report.used_bytes),
                             report.max_bytes == 0 ? "no limit" : mebibytes(report.max_bytes) + " at most"));
  line("append-only", report.append_only ? "yes" : "no");
  line("module", report.module.empty() ? "neither tensordb nor RedisAI" : report.module);
  switch (report.dialect) {
    case store::Spoken::native:
      line("aggregates", "with its native commands");
      break;
    case store::Spoken::torchscript:
      line("aggregates", "with TorchScript, by RedisAI's commands");
      break;
    case store::Spoken::none:
      line("aggregates", "not at all: no tensors can be stored there");
  }
  for (const auto& [name, value] : report.figures) line(name, value);
  for (const auto& [name, members] : report.families) line(name, fmt::format("{}", fmt::join(members, ", ")));
  if (!report.commands.empty()) line("commands", fmt::format("{}", fmt::join(report.commands, ", ")));
  if (!report.refused.empty()) line("not allowed", fmt::format("{}", fmt::join(report.refused, ", ")));
  return text;
}

std::string as_json(const store::ServerReport& report) {
  nlohmann::ordered_json json{{"server", report.address},      {"redis_version", report.redis_version},
                              {"role", report.role},           {"used_bytes", report.used_bytes},
                              {"max_bytes", report.max_bytes}, {"append_only", report.append_only},
                              {"module", report.module},       {"aggregates", name_of(report.dialect)},
                              {"commands", report.commands},   {"not_allowed", report.refused}};
  for (const auto& [name, value] : report.figures) json[name] = value;
  for (const auto& [name, members] : report.families) json[name] = members;
  return json.dump(2) + "\n";
}

void add_serve(CLI::App& store, Action& action, const experiment::StopFlag& stop) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command =
      store.add_subcommand("serve", "Run the tensor database in the foreground, to play with from redis-cli");
  command->add_option("--socket", options->socket, "Unix socket to listen on, for you alone")
      ->type_name("PATH")
      ->capture_default_str();
  command->add_option("--port", options->port, "TCP port to listen on as well, from this machine only")
      ->transform(whole_number(1, 65535));
  command
      ->add_option("--dir", options->dir,
                   "Folder that keeps the data: a snapshot and an append-only file (default: nothing is kept)")
      ->type_name("DIR");
  command->add_flag(
      "--acl", options->acl,
      "Let nobody in without a name: the administrator's password goes to a file beside the socket; make users "
      "with ACL SETUSER");
  command
      ->add_option("--maxmemory", options->max_memory,
                   "Memory for data at most, as Redis writes it, e.g. 2gb (default: no limit)")
      ->type_name("SIZE")
      ->check([](const std::string& text) -> std::string {
        const std::size_t digits = text.find_first_not_of("0123456789");
        const std::string unit = digits == std::string::npos ? "" : CLI::detail::to_lower(text.substr(digits));
        const bool known = unit.empty() || unit == "b" || unit == "k" || unit == "kb" || unit == "m" || unit == "mb" ||
                           unit == "g" || unit == "gb";
        return digits != 0 && !text.empty() && known ? "" : "a number with b, k, kb, m, mb, g or gb is wanted: " + text;
      });
  command
      ->add_option("--appendonly", options->append_only,
                   "With --dir: whether every change is logged (default: yes), or snapshots are all that is kept")
      ->check(CLI::IsMember({"yes", "no"}));
  command
      ->add_option("--replicaof", options->replica_of,
                   "Be a replica of this server; its password in the environment's WINDTUNNEL_STORE_PASSWORD")
      ->type_name("[USER@]HOST:PORT");
  command->add_option("--threads", options->threads, "Worker threads (default: one per processor)")
      ->transform(whole_number(1, 256));
  command->callback([options, &action, &stop] { action = [options, &stop] { return serve(*options, stop); }; });
}

void add_info(CLI::App& store, Action& action) {
  struct Options {
    std::string url, format = "table";
    double timeout_s = 10;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = store.add_subcommand("info", "Tell what a server can do");
  command->add_option("url", options->url, "redis://[user]@host[:port][/db] or unix:///path/to.sock")
      ->required()
      ->type_name("URL");
  command->add_option("--format", options->format, "Format of the answer")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for an answer")
      ->transform(real_number(0.001, 86400))
      ->capture_default_str();
  command->footer("The password: in the URL, or better in the environment's WINDTUNNEL_STORE_PASSWORD.");
  command->callback([options, &action] {
    action = [options] {
      const auto timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options->timeout_s));
      const store::ServerReport report = store::report_on(store::Address::from_url(options->url), timeout);
      print(options->format == "json" ? as_json(report) : as_table(report));
      return 0;
    };
  });
}

}  // namespace

void add_store(CLI::App& cli, Action& action, const experiment::StopFlag& stop) {
  CLI::App* store = cli.add_subcommand("store", "The tensor database by itself: serve, info");
  store->require_subcommand(1);
  add_serve(*store, action, stop);
  add_info(*store, action);
}

}  // namespace windtunnel::app
