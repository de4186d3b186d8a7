// Averaging K gradients and updating the model, in the database and by a client that fetches, computes and stores. One
// line per transport, size and K; medians of interleaved repetitions in one run; then the targets, each with the worst
// case seen. The claim to beat is SPIRT's: 82 % less time.
//
//   tensordb_compare [--sizes 2500000,8000000,11700000] [--gradients 4,16,64] [--repeat 5] [--transports unix,tcp]
//                    [--save FILE]
//
// FILE gets the figures as one JSON object per line, from which tensordb_chart.py draws.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "bench/median.h"
#include "bench/targets.h"
#include "bench/tensordb_stage.h"
#include "store/embedded_server.h"

namespace windtunnel::bench {
namespace {

struct Arguments {
  std::vector<std::size_t> sizes{2'500'000, 8'000'000, 11'700'000}, gradients{4, 16, 64};
  std::size_t repeat = 5;
  std::vector<std::string> transports{"unix", "tcp"};
  std::string save;
};

/// One line of the table.
struct Cell {
  std::string transport;
  std::size_t size, gradients;
  std::map<std::string, double> ms;

  std::string name() const {
    return fmt::format("{} {:.1f} M × {}", transport, static_cast<double>(size) / 1e6, gradients);
  }
  double ratio(const std::string& way, const std::string& to) const { return ms.at(way) / ms.at(to); }
  double best() const { return std::min(ms.at("native"), ms.at("fused")); }
  double less_than(const std::string& client) const { return 100 * (1 - best() / ms.at(client)); }
  /// Time of the fused pass over that of moving as many bytes in a copy, timed beside it: K gradients and the model
  /// read, the model written.
  double fused_to_copy() const {
    const double bytes = 4.0 * static_cast<double>(size) * static_cast<double>(gradients + 2);
    return ms.at("fused") / (ms.at("copy") * bytes / MemoryCopy::bytes_moved);
  }
};

/// What genuine RedisAI 1.2.7 took, milliseconds, beside the same bare-socket client on Debian 12 (2 cores, AMD EPYC;
/// measured 2026-11): averages by clone, add_ and div_ in TorchScript, updates by torch.add with alpha.
struct RedisAi {
  const char* transport;
  std::size_t size, gradients;
  double average, bare_average, update, bare_update;
};
constexpr std::array<RedisAi, 12> redis_ai{{
    {"unix", 2'500'000, 4, 11.3, 39.1, 9.9, 18.4},
    {"unix", 2'500'000, 16, 16.6, 121.5, 9.8, 18.3},
    {"unix", 8'000'000, 4, 38.8, 134.6, 32.2, 60.5},
    {"unix", 8'000'000, 16, 57.3, 401.3, 29.1, 56.8},
    {"unix", 11'700'000, 4, 51.1, 174.1, 44.5, 75.6},
    {"unix", 11'700'000, 16, 78.1, 571.0, 45.1, 83.0},
    {"tcp", 2'500'000, 4, 11.1, 45.7, 9.4, 20.8},
    {"tcp", 2'500'000, 16, 15.8, 149.3, 9.6, 21.6},
    {"tcp", 8'000'000, 4, 36.1, 123.8, 32.8, 56.4},
    {"tcp", 8'000'000, 16, 51.1, 404.7, 34.0, 56.9},
    {"tcp", 11'700'000, 4, 52.2, 200.2, 42.4, 81.9},
    {"tcp", 11'700'000, 16, 76.9, 670.4, 44.6, 94.4},
}};

store::Address over_tcp(const store::EmbeddedServer& server) {
  store::Connection connection(
      server.admin(),
      {.timeout = std::chrono::seconds(10), .connect_timeout = std::chrono::seconds(2), .connect_attempts = 1});
  for (int port = 27'500; port < 27'700; ++port) {
    const std::string text = std::to_string(port);
    const store::Words words{"CONFIG", "SET", "port", text, "bind", "127.0.0.1"};
    if (connection.call(std::span(&words, 1), "open a port", store::Connection::Repeat::safe)[0].text != "OK") continue;
    store::Address address = server.admin();
    address.socket.clear();
    address.host = "127.0.0.1";
    address.port = port;
    return address;
  }
  throw RunError("tensordb_compare: no free TCP port from 27500 to 27699");
}

/// Whether the machine has the memory of a line: every gradient is in both servers, in one as a string too, and in the
/// client.
bool fits(std::size_t size, std::size_t gradients) {
  std::ifstream in("/proc/meminfo");
  std::string name, unit;
  for (std::size_t kilobytes = 0; in >> name >> kilobytes >> unit;) {
    if (name == "MemAvailable:") return size * sizeof(float) * (gradients + 4) * 4 < kilobytes * 1024;
  }
  return true;
}

void print_head(std::size_t repeat) {
  fmt::print(
      "average of K gradients and SGD step, median wall ms of {} rounds; less time: the better native way against each "
      "client\n"
      "\n"
      "                  plain   fetch, compute, store        in the database               less time than     ratio "
      "to "
      "plain loop  TENSORSET+GET\n"
      "       size   K    loop   hiredis     bare  TorchScript   native   fused    hiredis      bare    average   "
      "update"
      "   to SET+GET\n",
      repeat);
}

void print(const Cell& cell) {
  const auto ms = [&](const char* way) { return cell.ms.at(way); };
  fmt::print(
      "{:<5}{:>6.1f} M{:>4}{:>8.1f}{:>10.1f}{:>9.1f}{:>13.1f}{:>9.1f}{:>8.1f}{:>9.1f} %{:>8.1f} "
      "%{:>11.2f}{:>9.2f}{:>13.2f}\n",
      cell.transport, static_cast<double>(cell.size) / 1e6, cell.gradients, ms("loop"), ms("hiredis"), ms("bare"),
      ms("torchscript"), ms("native"), ms("fused"), cell.less_than("hiredis"), cell.less_than("bare"),
      cell.ratio("native_average", "loop_average"), cell.ratio("native_update", "loop_update"),
      cell.ratio("tensorset_get", "set_get"));
  std::fflush(stdout);
}

nlohmann::json to_json(const Cell& cell) {
  nlohmann::json line{{"transport", cell.transport}, {"parameters", cell.size}, {"gradients", cell.gradients}};
  for (const auto& [way, ms] : cell.ms) line[way + "_ms"] = ms;
  return line;
}

/// Microseconds of one small call each.
struct Latencies {
  std::map<std::string, double> us;
  double torch_us = 0;  ///< of LibTorch's part of SCRIPTEXECUTE, as the server counts it
};

Latencies small_calls(const store::Address& address) {
  store::Connection connection(
      address,
      {.timeout = std::chrono::seconds(10), .connect_timeout = std::chrono::seconds(2), .connect_attempts = 1});
  const std::vector<float> one = {1};
  const std::string_view blob(reinterpret_cast<const char*>(one.data()), sizeof(float));
  const std::string source =
      "def f(tensors: List[Tensor], keys: List[str], args: List[str]):\n    return tensors[0] + 1\n";
  const auto call = [&](const store::Words& words) {
    auto replies = connection.call(std::span(&words, 1), "bench", store::Connection::Repeat::unsafe);
    check(replies[0].kind != store::Reply::Kind::error, replies[0].text);
    return std::move(replies[0]);
  };
  call({"AI.TENSORSET", "l", "FLOAT", "1", "BLOB", blob});
  call({"AI.TENSORSET", "lw", "FLOAT", "1", "BLOB", blob});
  call({"AI.SCRIPTSTORE", "ls", "CPU", "ENTRY_POINTS", "1", "f", "SOURCE", source});
  const std::vector<std::pair<std::string, store::Words>> calls{
      {"PING", {"PING"}},
      {"TENSORSET", {"AI.TENSORSET", "l", "FLOAT", "1", "BLOB", blob}},
      {"TENSORGET", {"AI.TENSORGET", "l"}},
      {"AGGREGATE", {"TENSOR.AGGREGATE", "lm", "RULE", "mean", "KEYS", "2", "l", "l"}},
      {"UPDATE", {"TENSOR.UPDATE", "lw", "SGD", "GRAD", "l"}},
      {"SCRIPTEXECUTE", {"AI.SCRIPTEXECUTE", "ls", "f", "INPUTS", "1", "l", "OUTPUTS", "1", "lo"}}};
  constexpr std::size_t rounds = 3000;
  Contest contest;
  for (const auto& [name, words] : calls) {
    contest.add(name, [&call, &words = words] { call(words); });
  }
  for (int i = 0; i < 10; ++i) call(calls.back().second);  // LibTorch compiles in its first runs
  call({"AI.INFO", "ls", "RESETSTAT"});
  const std::vector<double> medians = contest.medians(rounds);
  Latencies latencies;
  for (std::size_t i = 0; i < medians.size(); ++i) latencies.us[contest.names()[i]] = medians[i] * 1000;
  const store::Reply info = call({"AI.INFO", "ls"});
  std::map<std::string, double> counts;
  for (std::size_t i = 0; i + 1 < info.elements.size(); i += 2) {
    counts[info.elements[i].text] = static_cast<double>(info.elements[i + 1].integer);
  }
  latencies.torch_us = counts.at("duration") / counts.at("calls");
  fmt::print("\nlatency of one small call over the unix socket, median of {} (us):\n", rounds);
  for (const auto& [name, us] : latencies.us) fmt::print("  {:<14} {:7.1f}\n", name, us);
  fmt::print("  {:<14} {:7.1f}   LibTorch's part of SCRIPTEXECUTE, mean\n", "", latencies.torch_us);
  return latencies;
}

/// Milliseconds that PINGs of one client took while another had the server average and update without a pause, sorted.
std::vector<double> pings_meanwhile(const Servers& servers) {
  constexpr std::size_t size = 11'700'000, gradients = 4, pings = 1000;
  Stage stage(servers, size, gradients);
  std::atomic<bool> enough = false;
  std::jthread busy([&] {
    while (!enough) stage.fused();
  });
  store::TensorStore bystander(servers.native);
  std::vector<double> times;
  for (std::size_t i = 0; i < pings; ++i) {
    times.push_back(timed([&] { bystander.ping(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  enough = true;
  busy.join();
  std::sort(times.begin(), times.end());
  const auto at = [&](double part) { return times[static_cast<std::size_t>(part * (pings - 1))]; };
  fmt::print(
      "\nPING while another client averages and updates {:.1f} M × {}: median {:.2f}, 99 % {:.2f}, longest {:.2f} ms\n",
      static_cast<double>(size) / 1e6, gradients, at(0.5), at(0.99), times.back());
  return times;
}

int print_targets(const std::vector<Cell>& cells, const Latencies& latencies, const std::vector<double>& pings) {
  const auto over_cells = [&](auto figure) {
    std::vector<Figure> figures;
    for (const Cell& cell : cells) figures.push_back({figure(cell), cell.name()});
    return figures;
  };
  const auto against_redis_ai = [&](std::size_t gradients, auto figure) {
    std::vector<Figure> figures;
    for (const Cell& cell : cells) {
      for (const RedisAi& theirs : redis_ai) {
        const bool same = cell.transport == theirs.transport && cell.size == theirs.size;
        if (same && cell.gradients == gradients && cell.gradients == theirs.gradients) {
          figures.push_back({figure(cell, theirs), cell.name()});
        }
      }
    }
    return figures;
  };
  const auto average = [](const Cell& cell, const RedisAi& theirs) {
    return theirs.average / theirs.bare_average / cell.ratio("native_average", "bare_average");
  };
  const auto update = [](const Cell& cell, const RedisAi& theirs) {
    return theirs.update / theirs.bare_update / cell.ratio("native_update", "bare_update");
  };
  const auto call = [&](const char* name, double base) {
    return std::vector<Figure>{{latencies.us.at(name) / base, name}};
  };

  std::vector<double> bandwidths;
  for (const Cell& cell : cells) bandwidths.push_back(MemoryCopy::bytes_moved / cell.ms.at("copy") / 1e6);
  if (!bandwidths.empty()) {
    const auto [least, most] = std::minmax_element(bandwidths.begin(), bandwidths.end());
    fmt::print("\na copy on all processors meanwhile: {:.1f} to {:.1f} GB/s read and written, median {:.1f}\n", *least,
               *most, median(bandwidths));
  }
  fmt::print("\n{:66}{:>9}  {:<8} {:8} {}\n", "target", "worst", "wanted", "", "seen in");
  Targets targets;
  targets.at_least("average + update: % less time than the hiredis client",
                   over_cells([](const Cell& c) { return c.less_than("hiredis"); }), 95);
  targets.at_least("average + update: % less time than the bare-socket client",
                   over_cells([](const Cell& c) { return c.less_than("bare"); }), 90);
  targets.at_most("average: time over the plain loop's",
                  over_cells([](const Cell& c) { return c.ratio("native_average", "loop_average"); }), 1.5);
  targets.at_most("update: time over the plain loop's",
                  over_cells([](const Cell& c) { return c.ratio("native_update", "loop_update"); }), 2);
  targets.at_most("fused: time over that of copying as many bytes",
                  over_cells([](const Cell& c) { return c.fused_to_copy(); }), 1.3);
  targets.at_least("average of 4: times better than RedisAI, against the bare client", against_redis_ai(4, average), 3);
  targets.at_least("average of 16: times better than RedisAI, against the bare client", against_redis_ai(16, average),
                   1.5);
  for (const std::size_t k : {4, 16}) {
    targets.at_least(fmt::format("update after {}: times better than RedisAI, against the bare client", k),
                     against_redis_ai(k, update), 8);
  }
  targets.at_most("TENSORSET + TENSORGET: time over SET + GET of as many bytes",
                  over_cells([](const Cell& c) { return c.ratio("tensorset_get", "set_get"); }), 1.3);
  const double ping = latencies.us.at("PING");
  for (const char* native : {"AGGREGATE", "UPDATE", "TENSORSET", "TENSORGET"}) {
    targets.at_most(fmt::format("{} of one number: time over PING's", native), call(native, ping), 1.5);
  }
  targets.at_most("SCRIPTEXECUTE of one number: time over PING's and LibTorch's",
                  call("SCRIPTEXECUTE", ping + latencies.torch_us), 1.2);
  targets.at_most("PING while the server computes: ms, 99 % of them", {{pings[pings.size() * 99 / 100], ""}}, 2);
  fmt::print("\n{}\n",
             targets.missed() == 0 ? "all targets reached" : fmt::format("{} targets missed", targets.missed()));
  return targets.missed();
}

void run(const Arguments& arguments) {
  std::ofstream save;
  if (!arguments.save.empty()) {
    save.open(arguments.save);
    if (!save) throw InputError("tensordb_compare: cannot write " + arguments.save);
  }
  const store::EmbeddedServer native, scripted({.module_arguments = {"NATIVE", "no"}});
  MemoryCopy copy;
  print_head(arguments.repeat);
  std::vector<Cell> cells;
  for (const std::string& transport : arguments.transports) {
    const bool tcp = transport == "tcp";
    const Servers servers{.native = tcp ? over_tcp(native) : native.admin(),
                          .scripted = tcp ? over_tcp(scripted) : scripted.admin()};
    for (const std::size_t size : arguments.sizes) {
      for (const std::size_t k : arguments.gradients) {
        Cell cell{.transport = transport, .size = size, .gradients = k, .ms = {}};
        if (!fits(size, k)) {
          fmt::print(stderr, "{}: left out, there is not enough free memory\n", cell.name());
          continue;
        }
        Stage stage(servers, size, k);
        Contest contest = stage.contest();
        contest.add("copy", [&copy] { copy.pass(); });
        const std::vector<double> medians = contest.medians(arguments.repeat);
        for (std::size_t w = 0; w < medians.size(); ++w) cell.ms[contest.names()[w]] = medians[w];
        print(cell);
        if (save.is_open()) save << to_json(cell) << std::endl;
        cells.push_back(std::move(cell));
      }
    }
  }
  const Latencies latencies = small_calls(native.admin());
  print_targets(cells, latencies, pings_meanwhile({native.admin(), scripted.admin()}));
}

int bench_main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Averaging and updating in the tensor database beside fetching, computing and storing");
  app.add_option("--sizes", arguments.sizes, "numbers of parameters")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--gradients", arguments.gradients, "numbers of gradients")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--repeat", arguments.repeat, "repetitions, of which the median counts")->check(CLI::PositiveNumber);
  app.add_option("--transports", arguments.transports, "unix, tcp")
      ->delimiter(',')
      ->check(CLI::IsMember({"unix", "tcp"}));
  app.add_option("--save", arguments.save, "file for the figures, a JSON object per line");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    run(arguments);
    return 0;
  } catch (const Error& e) {
    fmt::print(stderr, "{}\n", e.what());
    return e.exit_code();
  } catch (const std::exception& e) {
    fmt::print(stderr, "tensordb_compare: {}\n", e.what());
    return 1;
  }
}

}  // namespace
}  // namespace windtunnel::bench

int main(int argc, char** argv) { return windtunnel::bench::bench_main(argc, argv); }
