#include "store/private_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/error.h"

namespace windtunnel::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ready = "windtunnel-", unready = "windtunnel.";
constexpr const char* lock_name = "owner";

/// The lock of a folder, taken; -1 when somebody has it or there is none.
int take_lock(const fs::path& folder, int flags) {
  const int file = open((folder / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return -1;
  }
  return file;
}

void sweep(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename();
    struct stat about {};
    if (name.size() != PrivateFolder::name_length || !name.starts_with(ready)) continue;
    if (lstat(entry.path().c_str(), &about) != 0 || !S_ISDIR(about.st_mode) || about.st_uid != geteuid()) continue;
    const int lock = take_lock(entry.path(), 0);
    if (lock < 0) continue;
    fs::remove_all(entry.path(), ignored);
    close(lock);
  }
}

}  // namespace

PrivateFolder::PrivateFolder(const fs::path& parent) {
  sweep(parent);
  const auto failed = [&] {
    return MissingError(fmt::format("cannot make a private folder in {}: {}", parent.string(), std::strerror(errno)));
  };
  // Under another name until it is locked, so that no sweep finds it without its lock.
  std::string made = (parent / (std::string(unready) + "XXXXXX")).string();
  if (mkdtemp(made.data()) == nullptr) throw failed();
  lock_ = take_lock(made, O_CREAT);
  path_ = parent / (std::string(ready) + made.substr(made.size() - 6));
  if (lock_ < 0 || std::rename(made.c_str(), path_.c_str()) != 0) {
    const MissingError error = failed();
    if (lock_ >= 0) close(lock_);
    std::error_code ignored;
    fs::remove_all(made, ignored);
    throw error;
  }
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace windtunnel::store
