// How structs describe themselves: each type of member arrives as its kind of field, families make members by name, and a
// choice starts over when it selects. Reading YAML into them is the scenario room's.
#include "base/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace windtunnel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Shape {
 public:
  virtual ~Shape() = default;
  virtual void describe(Fields&) {}
  virtual double area() const = 0;
};

class Square final : public Shape {
 public:
  double side = 2;
  void describe(Fields& f) override { f("side", side, "length of a side", {.min = 0}); }
  double area() const override { return side * side; }
};

class Dot final : public Shape {
 public:
  double area() const override { return 0; }
};

constexpr std::array<Option<Shape>, 2> shape_list{option<Shape, Square>("square", "four equal sides"),
                                                  option<Shape, Dot>("dot", "nothing")};
Family<Shape> shapes() { return shape_list; }

enum class Colour : int { red, green };

struct Inner {
  std::int64_t n = 3;
  void describe(Fields& f) { f("n", n, "a number"); }
};

struct Outer {
  bool flag = false;
  Duration wait{};
  std::optional<Bytes> cap;
  Colour colour = Colour::red;
  Inner inner;
  std::vector<Inner> many{2};
  Choice<Shape> shape{shapes(), "square"};

  void describe(Fields& f) {
    static constexpr std::array<std::string_view, 2> colours{"red", "green"};
    f("flag", flag, "yes or no");
    f("wait", wait, "how long", {.max = 5, .source = "facts 1"});
    f("cap", cap, "at most");
    f("colour", colour, colours, "which");
    f("inner", inner, "a section");
    f("many", many, "a list");
    f("shape", shape, "a choice");
  }
};

struct Names final : Fields {
  std::vector<Field> all;
  void field(Field field) override { all.push_back(std::move(field)); }
  Field& operator[](std::string_view name) {
    for (Field& f : all) {
      if (f.name == name) return f;
    }
    throw std::out_of_range(std::string(name));
  }
};

TEST(Fields, EachMemberArrivesAsItsKind) {
  Outer outer;
  Names fields;
  outer.describe(fields);
  ASSERT_EQ(fields.all.size(), 7U);
  EXPECT_EQ(std::get<bool*>(fields["flag"].target), &outer.flag);
  EXPECT_EQ(std::get<Duration*>(fields["wait"].target), &outer.wait);
  EXPECT_EQ(fields["wait"].limits.max, 5);
  EXPECT_EQ(fields["wait"].limits.source, "facts 1");
  EXPECT_EQ(std::get<std::optional<Bytes>*>(fields["cap"].target), &outer.cap);

  const Word word = std::get<Word>(fields["colour"].target);
  *word.index = 1;
  EXPECT_EQ(outer.colour, Colour::green);
  EXPECT_EQ(word.words[1], "green");

  Names inner;
  std::get<std::unique_ptr<Section>>(fields["inner"].target)->describe(inner);
  *std::get<std::int64_t*>(inner["n"].target) = 7;
  EXPECT_EQ(outer.inner.n, 7);

  Repeatable& many = *std::get<std::unique_ptr<Repeatable>>(fields["many"].target);
  EXPECT_EQ(many.size(), 2U);
  many.resize(4);
  EXPECT_EQ(outer.many.size(), 4U);
  Names last;
  many.describe(3, last);
  EXPECT_EQ(std::get<std::int64_t*>(last["n"].target), &outer.many[3].n);
  EXPECT_EQ(std::get<Choosable*>(fields["shape"].target), &outer.shape);
}

TEST(Choice, SelectsByNameWithDefaults) {
  Choice<Shape> choice(shapes(), "square");
  EXPECT_EQ(choice.selected(), "square");
  EXPECT_EQ(choice->area(), 4);
  Names fields;
  choice.describe(fields);
  *std::get<double*>(fields["side"].target) = 5;
  EXPECT_EQ(choice->area(), 25);
  choice.select("dot");
  EXPECT_EQ(choice->area(), 0);
  choice.select("square");
  EXPECT_EQ(choice->area(), 4) << "settings go back to their defaults";
  ASSERT_EQ(choice.names().size(), 2U);
  EXPECT_EQ(choice.names()[1].summary, "nothing");
}

TEST(Choice, UnknownNamesAreBadInput) {
  Choice<Shape> choice(shapes(), "dot");
  try {
    choice.select("squre");
    FAIL();
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("did you mean \"square\"?"));
  }
  EXPECT_EQ(choice.selected(), "dot") << "as it was";
}

TEST(Choice, CopiesShareTheMemberUntilOneSelects) {
  Choice<Shape> first(shapes(), "square");
  Choice<Shape> second = first;
  EXPECT_EQ(&*first, &*second);
  second.select("dot");
  EXPECT_EQ(first.selected(), "square");
  EXPECT_EQ(first->area(), 4);
}

TEST(Family, NamesInOrder) {
  EXPECT_THAT(names_of(shapes()), ElementsAre("square", "dot"));
  EXPECT_EQ(make(shapes(), "shape", "dot")->area(), 0);
  EXPECT_THROW(make(shapes(), "shape", "circle"), InputError);
}

}  // namespace
}  // namespace windtunnel
