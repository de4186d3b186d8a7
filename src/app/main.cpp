// The command line. Exit codes: 0 done, 1 a run was infeasible or failed, 2 bad input, 3 something is missing on the
// machine, 130 interrupted.
#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/options.h"
#include "base/build.h"
#include "base/error.h"
#include "base/screen_text.h"
#include "base/text.h"
#include "base/version.h"
#include "store/address.h"

namespace windtunnel::app {
namespace {

experiment::StopFlag stop_requested = false;

// The first signal asks for an orderly end, the second ends at once.
extern "C" void on_signal(int) {
  if (stop_requested.exchange(true)) _exit(130);
}

/// Names from files may be in the text, and are not obeyed.
void complain(std::string_view text) { std::fputs(fmt::format("windtunnel: {}\n", printable(text)).c_str(), stderr); }

/// The arguments for us; in those that the machine's process list shows, no URL has its password any more.
std::vector<std::string> taken_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  for (int i = 1; i < argc; ++i) store::redact_password({argv[i], std::strlen(argv[i])});
  return arguments;
}

/// The first word where a command is expected that is none; CLI11 would answer `fly --help` with the general help.
std::optional<std::string> unknown_command(const CLI::App& cli, const std::vector<std::string>& arguments) {
  const CLI::App* app = &cli;
  for (const std::string& word : arguments) {
    const std::vector<const CLI::App*> commands = app->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) return std::nullopt;
    if (word.starts_with("-")) continue;
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      const std::vector<std::string_view> known(names.begin(), names.end());
      return unknown_word("command", word, known);
    }
    app = commands[static_cast<std::size_t>(found - names.begin())];
  }
  return std::nullopt;
}

int run_program(std::vector<std::string> arguments) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App cli{
      "Windtunnel: a wind tunnel for serverless distributed training.\n"
      "Describe a training job, an architecture, a cloud and its faults in one YAML file; see what it costs, how long\n"
      "it takes, how accurate the model gets, and what survives.",
      "windtunnel"};
  cli.require_subcommand(1);
  cli.footer("Start with: windtunnel run scenarios/quickstart.yaml\nEach command has a --help of its own.");
  Action action;
  add_run(cli, action, stop_requested);
  add_check(cli, action);
  add_compare(cli, action);
  add_plot(cli, action);
  add_trace(cli, action);
  add_list(cli, action);
  add_store(cli, action, stop_requested);
  add_schema(cli, action);
  add_version(cli, action);
  refuse_empty_values(cli);
  try {
    arguments.erase(arguments.begin());
    if (const auto unknown = unknown_command(cli, arguments)) {
      complain(*unknown);
      return 2;
    }
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    cli.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, complaints;
    const int code = cli.exit(error, out, complaints) == 0 ? 0 : 2;
    std::fputs(printable(complaints.str()).c_str(), stderr);
    print(out.str());
    return code;
  }
  const Watch watch = experiment::watch_of(stop_requested);
  const Watched watched(&watch);
  try {
    return action();
  } catch (const experiment::Interrupted&) {
    complain("interrupted");
    return 130;
  } catch (const Error& error) {
    complain(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    complain("out of memory on this machine");
    return 3;
  } catch (const std::exception& error) {
    complain(fmt::format("a bug of Windtunnel's, please report it: {}", error.what()));
    return 1;
  }
}

}  // namespace

std::size_t output_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 1) return 0;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  if (errno == EPIPE) std::exit(0);  // the reader has seen enough, as `head` does
  throw MissingError(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

void add_version(CLI::App& cli, Action& action) {
  cli.add_subcommand("version", "Print the version, and which sources it was built from")->callback([&action] {
    action = [] {
      const std::string described(build_description());
      print(fmt::format("windtunnel {}\nbuild {}{}\n", version, build_hash(), described.empty() ? "" : " (" + described + ")"));
      return 0;
    };
  });
}

}  // namespace windtunnel::app

int main(int argc, char** argv) { return windtunnel::app::run_program(windtunnel::app::taken_arguments(argc, argv)); }
