#include "tests/tensordb/random/models.h"

#include <array>

#include "store/private_folder.h"
#include "tests/tensordb/model_archive.h"

namespace windtunnel::tensordb::random {
namespace {

std::vector<KnownModel> made() {
  std::vector<KnownModel> all{{.name = "add", .inputs = {"x", "y"}, .outputs = 1, .archive = {}},
                              {.name = "swap", .inputs = {"x", "y"}, .outputs = 2, .archive = {}},
                              {.name = "parameter", .inputs = {"x"}, .outputs = 1, .archive = {}}};
  const store::PrivateFolder folder(std::filesystem::temp_directory_path());
  for (KnownModel& model : all) model.archive = make_model(model.name, folder.path());
  return all;
}

Value parameter() {
  constexpr std::array w{1.0F, 2.0F, 3.0F, 4.0F};
  return {.kind = Value::Kind::tensor,
          .bytes = std::string(reinterpret_cast<const char*>(w.data()), sizeof w),
          .dtype = "FLOAT",
          .shape = {2, 2}};
}

}  // namespace

const std::vector<KnownModel>& models() {
  static const std::vector<KnownModel> all = made();
  return all;
}

const KnownModel* model_of(const std::string& archive) {
  for (const KnownModel& model : models()) {
    if (model.archive == archive) return &model;
  }
  return nullptr;
}

std::optional<Results> forward(const KnownModel& model, const std::vector<const Value*>& inputs) {
  if (model.name == "add") return call("add", inputs);
  if (model.name == "swap") return call("all", {inputs[1], inputs[0]});
  return Results{.values = {parameter()}};
}

}  // namespace windtunnel::tensordb::random
