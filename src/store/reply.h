// What a server answers (RESP2), and the reader that takes it from a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/deadline.h"

namespace windtunnel::store {

struct Reply {
  enum class Kind { status, error, integer, bulk, nil, array, sunk };
  Kind kind = Kind::nil;
  std::string text;             ///< status, error, bulk
  std::int64_t integer = 0;     ///< integer; sunk: number of bytes that went into the sink
  std::vector<Reply> elements;  ///< array
};

/// The connection is of no more use: closed, silent for too long, or speaking no Redis protocol.
class BrokenConnection : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a large bulk string goes instead of Reply::text: given its size, room for it; null to have it as text after
/// all.
using Sink = std::function<std::byte*(std::size_t size)>;

/// Reads replies from a socket. Large bulk strings are received straight into their destination: hiredis 0.14 reads 16
/// KiB at a time into a growing string and copies it once more, which takes twice as long (measured).
class ReplyReader {
 public:
  explicit ReplyReader(int socket) : socket_(socket) {}

  /// The next reply, whole. Throws BrokenConnection.
  Reply next(const Deadline& deadline, const Sink& sink = {});

 private:
  Reply read(const Deadline& deadline, const Sink& sink, int depth);
  std::string line(const Deadline& deadline);
  void bytes(std::byte* out, std::size_t n, const Deadline& deadline);
  std::size_t receive(std::byte* out, std::size_t n, const Deadline& deadline);

  int socket_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(16 * 1024);
  std::size_t begin_ = 0, end_ = 0;  // what is in the buffer and not yet taken
};

}  // namespace windtunnel::store
