// Compiles and runs the examples of CONTRIBUTING.md as they stand there. Does not check what the page says around them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "contributing/midrange.h"
#include "contributing/silence.h"

namespace windtunnel::aggregation {
namespace {

using testing::ElementsAre;

TEST(Contributing, TheRuleIsOne) {
  const std::array<float, 2> a{1, -4}, b{2, 8}, c{9, 0};
  const std::array<Row, 3> rows{a, b, c};
  std::vector<float> out(2);
  Midrange().aggregate(rows, out);
  EXPECT_THAT(out, ElementsAre(5, 2));
  EXPECT_EQ(Midrange().work(3, 2).flops, 2 * 3 * 2);
}

TEST(Contributing, TheAttackIsOne) {
  const std::array<float, 3> own{1, 2, 3};
  std::vector<float> out(3, 7.0F);
  Silence().forge({.own = own}, out);
  EXPECT_THAT(out, ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace windtunnel::aggregation
