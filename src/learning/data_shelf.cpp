#include "learning/data_shelf.h"

#include <fmt/format.h>

#include <type_traits>

#include "base/error.h"

namespace windtunnel::learning {
namespace {

// Every setting and its value; two data sets with equal words are the same data.
class Words final : public Fields {
 public:
  void field(Field field) override {
    words += fmt::format("|{}=", field.name);
    std::visit([this](const auto& target) { add(target); }, field.target);
  }

  std::string words;

 private:
  template <class T>
  void add(const T& target) {
    if constexpr (std::is_same_v<T, bool*> || std::is_same_v<T, std::int64_t*> || std::is_same_v<T, double*> ||
                  std::is_same_v<T, std::string*>) {
      words += fmt::format("{}", *target);
    } else if constexpr (std::is_same_v<T, Word>) {
      words += fmt::format("{}", static_cast<int>(*target.index));
    } else {
      throw BrokenInvariant("data_shelf.cpp: a data set has a setting of a kind that is not known here");
    }
  }
};

std::string words_of(Choice<Dataset> dataset) {
  Words words;
  words.words = dataset.selected();
  dataset.describe(words);
  return words.words;
}

}  // namespace

std::shared_ptr<const Data> DataShelf::of(const Choice<Dataset>& dataset) {
  const std::string words = words_of(dataset);
  std::shared_ptr<Place> place;
  {
    const std::lock_guard lock(mutex_);
    auto& found = places_[words];
    if (!found) found = std::make_shared<Place>();
    place = found;
  }
  // Others may ask for other data sets meanwhile; those who want this one wait.
  const std::lock_guard loading(place->loading);
  std::shared_ptr<const Data> data = place->data.lock();
  if (!data) place->data = data = std::make_shared<const Data>(dataset->load());
  const std::lock_guard lock(mutex_);
  last_ = data;
  return data;
}

}  // namespace windtunnel::learning
