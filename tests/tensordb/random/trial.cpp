#include "tests/tensordb/random/trial.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "tests/tensordb/random/config.h"
#include "tests/tensordb/random/notation.h"

namespace windtunnel::tensordb::random {
namespace {

using Kind = store::Reply::Kind;

/// Where server and reference part.
class Difference : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string cut(const std::string& text) {
  constexpr std::size_t longest = 400;
  return text.size() <= longest ? text : text.substr(0, longest) + "…";
}

std::string text_of_line(const Line& line) {
  std::ostringstream out;
  out << Sequence{{Step{.lines = {line}}}};
  const std::string text = out.str();
  return text.substr(text.find('\n') + 1);
}

/// Whether an error is one that somebody thought of: no bug of ours and no backtrace.
bool says_what_is_wrong(const std::string& error) {
  return !error.empty() && error.find("internal error") == std::string::npos &&
         error.find("Exception raised from") == std::string::npos;
}

/// As the reference tells it: of an error inside an array no words.
std::string told(const store::Reply& reply) {
  if (reply.kind != Kind::array) return text_of(reply);
  std::vector<std::string> parts;
  for (const store::Reply& each : reply.elements) {
    parts.push_back(each.kind == Kind::error && says_what_is_wrong(each.text) ? any_error : text_of(each));
  }
  return list(parts);
}

bool matches(const store::Reply& reply, const std::string& wanted) {
  if (wanted.empty()) return reply.kind == Kind::status || reply.kind == Kind::error;
  if (wanted == any_error) return reply.kind == Kind::error && says_what_is_wrong(reply.text);
  if (wanted == "[") return reply.kind == Kind::array;
  if (wanted == ":") return reply.kind == Kind::integer && reply.integer > 0;
  return told(reply) == wanted;
}

}  // namespace

Trial::Trial(LiveServer& server) : Trial(server, ask) {}
Trial::Trial(LiveServer& server, Exchange exchange) : server_(server), exchange_(std::move(exchange)) {}

Trial::Replies Trial::ask(store::Connection& connection, const std::vector<Line>& lines) {
  std::vector<store::Words> words;
  for (const Line& line : lines) words.emplace_back(line.begin(), line.end());
  return connection.call(words, lines.at(0).at(0), store::Connection::Repeat::unsafe);
}

void Trial::begin(std::size_t clients) {
  if (!server_.alive()) {
    std::filesystem::remove_all(server_.folder() / "appendonlydir");
    server_.restart();
  }
  server_.ask({"FLUSHALL"});
  server_.ask(initial_settings());
  clients_.clear();
  clients_.resize(clients);
  // Each in a database of its own: a word that was put where a key should be is nobody else's key.
  for (std::size_t i = 0; i < clients; ++i) clients_[i].connection = server_.connect({}, static_cast<int>(i));
}

std::optional<std::string> Trial::run(const Sequence& sequence) {
  try {
    begin(sequence.size());
    if (sequence.size() == 1) {
      for (const Step& each : sequence[0]) step(clients_[0], each);
    } else {
      std::vector<std::exception_ptr> faults(sequence.size());
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < sequence.size(); ++i) {
        threads.emplace_back([&, i] {
          try {
            at_once(clients_[i], sequence[i]);
          } catch (...) {
            faults[i] = std::current_exception();
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      for (const std::exception_ptr& fault : faults) {
        if (fault) std::rethrow_exception(fault);
      }
    }
    for (Client& client : clients_) check_contents(client);
  } catch (const std::exception& e) {
    // A connection that broke is most often a server that ended, which shows a moment later.
    for (int i = 0; i < 50 && server_.alive() && dynamic_cast<const Difference*>(&e) == nullptr; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return server_.alive() ? e.what() : std::string("the server ended: ") + e.what() + "\n" + server_.last_words();
  }
  return std::nullopt;
}

void Trial::step(Client& client, const Step& step) {
  std::vector<Line> lines = sent(step);
  // Once more or once less than one reply for each line, and this is not what comes last.
  const std::string ping = "in step " + std::to_string(++pings_);
  lines.push_back({"PING", ping});
  const Replies replies = exchange_(*client.connection, lines);
  compare(client, step, std::span(replies).first(lines.size() - 1));
  if (replies.back().text != ping) {
    throw Difference("a reply too many or too few, of\n" + text_of_line(step.lines[0]));
  }
}

void Trial::at_once(Client& client, const std::vector<Step>& steps) {
  std::vector<Line> lines;
  for (const Step& each : steps) {
    const std::vector<Line> more = sent(each);
    lines.insert(lines.end(), more.begin(), more.end());
  }
  lines.push_back({"PING", "last"});
  const Replies replies = exchange_(*client.connection, lines);
  std::size_t next = 0;
  for (const Step& each : steps) {
    const std::size_t n = sent(each).size();
    compare(client, each, std::span(replies).subspan(next, n));
    next += n;
  }
  if (replies.back().text != "last") throw Difference("a reply too many or too few");
}

void Trial::compare(Client& client, const Step& step, std::span<const store::Reply> replies) {
  commands_ += replies.size();
  if (step.way != Step::Way::transaction) {
    return compare(client, step.lines[0], step.way == Step::Way::lua, replies[0]);
  }
  const store::Reply& all = replies.back();
  if (all.kind != Kind::array || all.elements.size() != step.lines.size()) {
    throw Difference("EXEC answered " + cut(text_of(all)));
  }
  for (std::size_t i = 0; i < step.lines.size(); ++i) compare(client, step.lines[i], true, all.elements[i]);
}

void Trial::compare(Client& client, const Line& line, bool in_transaction, const store::Reply& reply) {
  const Outcome outcome = client.reference.outcome(line, in_transaction);
  if (std::find(outcome.or_late.begin(), outcome.or_late.end(), text_of(reply)) != outcome.or_late.end()) return;
  if (!matches(reply, outcome.reply)) {
    throw Difference("the server answers  " + cut(text_of(reply)) + "\nthe reference says  " + cut(outcome.reply) +
                     "\nto" + text_of_line(line));
  }
  client.reference.take(outcome);
}

void Trial::check_contents(Client& client) {
  std::vector<Line> questions{
      {"DBSIZE"}, {"AI._SCRIPTSCAN"}, {"AI._MODELSCAN"}, {"AI.CONFIG", "GET", "MODEL_CHUNK_SIZE"}};
  for (const auto& [key, entry] : client.reference.database().entries) {
    questions.push_back({"TTL", key});
    switch (entry.value->kind) {
      case Value::Kind::text:
        questions.push_back({"GET", key});
        break;
      case Value::Kind::script:
        questions.push_back({"AI.SCRIPTGET", key});
        break;
      case Value::Kind::model:
        questions.push_back({"AI.MODELGET", key});
        break;
      case Value::Kind::tensor:
        questions.push_back({"AI.TENSORGET", key});
        questions.push_back({"AI.TENSORGET", key, "VALUES"});
        // What is remembered beside a tensor shows in the next step.
        for (const auto& [optimizer, word] : {std::pair{"sgd", "MOMENTUM"}, {"adam", "ADAM"}}) {
          if (entry.value->optimizer == optimizer) questions.push_back({"TENSOR.UPDATE", key, word, "GRAD", key});
        }
        if (entry.value->optimizer == "accumulate") questions.push_back({"TENSOR.ACCUMULATE", key, key});
        questions.push_back({"AI.TENSORGET", key});
    }
  }
  for (const Line& question : questions) step(client, {.lines = {question}});
}

}  // namespace windtunnel::tensordb::random
