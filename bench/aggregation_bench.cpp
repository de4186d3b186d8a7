// What rules take on all values at once and several threads, beside two things that everybody knows: one pass over the
// rows at the speed of memory, and one Gram product of the rows by Eigen. Prints the milliseconds of each rule and the ratios, all
// of one run; then the targets. For 20 rows of a million values there is a yardstick too: what a well-known library on torch
// took on a machine of this kind.
//
// usage: aggregation_bench [--rows N] [--values D] [--threads T]
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "aggregation/rules.h"
#include "base/error.h"
#include "targets.h"

namespace {

using namespace windtunnel;
using namespace windtunnel::aggregation;

struct Options {
  std::int64_t rows = 20, values = 1'000'000, threads = 2;
  std::int64_t f() const { return std::max<std::int64_t>(rows / 5, 1); }
};

struct SetF final : Fields {
  std::int64_t f = 1;
  void field(Field field) override {
    if (field.name == "f") *std::get<std::int64_t*>(field.target) = f;
  }
};

/// Parts shared out among threads that are made for the call.
Parallel on_threads(std::int64_t threads) {
  return [threads](std::size_t parts, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    const auto help = [&] {
      for (std::size_t i = next++; i < parts; i = next++) work(i);
    };
    std::vector<std::jthread> helpers;
    for (std::int64_t t = 1; t < threads; ++t) helpers.emplace_back(help);
    help();
  };
}

float sweep() {
  static std::vector<float> other(24'000'000, 1.0F);
  for (float& value : other) value += 1;
  return other[other.size() / 2];
}

/// The least of several calls, each with other data in the caches.
double milliseconds(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  double least = HUGE_VAL, total = 0;
  for (int i = 0; i < 40 && (i < 3 || total < 800); ++i) {
    if (sweep() < 0) throw BrokenInvariant("positive numbers were added");
    const auto start = Clock::now();
    work();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    least = std::min(least, ms);
    total += ms;
  }
  return least;
}

struct Stage {
  Options options;
  std::vector<float> pool;
  std::vector<Row> rows;
  Parallel parallel;

  explicit Stage(const Options& o)
      : options(o), pool(static_cast<std::size_t>(o.rows * o.values)), parallel(on_threads(o.threads)) {
    std::uint32_t state = 1;
    for (float& value : pool) value = static_cast<float>(state = state * 1664525U + 1013904223U) * 0x1p-31F - 1;
    const auto d = static_cast<std::size_t>(o.values);
    for (std::size_t i = 0; i < static_cast<std::size_t>(o.rows); ++i) rows.push_back(std::span(pool).subspan(i * d, d));
  }

  /// Reads all of it once, four streams at a time on each thread.
  double pass() const {
    const auto* words = reinterpret_cast<const std::uint64_t*>(pool.data());
    const std::size_t n = pool.size() / 2, parts = 64;
    std::vector<std::uint64_t> sums(parts);
    return milliseconds([&] {
      parallel(parts, [&](std::size_t part) {
        std::uint64_t a = 0, b = 0, c = 0, e = 0;
        for (std::size_t i = n * part / parts; i + 4 <= n * (part + 1) / parts; i += 4) {
          a ^= words[i], b ^= words[i + 1], c ^= words[i + 2], e ^= words[i + 3];
        }
        sums[part] = a ^ b ^ c ^ e;
      });
    });
  }

  /// X Xᵀ in float, a stretch of columns on each thread.
  double gram() const {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Map<const Matrix> x(pool.data(), options.rows, options.values);
    const auto threads = static_cast<std::size_t>(options.threads);
    std::vector<Matrix> products(threads, Matrix::Zero(options.rows, options.rows));
    return milliseconds([&] {
      parallel(threads, [&](std::size_t part) {
        const auto t = static_cast<Eigen::Index>(part);
        const Eigen::Index from = options.values * t / options.threads, to = options.values * (t + 1) / options.threads;
        const auto piece = x.middleCols(from, to - from);
        products[part].noalias() = piece * piece.transpose();
      });
    });
  }

  double rule(std::string_view name) const {
    const auto subject = make(rules(), "rule", name);
    SetF settings;
    settings.f = options.f();
    subject->describe(settings);
    if (subject->minimum_rows() > options.rows || subject->work_per_call(static_cast<double>(options.rows)).flops > 2e10) return NAN;
    std::vector<float> out(static_cast<std::size_t>(options.values));
    const Wants wants = subject->wants();
    const auto at_hand = [&](bool wanted) { return wanted ? rows[0] : Row(); };
    return milliseconds([&] {
      subject->aggregate(rows, {.own = at_hand(wants.own), .reference = at_hand(wants.reference), .parallel = parallel}, out);
    });
  }
};

// Milliseconds of a library on torch, 20 rows of a million values, f = 4, two threads.
const std::map<std::string_view, double> yardstick{{"median", 385},          {"trimmed_mean", 255}, {"geometric_median", 201},
                                                   {"krum", 102},            {"meamed", 728},       {"nnm", 560},
                                                   {"centered_clipping", 609}, {"caf", 218}};

int measure(const Options& options) {
  const Stage stage(options);
  const double pass = stage.pass(), gram = stage.gram();
  fmt::print("{} rows of {} values, f = {}, {} threads\n", options.rows, options.values, options.f(), options.threads);
  fmt::print("one pass over memory {:.1f} ms ({:.1f} GB/s), Gram product by Eigen {:.1f} ms\n\n", pass,
             static_cast<double>(options.rows * options.values) * 4e-6 / pass, gram);
  fmt::print("{:<20}{:>10}{:>14}{:>22}{:>18}\n", "rule", "ms", "/ pass", "/ (Gram + pass)", "torch / this");
  const bool has_yardstick = options.rows == 20 && options.values == 1'000'000;
  std::map<std::string_view, double> ms;
  for (const auto& entry : rules()) {
    const double took = ms[entry.name] = stage.rule(entry.name);
    if (std::isnan(took)) continue;
    const auto torch = has_yardstick ? yardstick.find(entry.name) : yardstick.end();
    fmt::print("{:<20}{:>10.1f}{:>14.2f}{:>22.2f}{:>18}\n", entry.name, took, took / pass, took / (gram + pass),
               torch == yardstick.end() ? "" : fmt::format("{:.1f}", torch->second / took));
    std::fflush(stdout);
  }
  fmt::print("\n");
  bench::Targets targets;
  targets.at_most("mean / pass", {{ms["mean"] / pass, "mean"}}, 1.2);
  std::vector<bench::Figure> sorted, compared, faster, much_faster;
  for (const std::string_view name : {"median", "trimmed_mean", "meamed"}) sorted.push_back({ms[name] / pass, std::string(name)});
  for (const std::string_view name : {"krum", "multi_krum", "nnm"}) {
    compared.push_back({ms[name] / (gram + pass), std::string(name)});
  }
  targets.at_most("rules that sort / pass", sorted, 3);
  targets.at_most("rules that compare rows / (Gram + pass)", compared, 2);
  targets.at_most("geometric median, of ten iterations and more / 3 (Gram + pass)",
                  {{ms["geometric_median"] / (3 * (gram + pass)), "geometric_median"}}, 1);
  targets.at_most("centered clipping, one iteration / (Gram + pass)",
                  {{ms["centered_clipping"] / (gram + pass), "centered_clipping"}}, 1);
  if (has_yardstick) {
    for (const auto& [name, torch] : yardstick) {
      const bool sorts = name == "median" || name == "trimmed_mean" || name == "meamed";
      (sorts ? much_faster : faster).push_back({torch / ms[name], std::string(name)});
    }
    targets.at_least("torch / rules that sort", much_faster, 20);
    targets.at_least("torch / the others", faster, 10);
  }
  return targets.missed();
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    const bool number = !value.empty() && value.size() < 10 && value.find_first_not_of("0123456789") == std::string::npos;
    std::int64_t* const to = word == "--rows"      ? &options.rows
                             : word == "--values"  ? &options.values
                             : word == "--threads" ? &options.threads
                                                   : nullptr;
    if (to == nullptr || !number || std::stoll(value) < 1) {
      throw InputError(fmt::format("\"{} {}\": known are --rows N, --values D and --threads T, whole numbers from 1", word, value));
    }
    *to = std::stoll(value);
    ++i;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(parse(argc, argv));
  } catch (const Error& error) {
    fmt::print(stderr, "aggregation_bench: {}\n", error.what());
    return error.exit_code();
  }
}
