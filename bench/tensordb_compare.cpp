// Averaging K gradients and updating the model, in the database and by a client that fetches, computes and stores. One
// line per size, K and transport; medians of interleaved repetitions in one run. The claim to beat is SPIRT's: 82 %
// less time.
//
//   tensordb_compare [--sizes 2500000,8000000,11700000] [--gradients 4,16,64] [--repeat 5] [--transports unix,tcp]
//   [--json]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/tensordb_clients.h"
#include "store/connection.h"
#include "store/embedded_server.h"
#include "store/tensor_store.h"

namespace windtunnel::bench {
namespace {

constexpr float rate = 0.01F;

struct Arguments {
  std::vector<std::size_t> sizes{2'500'000, 8'000'000, 11'700'000}, gradients{4, 16, 64};
  std::size_t repeat = 5;
  std::vector<std::string> transports{"unix", "tcp"};
  bool json = false;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  const auto numbers = [](const std::string& text) {
    std::vector<std::size_t> all;
    for (const std::string& part : split(text)) all.push_back(std::stoul(part));
    return all;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--json") {
      arguments.json = true;
    } else if (i + 1 == argc) {
      throw InputError("tensordb_compare: " + option + " is unknown or lacks its value");
    } else if (option == "--sizes") {
      arguments.sizes = numbers(argv[++i]);
    } else if (option == "--gradients") {
      arguments.gradients = numbers(argv[++i]);
    } else if (option == "--repeat") {
      arguments.repeat = numbers(argv[++i]).at(0);
    } else if (option == "--transports") {
      arguments.transports = split(argv[++i]);
    } else {
      throw InputError("tensordb_compare: unknown option " + option);
    }
  }
  return arguments;
}

/// Milliseconds of one call.
double timed(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// The ways to do the same work, measured in turn; medians in their order.
struct Contest {
  std::vector<std::string> names;
  std::vector<std::function<void()>> ways;
  void add(std::string name, std::function<void()> way) {
    names.push_back(std::move(name));
    ways.push_back(std::move(way));
  }
  std::vector<double> medians(std::size_t repeat) const {
    std::vector<std::vector<double>> times(ways.size());
    constexpr std::size_t warm_up = 2;
    for (std::size_t r = 0; r < repeat + warm_up; ++r) {
      for (std::size_t w = 0; w < ways.size(); ++w) {
        const double ms = timed(ways[w]);
        if (r >= warm_up) times[w].push_back(ms);
      }
    }
    std::vector<double> result;
    for (std::vector<double>& t : times) {
      std::nth_element(t.begin(), t.begin() + static_cast<std::ptrdiff_t>(t.size() / 2), t.end());
      result.push_back(t[t.size() / 2]);
    }
    return result;
  }
};

store::Address over_tcp(const store::EmbeddedServer& server) {
  const store::Address& admin = server.admin();
  store::Connection connection(
      admin, {.timeout = std::chrono::seconds(10), .connect_timeout = std::chrono::seconds(2), .connect_attempts = 1});
  for (int port = 27'500; port < 27'700; ++port) {
    const std::string text = std::to_string(port);
    const store::Words words{"CONFIG", "SET", "port", text, "bind", "127.0.0.1"};
    if (connection.call(std::span(&words, 1), "open a port", store::Connection::Repeat::safe)[0].text != "OK") continue;
    store::Address address = admin;
    address.socket.clear();
    address.host = "127.0.0.1";
    address.port = port;
    return address;
  }
  throw RunError("tensordb_compare: no free TCP port from 27500 to 27699");
}

/// All that one line of the table is measured on.
class Stage {
 public:
  Stage(const store::Address& native, const store::Address& scripted, std::size_t size, std::size_t gradients)
      : hiredis_(hiredis_client(native)),
        bare_(bare_client(native)),
        native_(native, {.timeout = std::chrono::minutes(5)}),
        scripted_(scripted, {.timeout = std::chrono::minutes(5)}),
        direct_(
            native,
            {.timeout = std::chrono::minutes(5), .connect_timeout = std::chrono::seconds(5), .connect_attempts = 1}),
        gradients_(gradients, std::vector<float>(size)),
        average_(size),
        weights_(size, 1.0F) {
    for (std::size_t k = 0; k < gradients; ++k) {
      for (std::size_t i = 0; i < size; ++i)
        gradients_[k][i] = static_cast<float>((i * 7 + k * 13) % 1000) * 1e-3F - 0.5F;
      keys_.push_back("g" + std::to_string(k));
      native_.set(keys_[k], gradients_[k]);
      scripted_.set(keys_[k], gradients_[k]);
      bare_->set("s" + keys_[k], gradients_[k]);
    }
    native_.set("w", weights_);
    native_.set("m", weights_);
    scripted_.set("w", weights_);
    bare_->set("sw", weights_);
  }

  std::vector<double> both(std::size_t repeat) {
    const store::Operation mean{"mean", {}}, sgd{"sgd", {{"learning_rate", fmt::format("{}", rate)}}};
    Contest contest;
    contest.add("loop", [&] {
      average(gradients_, average_);
      sgd_step(weights_, average_, rate);
    });
    contest.add("hiredis", [&] { fetch_compute_store(*hiredis_); });
    contest.add("bare", [&] { fetch_compute_store(*bare_); });
    contest.add("torchscript", [&] {
      scripted_.aggregate("m", mean, keys_);
      scripted_.update("w", sgd, "m");
    });
    contest.add("native", [&] {
      native_.aggregate("m", mean, keys_);
      native_.update("w", sgd, "m");
    });
    contest.add("fused", [&] { fused(); });
    contest.add("aggregate", [&] { native_.aggregate("m", mean, keys_); });
    contest.add("update", [&] { native_.update("w", sgd, "m"); });
    contest.add("loop average", [&] { average(gradients_, average_); });
    contest.add("loop update", [&] { sgd_step(weights_, average_, rate); });
    contest.add("tensorset+get", [&] {
      native_.set("t", average_);
      native_.get_into("t", average_);
    });
    contest.add("set+get", [&] {
      bare_->set("st", average_);
      bare_->get("st", average_);
    });
    return contest.medians(repeat);
  }

 private:
  void fetch_compute_store(Client& client) {
    for (std::size_t k = 0; k < keys_.size(); ++k) client.get("s" + keys_[k], gradients_[k]);
    average(gradients_, average_);
    client.get("sw", weights_);
    sgd_step(weights_, average_, rate);
    client.set("sw", weights_);
  }
  void fused() {
    const std::string n = std::to_string(keys_.size()), text = fmt::format("{}", rate);
    store::Words words{"TENSOR.AGGUPDATE", "w", "SGD", "PARAMS", "learning_rate", text, "RULE", "mean", "KEYS", n};
    words.insert(words.end(), keys_.begin(), keys_.end());
    const auto replies = direct_.call(std::span(&words, 1), "bench", store::Connection::Repeat::unsafe);
    check(replies[0].text == "OK", "the fused command works");
  }

  std::unique_ptr<Client> hiredis_, bare_;
  store::TensorStore native_, scripted_;
  store::Connection direct_;
  std::vector<std::vector<float>> gradients_;
  std::vector<float> average_, weights_;
  std::vector<std::string> keys_;
};

/// Small calls: what one round trip costs above PING, microseconds.
void latency(const store::Address& address, bool json) {
  store::Connection connection(
      address,
      {.timeout = std::chrono::seconds(10), .connect_timeout = std::chrono::seconds(2), .connect_attempts = 1});
  const std::vector<float> one = {1};
  const std::string_view blob(reinterpret_cast<const char*>(one.data()), sizeof(float));
  const std::string source =
      "def f(tensors: List[Tensor], keys: List[str], args: List[str]):\n    return tensors[0] + 1\n";
  const std::vector<std::pair<std::string, store::Words>> calls{
      {"PING", {"PING"}},
      {"TENSORSET", {"AI.TENSORSET", "l", "FLOAT", "1", "BLOB", blob}},
      {"TENSORGET", {"AI.TENSORGET", "l"}},
      {"AGGREGATE", {"TENSOR.AGGREGATE", "lm", "RULE", "mean", "KEYS", "2", "l", "l"}},
      {"UPDATE", {"TENSOR.UPDATE", "lw", "SGD", "GRAD", "l"}},
      {"SCRIPTEXECUTE", {"AI.SCRIPTEXECUTE", "ls", "f", "INPUTS", "1", "l", "OUTPUTS", "1", "lo"}}};
  const auto call = [&](const store::Words& words) {
    const auto replies = connection.call(std::span(&words, 1), "bench", store::Connection::Repeat::unsafe);
    check(replies[0].kind != store::Reply::Kind::error, replies[0].text);
  };
  call({"AI.TENSORSET", "l", "FLOAT", "1", "BLOB", blob});
  call({"AI.TENSORSET", "lw", "FLOAT", "1", "BLOB", blob});
  call({"AI.SCRIPTSTORE", "ls", "CPU", "ENTRY_POINTS", "1", "f", "SOURCE", source});
  constexpr std::size_t rounds = 3000;
  Contest contest;
  for (const auto& [name, words] : calls) {
    contest.add(name, [&call, &words = words] { call(words); });
  }
  const std::vector<double> medians = contest.medians(rounds);
  if (!json) fmt::print("\nlatency of one small call over the unix socket, median of {} (us):\n", rounds);
  for (std::size_t i = 0; i < medians.size(); ++i) {
    if (json) {
      fmt::print("{{\"call\":\"{}\",\"us\":{:.2f}}}\n", contest.names[i], medians[i] * 1000);
    } else {
      fmt::print("  {:<14} {:7.1f}\n", contest.names[i], medians[i] * 1000);
    }
  }
}

void print_line(const std::string& transport, std::size_t size, std::size_t k, const std::vector<double>& ms,
                bool json) {
  const double best = std::min(ms[4], ms[5]);
  if (json) {
    fmt::print(
        "{{\"transport\":\"{}\",\"parameters\":{},\"gradients\":{},\"loop_ms\":{:.3f},\"hiredis_ms\":{:.3f},\"bare_"
        "ms\":{:.3f},"
        "\"torchscript_ms\":{:.3f},\"native_ms\":{:.3f},\"fused_ms\":{:.3f},\"aggregate_ms\":{:.3f},\"update_ms\":{:."
        "3f},"
        "\"loop_average_ms\":{:.3f},\"loop_update_ms\":{:.3f},\"tensorset_get_ms\":{:.3f},\"set_get_ms\":{:.3f}}}\n",
        transport, size, k, ms[0], ms[1], ms[2], ms[3], ms[4], ms[5], ms[6], ms[7], ms[8], ms[9], ms[10], ms[11]);
  } else {
    fmt::print(
        "{:<5}{:>6.1f} M{:>4}{:>9.1f}{:>10.1f}{:>9.1f}{:>12.1f}{:>9.1f}{:>8.1f}{:>9.1f} %{:>7.1f} "
        "%{:>9.2f}{:>9.2f}{:>9.2f}\n",
        transport, static_cast<double>(size) / 1e6, k, ms[0], ms[1], ms[2], ms[3], ms[4], ms[5],
        100 * (1 - best / ms[1]), 100 * (1 - best / ms[2]), ms[6] / ms[8], ms[7] / ms[9], ms[10] / ms[11]);
  }
  std::fflush(stdout);
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

void run(const Arguments& arguments) {
  const store::EmbeddedServer native, scripted({.module_arguments = {"NATIVE", "no"}});
  if (!arguments.json) {
    fmt::print(
        "average of K gradients and SGD step, median wall ms of {}; reduction of the better native way against each "
        "client\n"
        "                  plain   fetch, compute, store        in the database                 less time than    "
        "ratio to plain loop  TENSORSET+GET\n"
        "       size   K    loop   hiredis     bare  TorchScript   native   fused    hiredis     bare  average   "
        "update  to SET+GET\n",
        arguments.repeat);
  }
  for (const std::string& transport : arguments.transports) {
    const bool tcp = transport == "tcp";
    const store::Address to_native = tcp ? over_tcp(native) : native.admin();
    const store::Address to_scripted = tcp ? over_tcp(scripted) : scripted.admin();
    for (const std::size_t size : arguments.sizes) {
      for (const std::size_t k : arguments.gradients) {
        if (!fits(size, k)) {
          fmt::print(stderr, "{} {:.1f} M x {}: left out, there is not enough free memory\n", transport,
                     static_cast<double>(size) / 1e6, k);
          continue;
        }
        Stage stage(to_native, to_scripted, size, k);
        print_line(transport, size, k, stage.both(arguments.repeat), arguments.json);
        store::TensorStore(to_scripted).erase(store::TensorStore(to_scripted).keys());
        store::TensorStore(to_native).erase(store::TensorStore(to_native).keys());
      }
    }
  }
  latency(native.admin(), arguments.json);
}

}  // namespace
}  // namespace windtunnel::bench

int main(int argc, char** argv) {
  try {
    windtunnel::bench::run(windtunnel::bench::parse(argc, argv));
    return 0;
  } catch (const windtunnel::Error& e) {
    fmt::print(stderr, "{}\n", e.what());
    return e.exit_code();
  } catch (const std::exception& e) {
    fmt::print(stderr, "tensordb_compare: {}\n", e.what());
    return 1;
  }
}
