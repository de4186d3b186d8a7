#include "app/charts.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/interruption.h"
#include "base/paths.h"

namespace windtunnel::app {
namespace {

struct Finished {
  int exit_code = 0;
  std::string output, errors;
};

std::string content_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = 0; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  return text;
}

/// What comes out of the pipe until its end.
std::string all_of(int pipe_end) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    interruption_point();
    pollfd waiting{.fd = pipe_end, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    const ssize_t n = read(pipe_end, buffer.data(), buffer.size());
    if (n == 0 || (n < 0 && errno != EINTR)) return text;
    if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

/// Runs a program to its end, with what it writes caught.
Finished run(const std::vector<std::string>& words) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) throw MissingError("cannot make a pipe to the chart program");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> errors(std::tmpfile(), std::fclose);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  if (errors) posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  Finished finished;
  if (error == 0) {
    int status = 0;
    try {
      finished.output = all_of(pipe_ends[0]);
    } catch (...) {
      close(pipe_ends[0]);
      kill(child, SIGTERM);
      waitpid(child, &status, 0);
      throw;
    }
    waitpid(child, &status, 0);
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  close(pipe_ends[0]);
  interruption_point();  // from a terminal, the child is told to stop as we are
  if (error != 0) {
    throw MissingError(fmt::format("cannot start {} to draw charts: {} (Debian packages python3 and python3-matplotlib)",
                                   words.front(), std::strerror(error)));
  }
  if (errors) finished.errors = content_of(errors.get());
  return finished;
}

std::string last_line(std::string text) {
  text.erase(text.find_last_not_of('\n') + 1);
  return text.substr(text.find_last_of('\n') + 1);
}

}  // namespace

Charts draw_charts(const std::filesystem::path& results, const std::filesystem::path& folder, const std::string& format) {
  const char* chosen = std::getenv("WINDTUNNEL_PYTHON");
  const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "python3";
  const Finished finished = run({python, "-B", (home_dir() / "plots" / "plot.py").string(), results.string(), "--out",
                                 folder.string(), "--format", format});
  if (finished.exit_code != 0) {
    const std::string why = last_line(finished.errors);
    if (finished.exit_code == 2) throw InputError(fmt::format("{}: charts cannot be drawn of this file: {}", results.string(), why));
    if (finished.exit_code == 3) throw MissingError(why);
    throw RunError(fmt::format("{} could not draw the charts (exit code {}): {}\n{}", python, finished.exit_code, why,
                               finished.errors));
  }
  Charts charts{.files = {}, .notes = finished.errors};
  std::istringstream lines(finished.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) charts.files.push_back(line);
  }
  return charts;
}

}  // namespace windtunnel::app
