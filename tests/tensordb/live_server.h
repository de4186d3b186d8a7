// A redis-server with our module for one test: any configuration, restarts, and commands written as in redis-cli.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/connection.h"
#include "store/embedded_server.h"
#include "store/server_process.h"

namespace windtunnel::tensordb {

/// A command line split into words: blanks separate, "..." groups, with \xNN, \n, \" and \\ inside.
inline std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    if (line[i] == '"') {
      for (++i; i < line.size() && line[i] != '"'; ++i) {
        if (line[i] != '\\' || i + 1 == line.size()) {
          word += line[i];
        } else if (line[++i] == 'x') {
          word += static_cast<char>(std::stoi(std::string(line.substr(i + 1, 2)), nullptr, 16));
          i += 2;
        } else {
          word += line[i] == 'n' ? '\n' : line[i];
        }
      }
      ++i;
    } else {
      for (; i < line.size() && line[i] != ' '; ++i) word += line[i];
    }
    words.push_back(std::move(word));
  }
  return words;
}

/// A reply in the notation of the tables: +OK, -ERR …, :3, "bulk", [..], (nil).
inline std::string text_of(const store::Reply& reply) {
  using Kind = store::Reply::Kind;
  switch (reply.kind) {
    case Kind::status:
      return "+" + reply.text;
    case Kind::error:
      return "-" + reply.text;
    case Kind::integer:
      return fmt::format(":{}", reply.integer);
    case Kind::nil:
      return "(nil)";
    case Kind::sunk:
      return "(sunk)";
    case Kind::bulk: {
      std::string text = "\"";
      for (const char c : reply.text) {
        if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '"' && c != '\\') {
          text += c;
        } else {
          char hex[8];
          std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
          text += hex;
        }
      }
      return text + '"';
    }
    case Kind::array: {
      std::string text = "[";
      for (const store::Reply& element : reply.elements) {
        if (text.size() > 1) text += ", ";
        text += text_of(element);
      }
      return text + "]";
    }
  }
  return {};
}

class LiveServer {
 public:
  struct Options {
    std::string configuration = "save \"\"\n";  ///< lines of redis.conf besides folder, socket and module
    std::string module_arguments;
    bool with_module = true;
  };
  LiveServer() : LiveServer(Options()) {}
  explicit LiveServer(Options options) : options_(std::move(options)) {
    std::string made = (std::filesystem::temp_directory_path() / "wtdbXXXXXX").string();
    folder_ = mkdtemp(made.data());
    start();
  }
  ~LiveServer() {
    connection_.reset();
    process_.reset();
    std::error_code of_no_matter;  // a child of a killed server may still be writing there
    std::filesystem::remove_all(folder_, of_no_matter);
  }
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  store::Address address(const std::string& user = {}) const {
    store::Address address;
    address.socket = folder_ / "s";
    address.user = user;
    if (!user.empty()) address.password = "pw";
    return address;
  }
  std::unique_ptr<store::Connection> connect(const std::string& user = {}, int database = 0) const {
    store::Address where = address(user);
    where.database = database;
    return std::make_unique<store::Connection>(
        where,
        store::Connection::Options{
            .timeout = std::chrono::seconds(60), .connect_timeout = std::chrono::seconds(5), .connect_attempts = 1});
  }

  static store::Reply ask(store::Connection& connection, const std::vector<std::string>& words) {
    const store::Words views(words.begin(), words.end());
    return connection.call(std::span(&views, 1), words.at(0), store::Connection::Repeat::unsafe)[0];
  }
  store::Reply ask(const std::vector<std::string>& words) { return ask(*connection_, words); }
  /// The reply to a line as in redis-cli, in the tables' notation.
  std::string operator()(const std::string& line) { return text_of(ask(words_of(line))); }

  /// Sends a line on a connection of its own and leaves a millisecond later.
  void ask_and_leave(const std::vector<std::string>& words) const {
    store::Connection hasty(
        address(),
        {.timeout = std::chrono::milliseconds(1), .connect_timeout = std::chrono::seconds(5), .connect_attempts = 1});
    const store::Words views(words.begin(), words.end());
    try {
      hasty.call(std::span(&views, 1), "leave", store::Connection::Repeat::unsafe);
    } catch (const std::exception&) {
      // As was meant.
    }
  }

  const std::filesystem::path& folder() const { return folder_; }
  int pid() const { return process_->pid(); }
  bool alive() const { return !process_->ended(); }

  std::string log() const {
    std::ifstream in(folder_ / "log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// The report of a crash, or the end of the log.
  std::string last_words() const {
    constexpr std::size_t most = 4000;
    const std::string all = log();
    const std::size_t report = all.rfind("=== REDIS BUG REPORT START");
    if (report != std::string::npos) return all.substr(report, most);
    return all.size() <= most ? all : all.substr(all.size() - most);
  }

  void kill_it() {
    connection_.reset();
    process_.reset();
  }
  void start() {
    const std::string text = "port 0\nunixsocket " + (folder_ / "s").string() + "\ndir " + folder_.string() + "\n" +
                             "enable-debug-command yes\n" + options_.configuration + "\n" + load_module();
    std::filesystem::remove(folder_ / "s");
    process_ = std::make_unique<store::ServerProcess>(store::ServerProcess::Start{
        .program = store::find_program("redis-server"), .arguments = {"-"}, .input = text, .log = folder_ / "log"});
    for (int i = 0; i < 2000 && !connection_ && alive(); ++i) {
      try {
        connection_ = connect();
      } catch (const std::exception&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    }
    if (!connection_) throw std::runtime_error("the server does not start: " + last_words());
  }
  void restart() {
    kill_it();
    start();
  }

 private:
  std::string load_module() const {
    if (!options_.with_module) return {};
    return "loadmodule " + store::module_path().string() + " " + options_.module_arguments + "\n";
  }

  Options options_;
  std::filesystem::path folder_;
  std::unique_ptr<store::ServerProcess> process_;
  std::unique_ptr<store::Connection> connection_;
};

}  // namespace windtunnel::tensordb
