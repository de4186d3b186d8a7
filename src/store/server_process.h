// A child process that dies with us: the kernel kills it when this program ends, SIGKILL included, and so does this
// object's destructor. It has its own session, so that Ctrl-C reaches us alone.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/units.h"

namespace windtunnel::store {

class ServerProcess {
 public:
  struct Start {
    std::filesystem::path program;       ///< an executable file
    std::vector<std::string> arguments;  ///< after the program's name; visible to everybody on the machine
    std::string input;                   ///< what it reads from its standard input; visible to nobody else
    std::filesystem::path log;           ///< where its standard output and error go
  };
  /// Throws MissingError when the program cannot be started.
  explicit ServerProcess(const Start& start);
  /// Kills it (SIGKILL) and waits for its end.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int pid() const { return pid_; }
  bool ended() const;
  /// Asks it to end (SIGTERM) and waits for that, at most `patience`.
  void stop(Duration patience);

 private:
  void keep(const Start& start);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int pid_ = 0;    // 0 before the start
  int error_ = 0;  // errno of a failed start
  bool ended_ = false;
  std::thread keeper_;
};

/// The file of `program` in PATH, or `program` itself when it holds a '/'; empty when there is no such executable.
std::filesystem::path find_program(const std::string& program);

}  // namespace windtunnel::store
