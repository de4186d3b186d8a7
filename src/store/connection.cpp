#include "store/connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <thread>

#include "base/error.h"

namespace windtunnel::store {
namespace {

/// Words from this length on are sent from where they are.
constexpr std::size_t by_reference_from = 4096;

/// Commands as the wire has them: small parts gathered into strings, large words by reference.
class Wire {
 public:
  explicit Wire(std::span<const Words> commands) {
    for (const Words& words : commands) {
      append(fmt::format("*{}\r\n", words.size()));
      for (const std::string_view word : words) {
        append(fmt::format("${}\r\n", word.size()));
        if (word.size() < by_reference_from) {
          append(word);
        } else {
          close();
          parts_.push_back(word);
        }
        append("\r\n");
      }
    }
    close();
    for (const std::string_view part : parts_) {
      vectors_.push_back({const_cast<char*>(part.data()), part.size()});  // sendmsg only reads
    }
  }
  std::span<iovec> vectors() { return vectors_; }

 private:
  void append(std::string_view text) { open_ += text; }
  void close() {
    if (open_.empty()) return;
    owned_.push_back(std::move(open_));
    parts_.push_back(owned_.back());
    open_.clear();
  }

  std::string open_;
  std::deque<std::string> owned_;  // addresses stay
  std::vector<std::string_view> parts_;
  std::vector<iovec> vectors_;
};

timeval to_timeval(Duration d) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  return {.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
}

/// Turns the flat list name, value, name, value … of a HELLO reply into what we keep of it.
Greeting parse_greeting(const Reply& hello) {
  Greeting greeting;
  for (std::size_t i = 0; i + 1 < hello.elements.size(); i += 2) {
    const Reply& value = hello.elements[i + 1];
    if (hello.elements[i].text == "version") greeting.redis_version = value.text;
    if (hello.elements[i].text != "modules") continue;
    for (const Reply& entry : value.elements) {
      Greeting::Module module;
      for (std::size_t k = 0; k + 1 < entry.elements.size(); k += 2) {
        const Reply& field = entry.elements[k + 1];
        if (entry.elements[k].text == "name") module.name = field.text;
        if (entry.elements[k].text == "ver") module.version = fmt::format("{}", field.integer);
      }
      greeting.modules.push_back(std::move(module));
    }
  }
  return greeting;
}

}  // namespace

std::optional<Greeting::Module> Greeting::tensor_module() const {
  for (const std::string_view name : {our_module, redis_ai_module}) {
    for (const Module& module : modules) {
      if (module.name == name) return module;
    }
  }
  return std::nullopt;
}

void Connection::Closer::operator()(redisContext* context) const { redisFree(context); }

Connection::Connection(Address address, Options options) : address_(std::move(address)), options_(options) {
  connect();
}

Connection::~Connection() = default;

void Connection::connect() {
  auto pause = std::chrono::milliseconds(50);
  for (int attempt = 1;; ++attempt) {
    try {
      return connect_once();
    } catch (const BrokenConnection& e) {
      context_.reset();
      if (attempt >= options_.connect_attempts) {
        const std::string attempts = attempt == 1 ? "" : fmt::format(" ({} attempts)", attempt);
        throw RunError(fmt::format("store: cannot reach {}: {}{}", address_.display(), e.what(), attempts));
      }
    }
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

void Connection::connect_once() {
  const timeval limit = to_timeval(options_.connect_timeout);
  context_.reset(address_.socket.empty() ? redisConnectWithTimeout(address_.host.c_str(), address_.port, limit)
                                         : redisConnectUnixWithTimeout(address_.socket.c_str(), limit));
  if (!context_) throw BrokenConnection("out of memory");
  if (context_->err != 0) throw BrokenConnection(context_->errstr);
  if (address_.socket.empty()) redisEnableKeepAlive(context_.get());
  reader_ = std::make_unique<ReplyReader>(context_->fd);
  greet();
}

void Connection::greet() {
  std::vector<Words> commands{{"HELLO", "2"}};
  if (!address_.user.empty() || !address_.password.empty()) {
    const std::string_view user = address_.user.empty() ? "default" : std::string_view(address_.user);
    commands[0].insert(commands[0].end(), {"AUTH", user, address_.password});
  }
  const std::string database = std::to_string(address_.database);
  if (address_.database != 0) commands.push_back({"SELECT", database});
  commands.push_back({"PING"});  // unlike HELLO it is refused while the server loads its data
  const std::vector<Reply> replies = exchange(commands, Deadline(options_.connect_timeout), {});
  for (const Reply& reply : replies) {
    if (reply.text.starts_with("NOPERM") && &reply == &replies.back()) continue;  // nothing to say against this user
    // A server that is still loading its data says so and will be ready soon: try again.
    if (reply.kind == Reply::Kind::error && reply.text.starts_with("LOADING")) throw BrokenConnection(reply.text);
    if (reply.kind == Reply::Kind::error) {
      throw RunError(fmt::format("store: {} refuses the connection: {}", address_.display(), reply.text));
    }
  }
  greeting_ = parse_greeting(replies[0]);
}

bool Connection::still_open() const {
  std::byte one;
  const ssize_t got = recv(context_->fd, &one, 1, MSG_PEEK | MSG_DONTWAIT);
  // Nothing is expected before a call: data or an end both mean that the two sides are out of step.
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::vector<Reply> Connection::call(std::span<const Words> commands, std::string_view what, Repeat repeat,
                                    const Sink& sink) {
  const Deadline deadline(options_.timeout);
  for (int attempt = 1;; ++attempt) {
    if (!context_ || !still_open()) connect();
    try {
      return exchange(commands, deadline, sink);
    } catch (const BrokenConnection& e) {
      context_.reset();
      if (repeat == Repeat::safe && attempt == 1 && !deadline.passed()) continue;
      throw RunError(fmt::format("store: {} at {}: {}", what, address_.display(), e.what()));
    }
  }
}

void Connection::send(std::span<const Words> commands, const Deadline& deadline) {
  Wire wire(commands);
  std::span<iovec> left = wire.vectors();
  while (!left.empty()) {
    msghdr message{};
    message.msg_iov = left.data();
    message.msg_iovlen = std::min<std::size_t>(left.size(), IOV_MAX);
    ssize_t sent = sendmsg(context_->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) throw BrokenConnection(std::strerror(errno));
      pollfd waiting{.fd = context_->fd, .events = POLLOUT, .revents = 0};
      if (poll(&waiting, 1, deadline.milliseconds()) == 0 && deadline.passed()) {
        throw BrokenConnection("it does not take the data in time");
      }
      continue;
    }
    while (sent > 0) {
      const std::size_t part = std::min(static_cast<std::size_t>(sent), left[0].iov_len);
      left[0].iov_base = static_cast<char*>(left[0].iov_base) + part;
      left[0].iov_len -= part;
      sent -= static_cast<ssize_t>(part);
      if (left[0].iov_len == 0) left = left.subspan(1);
    }
  }
}

std::vector<Reply> Connection::exchange(std::span<const Words> commands, const Deadline& deadline, const Sink& sink) {
  try {
    send(commands, deadline);
  } catch (const BrokenConnection& e) {
    // A server that gives up on us says why before it closes.
    Reply last;
    try {
      last = reader_->next(Deadline(std::chrono::milliseconds(0)));
    } catch (const BrokenConnection&) {
    }
    if (last.kind == Reply::Kind::error) throw BrokenConnection(last.text);
    throw;
  }
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) replies.push_back(reader_->next(deadline, sink));
  return replies;
}

}  // namespace windtunnel::store
