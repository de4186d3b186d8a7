#include "store/reply.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace windtunnel::store {
namespace {

/// Bulk strings from this size on go to the sink.
constexpr std::size_t sink_from = 512;
constexpr int max_depth = 8;
constexpr std::int64_t max_elements = std::int64_t{1} << 32;
constexpr std::size_t max_line = 64 * 1024;

std::int64_t number(const std::string& line) {
  std::int64_t value = 0;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data() + 1, end, value);
  if (error != std::errc() || stop != end) throw BrokenConnection("it does not speak the Redis protocol");
  return value;
}

}  // namespace

Reply ReplyReader::next(const Deadline& deadline, const Sink& sink) { return read(deadline, sink, 0); }

Reply ReplyReader::read(const Deadline& deadline, const Sink& sink, int depth) {
  const std::string first = line(deadline);
  if (first.empty() || depth > max_depth) throw BrokenConnection("it does not speak the Redis protocol");
  Reply reply;
  switch (first[0]) {
    case '+':
    case '-':
      reply.kind = first[0] == '+' ? Reply::Kind::status : Reply::Kind::error;
      reply.text = first.substr(1);
      return reply;
    case ':':
      reply.kind = Reply::Kind::integer;
      reply.integer = number(first);
      return reply;
    case '$': {
      const std::int64_t size = number(first);
      if (size < 0) return reply;
      const auto n = static_cast<std::size_t>(size);
      std::byte* room = sink && n >= sink_from ? sink(n) : nullptr;
      if (room != nullptr) {
        reply.kind = Reply::Kind::sunk;
        reply.integer = size;
      } else {
        reply.kind = Reply::Kind::bulk;
        reply.text.resize(n);
        room = reinterpret_cast<std::byte*>(reply.text.data());
      }
      bytes(room, n, deadline);
      std::byte end[2];
      bytes(end, sizeof end, deadline);
      return reply;
    }
    case '*': {
      const std::int64_t n = number(first);
      if (n < 0) return reply;
      if (n > max_elements) throw BrokenConnection("it does not speak the Redis protocol");
      reply.kind = Reply::Kind::array;
      for (std::int64_t i = 0; i < n; ++i) reply.elements.push_back(read(deadline, sink, depth + 1));
      return reply;
    }
    default:
      throw BrokenConnection("it does not speak the Redis protocol");
  }
}

std::string ReplyReader::line(const Deadline& deadline) {
  std::string text;
  while (true) {
    const std::byte* from = buffer_.data() + begin_;
    const std::byte* to = buffer_.data() + end_;
    const std::byte* found = std::find(from, to, std::byte{'\n'});
    text.append(reinterpret_cast<const char*>(from), static_cast<std::size_t>(found - from));
    if (found != to) {
      begin_ += static_cast<std::size_t>(found - from) + 1;
      if (!text.empty() && text.back() == '\r') text.pop_back();
      return text;
    }
    if (text.size() > max_line) throw BrokenConnection("it does not speak the Redis protocol");
    begin_ = 0;
    end_ = receive(buffer_.data(), buffer_.size(), deadline);
  }
}

void ReplyReader::bytes(std::byte* out, std::size_t n, const Deadline& deadline) {
  const std::size_t ready = std::min(n, end_ - begin_);
  std::memcpy(out, buffer_.data() + begin_, ready);
  begin_ += ready;
  out += ready;
  n -= ready;
  while (n > 0) {
    if (n < buffer_.size()) {  // the rest is short: read ahead
      begin_ = 0;
      end_ = receive(buffer_.data(), buffer_.size(), deadline);
      return bytes(out, n, deadline);
    }
    const std::size_t got = receive(out, n, deadline);
    out += got;
    n -= got;
  }
}

std::size_t ReplyReader::receive(std::byte* out, std::size_t n, const Deadline& deadline) {
  while (true) {
    const ssize_t got = recv(socket_, out, n, MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) throw BrokenConnection("it closed the connection");
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw BrokenConnection(std::strerror(errno));
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, deadline.milliseconds()) == 0 && deadline.passed())
      throw BrokenConnection("no answer in time");
  }
}

}  // namespace windtunnel::store
