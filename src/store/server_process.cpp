#include "store/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace windtunnel::store {
namespace {

/// Everything the child needs, prepared before fork: between fork and exec only system calls are allowed.
struct Launch {
  const char* program;
  std::vector<char*> arguments;
  int input, log, report;
  pid_t parent;
};

[[noreturn]] void become(const Launch& launch) {
  // Order matters: ask first, then look whether the parent is already gone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(127);
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(launch.input, STDIN_FILENO);
  dup2(launch.log, STDOUT_FILENO);
  dup2(launch.log, STDERR_FILENO);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  execv(launch.program, launch.arguments.data());
  const int error = errno;
  if (write(launch.report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

/// A file in memory, rewound.
int memory_file(const std::string& text) {
  const int file = memfd_create("windtunnel-server-input", MFD_CLOEXEC);
  if (file < 0) return -1;
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || lseek(file, 0, SEEK_SET) != 0) {
    close(file);
    return -1;
  }
  return file;
}

}  // namespace

ServerProcess::ServerProcess(const Start& start) {
  // The kernel's death signal belongs to the thread that forked: one thread starts the child and waits for its end.
  keeper_ = std::thread([this, &start] { keep(start); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pid_ != 0 || error_ != 0; });
  if (error_ != 0) {
    lock.unlock();
    keeper_.join();
    throw MissingError(fmt::format("cannot start {}: {}", start.program.string(), std::strerror(error_)));
  }
}

ServerProcess::~ServerProcess() {
  {
    const std::scoped_lock lock(mutex_);
    // Not yet waited for, so the number is still its own; of its session, so that children which save for it end too.
    if (!ended_) kill(-pid_, SIGKILL);
  }
  keeper_.join();
}

bool ServerProcess::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

void ServerProcess::stop(Duration patience) {
  std::unique_lock lock(mutex_);
  if (!ended_) kill(pid_, SIGTERM);
  changed_.wait_for(lock, patience, [&] { return ended_; });
}

void ServerProcess::keep(const Start& start) {
  std::vector<std::string> words{start.program.string()};
  words.insert(words.end(), start.arguments.begin(), start.arguments.end());
  int report[2] = {-1, -1};
  Launch launch{.program = words[0].c_str(),
                .arguments = {},
                .input = memory_file(start.input),
                .log = open(start.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                .report = -1,
                .parent = getpid()};
  for (std::string& word : words) launch.arguments.push_back(word.data());
  launch.arguments.push_back(nullptr);

  int error = 0;
  pid_t child = -1;
  if (launch.input < 0 || launch.log < 0 || pipe2(report, O_CLOEXEC) != 0) {
    error = errno;
  } else {
    launch.report = report[1];
    child = fork();
    if (child == 0) become(launch);
    if (child < 0) error = errno;
    close(report[1]);
    // Ends with exec, or brings the reason why there was none.
    if (child > 0 && read(report[0], &error, sizeof error) == sizeof error) waitpid(child, nullptr, 0);
    close(report[0]);
  }
  if (launch.input >= 0) close(launch.input);
  if (launch.log >= 0) close(launch.log);
  {
    const std::scoped_lock lock(mutex_);
    error_ = error;
    if (error == 0) pid_ = child;
  }
  changed_.notify_all();
  if (error != 0) return;

  // Wait without reaping, so that the number stays the child's until everybody knows that it ended.
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    waitpid(child, nullptr, 0);
  }
  changed_.notify_all();
}

std::filesystem::path find_program(const std::string& program) {
  namespace fs = std::filesystem;
  const auto usable = [](const fs::path& file) { return access(file.c_str(), X_OK) == 0 && !fs::is_directory(file); };
  if (program.find('/') != std::string::npos) return usable(program) ? fs::path(program) : fs::path();
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const std::size_t colon = rest.find(':');
    const fs::path file = fs::path(rest.substr(0, colon)) / program;
    if (usable(file)) return file;
    if (colon == std::string_view::npos) return {};
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace windtunnel::store
