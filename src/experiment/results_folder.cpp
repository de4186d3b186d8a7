#include "experiment/results_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"

namespace windtunnel::experiment {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* lock_name = "results.lock";

std::string this_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string content_of(int file) {
  std::array<char, 512> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// "process 4711", or "process 4711 on host n2". The owner writes it right after it has taken the lock.
std::string owner_of(int file) {
  std::string text;
  for (int attempt = 0; attempt < 20 && !text.ends_with('\n'); ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(10ms);
    text = content_of(file);
  }
  const std::size_t space = text.find(' '), end = text.find('\n');
  if (space == std::string::npos || end == std::string::npos) return "a process";
  const std::string host = text.substr(space + 1, end - space - 1);
  return fmt::format("process {}{}", text.substr(0, space), host == this_host() ? "" : " on host " + host);
}

bool is_still_at(int file, const fs::path& path) {
  struct stat held{}, named{};
  return fstat(file, &held) == 0 && stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

}  // namespace

ResultsFolder::ResultsFolder(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) {
    throw MissingError(fmt::format("{}: cannot make the folder for results: {}", path_.string(), error.message()));
  }
  const fs::path name = path_ / lock_name;
  // The owner removes the file when it lets go, so one that was opened before that may be none any more.
  do {
    if (lock_ >= 0) close(lock_);
    lock_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock_ < 0) {
      throw MissingError(fmt::format("{}: cannot be written to: {}", path_.string(), std::strerror(errno)));
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      const std::string owner = owner_of(lock_);
      close(lock_);
      throw InputError(fmt::format("{}: {} of windtunnel writes its results here; wait for its end, or use --out for another "
                                   "folder", path_.string(), owner));
    }  // a file system that cannot lock leaves it to the person
  } while (!is_still_at(lock_, name));
  const std::string owner = fmt::format("{} {}\n", getpid(), this_host());
  if (ftruncate(lock_, 0) != 0 || pwrite(lock_, owner.data(), owner.size(), 0) != static_cast<ssize_t>(owner.size())) {
    const int why = errno;
    unlink(name.c_str());
    close(lock_);
    throw MissingError(fmt::format("{}: cannot be written to: {}", path_.string(), std::strerror(why)));
  }
}

ResultsFolder::ResultsFolder(ResultsFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

ResultsFolder::~ResultsFolder() {
  if (lock_ < 0) return;
  unlink((path_ / lock_name).c_str());
  close(lock_);
}

void ResultsFolder::clear() const {
  std::error_code error;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    fs::remove(file().string() + suffix, error);
    if (error) throw MissingError(fmt::format("{}: cannot remove the older results: {}", file().string(), error.message()));
  }
}

}  // namespace windtunnel::experiment
