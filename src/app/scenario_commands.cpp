#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/family_list.h"
#include "app/scenario_files.h"
#include "architectures/architecture.h"
#include "base/error.h"
#include "base/screen_text.h"
#include "learning/datasets.h"
#include "learning/networks.h"
#include "models/machines.h"
#include "models/prices.h"
#include "scenario/document.h"
#include "scenario/schema.h"

namespace windtunnel::app {
namespace {

template <class T>
std::vector<Listed> listed(Family<T> family) {
  std::vector<Listed> all;
  for (const Option<T>& entry : family) all.push_back({std::string(entry.name), std::string(entry.summary)});
  return all;
}

std::vector<Listed> listed_prices() {
  std::vector<Listed> all;
  for (const std::string& name : models::PriceSheet::names()) {
    try {
      const models::PriceSheet sheet = models::PriceSheet::named(name);
      all.push_back({name, fmt::format("{} {}, prices of {}, INIT of zip packages {}", sheet.provider, sheet.region, sheet.date,
                                       sheet.lambda_init_billed ? "billed" : "free")});
    } catch (const Error& error) {  // the others are as good as before
      const std::string why = error.what();
      all.push_back({name, "cannot be used: " + why.substr(0, why.find('\n'))});
    }
  }
  return all;
}

std::vector<Listed> listed_machines() {
  std::vector<Listed> all;
  for (const models::MachineType& type : models::machine_types()) {
    const std::string for_good =
        type.credits ? fmt::format(" ({:.4g} for good)", type.credits->baseline()) : std::string();
    all.push_back({std::string(type.name), fmt::format("{} vCPUs{}, {}, {} ({} for good){}", type.vcpus, for_good,
                                                       format(type.memory), format(type.network), format(type.network_baseline),
                                                       type.gpu.empty() ? "" : ", " + std::string(type.gpu))});
  }
  return all;
}

struct Kind {
  std::string_view name;
  std::vector<Listed> (*list)();
};
constexpr Kind kinds[] = {
    {"architectures", [] { return listed(architectures::architectures()); }},
    {"rules", listed_rules},
    {"attacks", listed_attacks},
    {"optimizers", [] { return listed(aggregation::optimizers()); }},
    {"networks", [] { return listed(learning::networks()); }},
    {"datasets", [] { return listed(learning::datasets()); }},
    {"machines", listed_machines},
    {"prices", listed_prices},
};

std::string render(const std::vector<Listed>& all, bool json) {
  std::string text;
  if (json) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const Listed& entry : all) {
      nlohmann::ordered_json one{{"name", entry.name}, {"summary", entry.summary}};
      one.update(entry.more);
      array.push_back(std::move(one));
    }
    return array.dump(2) + "\n";
  }
  std::size_t width = 0;
  for (const Listed& entry : all) width = std::max(width, entry.name.size());
  const std::size_t columns = output_columns() > 0 ? std::max<std::size_t>(output_columns(), 40) : 100;
  for (const Listed& entry : all) {
    text += fmt::format("{}  {}\n", padded(printable(entry.name), width), printable(entry.summary));
    for (const std::string& detail : entry.details) {
      for (const std::string& line : wrapped(detail, columns - 4)) text += "    " + line + "\n";
    }
  }
  return text;
}

// A setting in some lines: path and default, then what it may be, its meaning and the source of the default.
std::string render(const std::vector<scenario::SettingInfo>& all, bool json) {
  if (json) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const auto& s : all) {
      array.push_back({{"path", s.path}, {"allowed", s.allowed}, {"default", s.preset}, {"meaning", s.meaning}, {"source", s.source}});
    }
    return array.dump(2) + "\n";
  }
  const std::size_t columns = output_columns() > 0 ? std::max<std::size_t>(output_columns(), 40) : 100;
  std::string text;
  const auto paragraph = [&](const std::string& line) {
    for (const std::string& part : wrapped(line, columns - 4)) text += "    " + part + "\n";
  };
  for (const auto& s : all) {
    text += s.path + (s.preset.empty() ? "" : ": " + s.preset) + "\n";
    paragraph(s.meaning + (s.source.empty() ? "" : fmt::format(" [default: {}]", s.source)));
    paragraph("(" + s.allowed + ")");
  }
  return text;
}

}  // namespace

void add_check(CLI::App& cli, Action& action) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = cli.add_subcommand("check", "Read scenarios and report every fault, without running them");
  command->add_option("files", *files, "Scenario files (YAML); - is standard input")->required()->type_name("FILE");
  command->callback([files, &action] {
    action = [files] {
      std::string faults;
      ScenarioFiles scenarios;
      for (const std::string& file : *files) {
        try {
          const scenario::Document document = scenarios.load(file);
          print(fmt::format("{}: fine, {} run{}\n", printable(file), document.points.size(), document.points.size() == 1 ? "" : "s"));
        } catch (const InputError& error) {
          faults += (faults.empty() ? "" : "\n") + std::string(error.what());
        }
      }
      if (!faults.empty()) throw InputError(faults);
      return 0;
    };
  });
}

void add_list(CLI::App& cli, Action& action) {
  struct Options {
    std::string kind, prefix, format = "table";
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = cli.add_subcommand("list", "List what a scenario can name: architectures, rules, attacks, …");
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  names.emplace_back("settings");
  command->add_option("kind", options->kind, "What to list")->required()->check(CLI::IsMember(names));
  command->add_option("prefix", options->prefix, "Of settings: those at or below this path, e.g. cloud.function")->type_name("PREFIX");
  command->add_option("--format", options->format, "Format of the list")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([options, &action] {
    action = [options] {
      if (options->kind == "settings") {
        print(render(scenario::all_settings(options->prefix), options->format == "json"));
        return 0;
      }
      if (!options->prefix.empty()) throw InputError(fmt::format("\"{}\": a path belongs to `list settings` only", options->prefix));
      for (const Kind& kind : kinds) {
        if (kind.name == options->kind) print(render(kind.list(), options->format == "json"));
      }
      return 0;
    };
  });
}

void add_schema(CLI::App& cli, Action& action) {
  cli.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors")->callback([&action] {
    action = [] {
      print(scenario::json_schema());
      return 0;
    };
  });
}

}  // namespace windtunnel::app
