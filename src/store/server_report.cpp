#include "store/server_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "store/connection.h"

namespace windtunnel::store {
namespace {

/// The lines `name:value` of INFO.
std::map<std::string, std::string> lines_of(const std::string& info) {
  std::map<std::string, std::string> values;
  std::istringstream in(info);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (line.back() == '\r') line.pop_back();
    values[line.substr(0, colon)] = line.substr(colon + 1);
  }
  return values;
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Questions {
 public:
  Questions(const Address& address, Duration timeout, ServerReport& report)
      : connection_(address, {.timeout = timeout, .connect_timeout = timeout, .connect_attempts = 1}),
        report_(report) {}

  const Greeting& greeting() const { return connection_.greeting(); }

  /// The reply, nil when the server does not answer that or not to us.
  Reply ask(const Words& words) {
    Reply reply = connection_.call(std::span(&words, 1), "report", Connection::Repeat::safe)[0];
    if (reply.kind != Reply::Kind::error) return reply;
    if (reply.text.starts_with("NOPERM")) report_.refused.push_back(fmt::format("{}", fmt::join(words, " ")));
    return {};
  }

 private:
  Connection connection_;
  ServerReport& report_;
};

void add_tensor_info(const Reply& info, ServerReport& report) {
  for (std::size_t i = 0; i + 1 < info.elements.size(); i += 2) {
    const std::string& name = info.elements[i].text;
    const Reply& value = info.elements[i + 1];
    if (value.kind == Reply::Kind::array) {
      for (const Reply& member : value.elements) report.families[name].push_back(member.text);
    } else {
      report.figures[name] = value.kind == Reply::Kind::integer ? fmt::format("{}", value.integer) : value.text;
    }
  }
}

}  // namespace

std::string_view name_of(Spoken spoken) {
  static constexpr std::array<std::string_view, 3> names{"native", "torchscript", "none"};
  return names[static_cast<std::size_t>(spoken)];
}

ServerReport report_on(const Address& address, Duration timeout) {
  ServerReport report;
  report.address = address.display();
  Questions questions(address, timeout, report);
  report.redis_version = questions.greeting().redis_version;
  const std::optional<Greeting::Module> module = questions.greeting().tensor_module();
  if (module) report.module = module->name + " " + module->version;
  const auto info = lines_of(questions.ask({"INFO"}).text);
  const auto value = [&](const char* name) {
    const auto found = info.find(name);
    return found == info.end() ? std::string() : found->second;
  };
  report.role = value("role") == "slave" ? "replica" : value("role");
  report.used_bytes = number(value("used_memory"));
  report.max_bytes = number(value("maxmemory"));
  report.append_only = value("aof_enabled") == "1";
  if (!module) return report;

  const Reply tensor_info = questions.ask({"TENSOR.INFO"});
  add_tensor_info(tensor_info, report);
  report.dialect = tensor_info.kind == Reply::Kind::array ? Spoken::native : Spoken::torchscript;
  for (const Reply& command : questions.ask({"COMMAND", "LIST", "FILTERBY", "MODULE", module->name}).elements) {
    std::string name = command.text;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    report.commands.push_back(std::move(name));
  }
  std::sort(report.commands.begin(), report.commands.end());
  return report;
}

}  // namespace windtunnel::store
