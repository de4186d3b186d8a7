#include "app/scenario_files.h"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/paths.h"

namespace windtunnel::app {

scenario::Document ScenarioFiles::load(const std::string& file, std::span<const scenario::Setting> settings) {
  if (file != "-") {
    if (std::filesystem::exists(file)) return scenario::load_document(file, settings);
    const std::filesystem::path shipped = home_dir() / file;  // `file` itself when that is absolute
    return scenario::load_document(std::filesystem::exists(shipped) ? shipped : std::filesystem::path(file), settings);
  }
  if (std::exchange(input_taken_, true)) throw InputError("-: standard input holds one scenario, and is named twice");
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (std::cin.bad()) throw MissingError("standard input cannot be read");
  return scenario::load_document_text("stdin", std::move(text), settings);
}

}  // namespace windtunnel::app
