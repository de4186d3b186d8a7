// Sets described settings by name, as the scenario loader does.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <type_traits>

#include "base/fields.h"
#include "learning/torch_learning.h"

namespace windtunnel::learning {

using Numbers = std::map<std::string, double, std::less<>>;

/// Every name must be that of a number of the chosen member.
inline void set(Choosable& choice, const Numbers& numbers) {
  struct Setter final : Fields {
    explicit Setter(const Numbers& all) : numbers(all) {}
    void field(Field field) override {
      const auto entry = numbers.find(field.name);
      if (entry == numbers.end()) return;
      std::visit(
          [&](auto& target) {
            using T = std::remove_cvref_t<decltype(target)>;
            if constexpr (std::is_same_v<T, std::int64_t*> || std::is_same_v<T, double*>) {
              *target = static_cast<std::remove_pointer_t<T>>(entry->second);
              ++found;
            }
          },
          field.target);
    }
    const Numbers& numbers;
    std::size_t found = 0;
  } setter(numbers);
  choice.describe(setter);
  EXPECT_EQ(setter.found, numbers.size()) << "a setting that does not exist";
}

/// `network` on generated images.
inline TorchLearning on_synthetic(std::string_view network, const Numbers& numbers) {
  TorchLearning learning;
  learning.network.select(network);
  learning.dataset.select("synthetic");
  set(learning.dataset, numbers);
  return learning;
}

}  // namespace windtunnel::learning
