// Checks which URLs are understood, which are refused, and that passwords never show. Connects to nothing.
#include "store/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/config.h"
#include "store/operation.h"
#include "tests/store/throws.h"

namespace windtunnel::store {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Address, UnderstandsTcpUrls) {
  const Address full = Address::parse("redis://anna:s%40cret%3A@db.example:7000/3");
  EXPECT_EQ(full.user, "anna");
  EXPECT_EQ(full.password, "s@cret:");
  EXPECT_EQ(full.host, "db.example");
  EXPECT_EQ(full.port, 7000);
  EXPECT_EQ(full.database, 3);
  const Address plain = Address::parse("redis://localhost");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_EQ(plain.database, 0);
  EXPECT_TRUE(plain.user.empty());
  const Address password_only = Address::parse("redis://:secret@h/");
  EXPECT_TRUE(password_only.user.empty());
  EXPECT_EQ(password_only.password, "secret");
  EXPECT_EQ(Address::parse("redis://[::1]:7001").host, "::1");
}

TEST(Address, UnderstandsUnixUrls) {
  const Address address = Address::parse("unix://anna:pw@/run/redis.sock?db=2");
  EXPECT_EQ(address.socket, "/run/redis.sock");
  EXPECT_EQ(address.user, "anna");
  EXPECT_EQ(address.database, 2);
  EXPECT_EQ(Address::parse("unix:///run/redis.sock").socket, "/run/redis.sock");
}

TEST(Address, RefusesWhatItDoesNotUnderstand) {
  for (const char* url : {"", "localhost:6379", "http://h", "redis://", "redis://h:x", "redis://h:70000", "redis://h/x",
                          "redis://h/-1", "redis://u:%zz@h", "redis://[::1", "redis://[::1]x", "unix://relative",
                          "unix://", "unix:///s?x=1", "unix:///s?db=x"}) {
    EXPECT_THAT(message_of<InputError>([&] { Address::parse(url); }), HasSubstr("allowed:")) << url;
  }
}

TEST(Address, PasswordsNeverShow) {
  EXPECT_EQ(Address::parse("redis://anna:secret@h:1/2").display(), "redis://anna@h:1/2");
  EXPECT_EQ(Address::parse("unix://anna:secret@/s").display(), "unix://anna@/s");
  EXPECT_EQ(without_password("redis://anna:secret@h"), "redis://anna:***@h");
  EXPECT_EQ(without_password("redis://:secret@h"), "redis://:***@h");
  EXPECT_EQ(without_password("redis://anna@h:1"), "redis://anna@h:1");
  for (const char* url :
       {"redis://anna:sec/secret@h:x", "redis://a:%zzsecret@h", "redis://a:secret@", "bad://a:secret@h"}) {
    EXPECT_THAT(message_of<InputError>([&] { Address::parse(url); }), Not(HasSubstr("secret"))) << url;
  }
}

TEST(RedisSettings, RefusesCombinationsWithoutMeaning) {
  RedisSettings settings;
  settings.validate();
  settings.servers = Servers::per_peer;
  settings.validate();
  settings.url = "redis://h";
  EXPECT_THROW(settings.validate(), InputError);
  settings.servers = Servers::shared;
  settings.validate();
  settings.url = "nonsense";
  EXPECT_THROW(settings.validate(), InputError);
}

TEST(Address, APasswordMayComeFromTheEnvironment) {
  setenv("WINDTUNNEL_STORE_PASSWORD", "from outside", 1);
  EXPECT_EQ(Address::from_url("redis://anna@host").password, "from outside");
  EXPECT_EQ(Address::from_url("redis://anna:own@host").password, "own");
  EXPECT_EQ(Address::parse("redis://anna@host").password, "");
  unsetenv("WINDTUNNEL_STORE_PASSWORD");
  EXPECT_EQ(Address::from_url("redis://anna@host").password, "");
}

TEST(Address, PasswordsAreBlottedOutWhereTheyStand) {
  const auto blotted = [](std::string text) {
    redact_password(text);
    return text;
  };
  EXPECT_EQ(blotted("redis://anna:pw1@host:7000/2"), "redis://anna:***@host:7000/2");
  EXPECT_EQ(blotted("store.redis.url=unix://:p@w/@/x.sock"), "store.redis.url=unix://:****@/x.sock");
  for (const char* without : {"", "run", "redis://host:7000", "redis://anna@host:7000/2", "a:b@c", "unix:///a:b"}) {
    EXPECT_EQ(blotted(without), without);
  }
}

TEST(StoreConfig, ModelledUnlessRedisIsChosen) {
  StoreConfig config = default_store();
  EXPECT_EQ(config.selected(), "modelled");
  EXPECT_EQ(config->redis(), nullptr);
  config.select("redis");
  ASSERT_NE(config->redis(), nullptr);
  EXPECT_FALSE(config->redis()->url.has_value());
}

struct Shape {
  virtual ~Shape() = default;
  virtual void describe(Fields&) = 0;
};
struct Round final : Shape {
  double radius = 0.1;
  std::int64_t count = -3;
  bool filled = true;
  void describe(Fields& f) override {
    f("radius", radius, "");
    f("count", count, "");
    f("filled", filled, "");
  }
};

TEST(Operation, CarriesEverySettingExactly) {
  static constexpr Option<Shape> shapes[] = {option<Shape, Round>("round", "")};
  const Operation operation = Operation::of(Choice<Shape>(shapes, "round"));
  EXPECT_EQ(operation.name, "round");
  EXPECT_EQ(std::stod(std::string(operation.param("radius"))), 0.1);
  EXPECT_EQ(operation.param("count"), "-3");
  EXPECT_EQ(operation.param("filled"), "true");
  EXPECT_EQ(operation.param("none", "fallback"), "fallback");
}

}  // namespace
}  // namespace windtunnel::store
