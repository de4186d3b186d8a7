// What the rules and optimizers take on one core, beside what they declare to cost (aggregation/work.h). Prints, for each
// shape, the measured and the modelled nanoseconds per value and their ratio; per rule, the factor that would centre the
// model; and the rates of the core that the measurements give. The constants in src/aggregation come from it.
//
// Each time is the least CPU time of several calls, so that neighbours on the machine matter little. Before each call the
// caches are filled with other data: rows arrive over a network, not from the loop's last turn.
//
// usage: rules_bench [--rows N…] [--values N…] [--only NAME…]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/optimizer.h"
#include "aggregation/rules.h"
#include "base/error.h"
#include "median.h"

namespace {

using namespace windtunnel;
using namespace windtunnel::aggregation;

constexpr std::int64_t most_values = 64'000'000;  // of all rows together: 256 MB
constexpr std::int64_t settled = 1'000'000;       // values from which on the model's error counts

double cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Fills the caches with something else; what it returns keeps the loop from being left out.
float sweep() {
  static std::vector<float> other(24'000'000, 1.0F);
  for (float& value : other) value += 1;
  return other[other.size() / 2];
}

double least_seconds(int repetitions, const std::function<void()>& work) {
  double least = HUGE_VAL;
  for (int i = 0; i < repetitions; ++i) {
    if (sweep() < 0) throw BrokenInvariant("rules_bench: positive numbers were added");
    const double start = cpu_time();
    work();
    least = std::min(least, cpu_time() - start);
  }
  return least;
}

struct Measurement {
  std::string name;
  std::int64_t n, d;
  double measured_s;
  Work work;
};

class Table {
 public:
  void add(const Measurement& row) {
    const double model = seconds(row.work), values = static_cast<double>(row.d);
    fmt::print("{:<26} {:>4} {:>10} {:>10.3f} {:>10.3f} {:>7.2f}  {}\n", row.name, row.n, row.d,
               1e9 * row.measured_s / values, 1e9 * model / values, model / row.measured_s,
               row.work.flops / CoreRates().flops_per_s > row.work.bytes / CoreRates().bytes_per_s ? "core" : "memory");
    std::fflush(stdout);
    if (row.d >= settled) ratios_[row.name.substr(0, row.name.find(' '))].push_back(model / row.measured_s);
    if (row.name.starts_with("krum ") && row.n >= 16) rates_.push_back(row.work.flops / row.measured_s);
    if (row.name.starts_with("mean ") && row.d >= settled) bandwidths_.push_back(row.work.bytes / row.measured_s);
  }

  void summary() const {
    fmt::print("\nmodel / measured for {} values and more\n", settled);
    for (const auto& [name, ratios] : ratios_) {
      const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
      fmt::print("{:<26} {:>5.2f} to {:.2f}, median {:.2f}\n", name, *low, *high, bench::median(ratios));
    }
    fmt::print("\nrates of this core: {:.1f}e9 flops/s (Krum, 16 rows and more, as its flops are counted), {:.1f}e9 bytes/s (mean); in the code "
               "{:.1f}e9 and {:.1f}e9\n",
               bench::median(rates_) / 1e9, bench::median(bandwidths_) / 1e9, CoreRates().flops_per_s / 1e9,
               CoreRates().bytes_per_s / 1e9);
  }

 private:
  std::map<std::string, std::vector<double>> ratios_;
  std::vector<double> rates_, bandwidths_;
};

struct Options {
  std::vector<std::int64_t> rows{4, 5, 8, 12, 16, 20, 32, 64};
  std::vector<std::int64_t> values{100'000, 1'000'000, 8'000'000};
  std::vector<std::string> only;  ///< names of rules; all when empty

  bool wanted(std::string_view subject) const {
    const std::string name(subject.substr(0, subject.find(' ')));
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  }
};

/// Sets f, and what follows a pre-aggregation.
struct Settings final : Fields {
  std::int64_t f = 0;
  void field(Field field) override {
    if (field.name == "f") *std::get<std::int64_t*>(field.target) = f;
    if (field.name == "rule") std::get<Choosable*>(field.target)->select("median");
  }
};

// All rules, those with an f with a small one and with a large one; pre-aggregations before the median.
std::vector<std::pair<std::string, std::shared_ptr<Rule>>> subjects(std::int64_t n) {
  std::vector<std::pair<std::string, std::shared_ptr<Rule>>> all;
  for (const auto& entry : rules()) {
    double last = -1;
    for (const std::int64_t f : {std::int64_t{1}, (n - 3) / 4, (n - 1) / 2}) {
      const auto rule = entry.make();
      Settings settings;
      settings.f = f;
      rule->describe(settings);
      const double flops = rule->work(n, 1'000'000).flops;
      // A few sets of many are enough to time.
      if (f < 1 || flops == last || rule->minimum_rows() > n || rule->work_per_call(static_cast<double>(n)).flops > 3e9) continue;
      last = flops;
      all.emplace_back(fmt::format("{} f={}", entry.name, f), rule);
    }
  }
  return all;
}

void measure(const Options& options) {
  // Numbers from a multiplicative congruence: no two rows are in the same order, which branches would learn.
  std::vector<float> pool(static_cast<std::size_t>(most_values));
  std::uint32_t state = 1;
  for (float& value : pool) value = static_cast<float>(state = state * 1664525U + 1013904223U) * 0x1p-31F - 1;

  fmt::print("{:<26} {:>4} {:>10} {:>10} {:>10} {:>7}  bound by\n", "", "rows", "values", "ns/value", "model", "ratio");
  Table table;
  for (std::int64_t d : options.values) {
    std::vector<float> out(static_cast<std::size_t>(d));
    for (std::int64_t n : options.rows) {
      if (n * d > most_values) continue;
      std::vector<Row> rows;
      for (std::int64_t i = 0; i < n; ++i) {
        rows.push_back(std::span(pool).subspan(static_cast<std::size_t>(i * d), out.size()));
      }
      for (const auto& [name, rule] : subjects(n)) {
        if (!options.wanted(name)) continue;
        const Work work = rule->work(n, d);
        const int repetitions = std::clamp(static_cast<int>(0.2 / seconds(work)), 2, 10);
        table.add({name, n, d, least_seconds(repetitions, [&] { rule->aggregate(rows, {.own = rows[0], .previous = rows[0], .reference = rows[0]}, out); }), work});
      }
    }
    const std::vector<float> gradient(out.size(), 0.01F);
    auto momentum = std::make_shared<Sgd>();
    momentum->momentum = 0.9;
    const std::vector<std::pair<std::string, std::shared_ptr<Optimizer>>> steps{
        {"sgd ", std::make_shared<Sgd>()}, {"momentum ", momentum}, {"adam ", std::make_shared<Adam>()}};
    for (const auto& [name, optimizer] : steps) {
      if (!options.only.empty()) break;
      OptimizerState memory;
      optimizer->step(out, gradient, memory);  // makes the state
      table.add({name, 1, d, least_seconds(10, [&] { optimizer->step(out, gradient, memory); }), optimizer->work(d)});
    }
  }
  table.summary();
}

Options parse(int argc, char** argv) {
  Options options;
  std::vector<std::int64_t>* list = nullptr;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--only") {
      options.only.assign(argv + i + 1, argv + argc);
      for (const std::string& name : options.only) make(rules(), "rule", name);
      return options;
    }
    if (word == "--rows" || word == "--values") {
      list = word == "--rows" ? &options.rows : &options.values;
      list->clear();
      continue;
    }
    const bool number = !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
    if (list == nullptr || !number || std::stoll(word) < 1) {
      throw InputError(fmt::format("\"{}\": known are --rows N… and --values N…, whole numbers from 1, and last --only NAME…", word));
    }
    list->push_back(std::stoll(word));
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(parse(argc, argv));
  } catch (const Error& error) {
    fmt::print(stderr, "rules_bench: {}\n", error.what());
    return error.exit_code();
  }
}
