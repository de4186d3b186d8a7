#include "app/charts.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/paths.h"

namespace windtunnel::app {
namespace {

struct Finished {
  int exit_code = 0;
  std::string output;
};

/// Runs a program with its standard output caught; its standard error is ours.
Finished run(const std::vector<std::string>& words) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) throw MissingError("cannot make a pipe to the chart program");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
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
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
      finished.output.append(buffer.data(), static_cast<std::size_t>(n));
    }
    int status = 0;
    waitpid(child, &status, 0);
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  close(pipe_ends[0]);
  if (error != 0) throw MissingError(fmt::format("cannot start {}: install python3-matplotlib", words.front()));
  return finished;
}

}  // namespace

std::vector<std::string> draw_charts(const std::filesystem::path& results, const std::filesystem::path& folder,
                                     const std::string& format) {
  const char* chosen = std::getenv("WINDTUNNEL_PYTHON");
  const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "python3";
  const Finished finished = run({python, (home_dir() / "plots" / "plot.py").string(), results.string(), "--out",
                                 folder.string(), "--format", format});
  if (finished.exit_code == 2) throw InputError(results.string() + ": charts cannot be drawn of this file");
  if (finished.exit_code != 0) {
    throw MissingError(fmt::format("{} could not draw the charts (exit code {}); it needs python3-matplotlib", python,
                                   finished.exit_code));
  }
  std::vector<std::string> charts;
  std::istringstream lines(finished.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) charts.push_back(line);
  }
  return charts;
}

}  // namespace windtunnel::app
