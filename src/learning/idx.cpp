#include "learning/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

#include "base/error.h"

namespace windtunnel::learning {
namespace {

constexpr int unsigned_bytes = 0x08;
constexpr std::size_t chunk = std::size_t{1} << 20;

// A file's bytes after decompression; zlib hands a file without gzip's magic through as it is.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {
    errno = 0;
    if (std::filesystem::is_directory(file))
      throw InputError(fmt::format("{}: is a folder, not a file", file.string()));
    handle_.reset(gzopen(file.c_str(), "rb"));
    if (handle_ == nullptr) {
      throw MissingError(
          fmt::format("{}: cannot be opened: {}", file.string(), errno != 0 ? std::strerror(errno) : "out of memory"));
    }
    gzbuffer(handle_.get(), 1U << 17);
  }

  /// Fewer than `into.size()` at the end of the file only.
  std::size_t read(std::span<std::uint8_t> into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto want = static_cast<unsigned>(std::min(into.size() - done, chunk));
      const int got = gzread(handle_.get(), into.data() + done, want);
      if (got < 0) fail(fmt::format("cannot be read: {}", error()));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    // zlib tells of a compressed stream that stops early only here.
    int code = Z_OK;
    gzerror(handle_.get(), &code);
    if (done < into.size() && code == Z_BUF_ERROR) fail("truncated: the compressed data stop early");
    return done;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", file_.string(), what));
  }

 private:
  std::string error() const {
    int code = Z_OK;
    const char* text = gzerror(handle_.get(), &code);
    return code == Z_ERRNO ? std::strerror(errno) : text;
  }

  struct Close {
    void operator()(gzFile handle) const { gzclose(handle); }
  };
  std::filesystem::path file_;
  std::unique_ptr<std::remove_pointer_t<gzFile>, Close> handle_;
};

std::string type_name(int code) {
  switch (code) {
    case 0x09:
      return "signed bytes";
    case 0x0B:
      return "16-bit integers";
    case 0x0C:
      return "32-bit integers";
    case 0x0D:
      return "32-bit floats";
    case 0x0E:
      return "64-bit floats";
    default:
      return "an unknown type of values";
  }
}

}  // namespace

Idx read_idx(const std::filesystem::path& file, int dimensions) {
  Reader reader(file);
  std::array<std::uint8_t, 4> magic{};
  if (reader.read(magic) < magic.size()) reader.fail("truncated: shorter than an IDX header");
  if (magic[0] != 0 || magic[1] != 0) {
    reader.fail(fmt::format("not an IDX file: it begins with {:02x} {:02x}, not with 00 00", magic[0], magic[1]));
  }
  if (magic[2] != unsigned_bytes) {
    reader.fail(fmt::format("holds {} (type 0x{:02x}), not unsigned bytes (type 0x08)", type_name(magic[2]), magic[2]));
  }
  if (magic[3] != dimensions) {
    reader.fail(fmt::format("has {} dimension(s), not {}", magic[3], dimensions));
  }

  Idx idx;
  std::int64_t total = 1;
  for (int i = 0; i < dimensions; ++i) {
    std::array<std::uint8_t, 4> number{};
    if (reader.read(number) < number.size()) reader.fail("truncated: the header ends within the dimensions");
    const std::int64_t size = std::int64_t{number[0]} << 24 | number[1] << 16 | number[2] << 8 | number[3];
    idx.dimensions.push_back(size);
    if (size == 0) reader.fail(fmt::format("dimension {} is 0: the file holds nothing", i));
    if (__builtin_mul_overflow(total, size, &total)) reader.fail("its dimensions are too large for any file");
  }

  // Grows with what is really there: a false header must not make us ask for all the memory it promises.
  const auto wanted = static_cast<std::size_t>(total);
  while (idx.values.size() < wanted) {
    const std::size_t before = idx.values.size();
    idx.values.resize(std::min(wanted, std::max(before * 2, 16 * chunk)));
    const std::size_t got = reader.read(std::span(idx.values).subspan(before));
    if (before + got < idx.values.size()) {
      reader.fail(fmt::format("truncated: its header promises {} values, there are {}", total, before + got));
    }
  }
  std::array<std::uint8_t, 1> extra{};
  if (reader.read(extra) != 0) reader.fail(fmt::format("goes on after the {} values its header promises", total));
  return idx;
}

}  // namespace windtunnel::learning
