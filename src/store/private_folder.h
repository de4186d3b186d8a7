// A folder that nobody else may enter, removed with the object; folders of programs that died without removing theirs
// are recognised by a lock that died with them, and swept away.
#pragma once

#include <filesystem>

namespace windtunnel::store {

class PrivateFolder {
 public:
  /// Makes a folder of mode 0700 in `parent` and first removes the dead ones there. Throws MissingError when it cannot.
  explicit PrivateFolder(const std::filesystem::path& parent);
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Length of every folder's name, for who must know beforehand whether a path will fit.
  static constexpr std::size_t name_length = 17;  // windtunnel-abcdef

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace windtunnel::store
