// Checks: the shipped sheets hold the figures of facts 5, tiers are priced by hand-worked numbers, and each kind of
// fault in a sheet is reported with its line and column, all at once. Does not check that the provider still asks these
// prices.
#include "models/prices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"

namespace windtunnel::models {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char* const head = "provider: p\nregion: r\ndate: 2025-08\nlambda_init_billed: true\n";

std::string faults_of(const std::string& text) {
  try {
    PriceSheet::parse(text, "sheet.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no fault";
}

std::string item(const std::string& body) { return std::string(head) + "items:\n  a.b: " + body + "\n"; }

double price_of(const PriceSheet& sheet, std::string_view name) {
  return sheet.cost(sheet.item(name), {.quantity = 1}).value;
}

TEST(Prices, ShippedSheetsHoldTheFigures) {
  for (const char* name : {"aws-us-east-1-2025-07", "aws-us-east-1-2025-08"}) {
    const PriceSheet sheet = PriceSheet::named(name);
    EXPECT_EQ(sheet.name, name);
    EXPECT_EQ(sheet.provider, "aws");
    EXPECT_EQ(sheet.region, "us-east-1");
    EXPECT_EQ("aws-us-east-1-" + sheet.date, name);
    EXPECT_DOUBLE_EQ(price_of(sheet, "lambda.duration.x86"), 0.0000166667);
    EXPECT_DOUBLE_EQ(price_of(sheet, "lambda.duration.arm64"), 0.0000133334);
    EXPECT_DOUBLE_EQ(price_of(sheet, "lambda.requests"), 0.0000002);
    EXPECT_DOUBLE_EQ(price_of(sheet, "lambda.tmp"), 0.0000000309);
    EXPECT_DOUBLE_EQ(price_of(sheet, "stepfunctions.transitions"), 0.000025);
    EXPECT_DOUBLE_EQ(price_of(sheet, "sqs.requests"), 0.0000004);
    EXPECT_DOUBLE_EQ(price_of(sheet, "sqs.fifo_requests"), 0.0000005);
    EXPECT_DOUBLE_EQ(price_of(sheet, "s3.put"), 0.000005);
    EXPECT_DOUBLE_EQ(price_of(sheet, "s3.get"), 0.0000004);
    EXPECT_DOUBLE_EQ(price_of(sheet, "s3.storage"), 0.023);
    EXPECT_DOUBLE_EQ(price_of(sheet, "elasticache.t3.medium"), 0.068);
    EXPECT_DOUBLE_EQ(price_of(sheet, "ec2.t2.large"), 0.0928);
    EXPECT_DOUBLE_EQ(price_of(sheet, "ec2.p3.2xlarge"), 3.06);
    for (const PriceItem& entry : sheet.items()) EXPECT_FALSE(entry.source.empty()) << entry.name;
  }
  EXPECT_TRUE(PriceSheet::named("aws-us-east-1-2025-08").lambda_init_billed);
  EXPECT_FALSE(PriceSheet::named("aws-us-east-1-2025-07").lambda_init_billed);
}

TEST(Prices, TiersAreUsedUpInOrder) {
  const PriceSheet sheet = PriceSheet::named("aws-us-east-1-2025-08");
  const ItemId x86 = sheet.item("lambda.duration.x86");
  // 7 B GB-s: 6 B × 0.0000166667 + 1 B × 0.000015 = 100,000.20 + 15,000.
  EXPECT_NEAR(sheet.cost(x86, {.quantity = 7e9}).value, 115000.2, 1e-6);
  // 2 B more after 14 B: 1 B × 0.000015 + 1 B × 0.0000133334.
  EXPECT_NEAR(sheet.cost(x86, {.before = 14e9, .quantity = 2e9}).value, 28333.4, 1e-6);
  // arm64 after both limits (7.5 B and 11.25 B more).
  EXPECT_NEAR(sheet.cost(sheet.item("lambda.duration.arm64"), {.before = 18.75e9, .quantity = 1e9}).value, 10666.7,
              1e-6);
  EXPECT_EQ(sheet.cost(x86, {.before = 6e9, .quantity = 0}).value, 0);
  EXPECT_THROW(sheet.cost(x86, {.quantity = -1}), BrokenInvariant);
}

TEST(Prices, UnknownNamesSuggestNearOnes) {
  const PriceSheet sheet = PriceSheet::named("aws-us-east-1-2025-08");
  try {
    sheet.item("lambda.requets");
    FAIL() << "an unknown item was found";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("aws-us-east-1-2025-08"), HasSubstr("did you mean \"lambda.requests\"?")));
  }
  EXPECT_THROW(PriceSheet::named("aws-us-east-1-2025-8"), InputError);
  EXPECT_THROW(PriceSheet::named("../prices/aws-us-east-1-2025-08"), InputError);
  EXPECT_THROW(PriceSheet::load("/nowhere/sheet.yaml"), MissingError);
  EXPECT_THROW(PriceSheet::load(testing::TempDir()), MissingError);
}

TEST(Prices, ASheetIsReadWithItsPer) {
  const PriceSheet sheet = PriceSheet::parse(item("{service: s, unit: request, kind: storage, usd: 3, per: 1000, source: x}"),
                                             "folder/my-sheet.yaml");
  EXPECT_EQ(sheet.name, "my-sheet");
  EXPECT_EQ(sheet.items().at(0).kind, CostKind::storage);
  EXPECT_DOUBLE_EQ(price_of(sheet, "a.b"), 0.003);
}

TEST(Prices, RentIsForWholeStepsAndAMinimum) {
  const PriceSheet sheet = PriceSheet::named("aws-us-east-1-2025-08");
  using std::chrono::hours, std::chrono::seconds, std::chrono::milliseconds;
  const ItemId node = sheet.item("elasticache.m5.large"), machine = sheet.item("ec2.c5.large");
  EXPECT_EQ(sheet.billed(node, seconds(0)), hours(0));
  EXPECT_EQ(sheet.billed(node, seconds(1)), hours(1)) << "each started hour in full";
  EXPECT_EQ(sheet.billed(node, hours(1)), hours(1));
  EXPECT_EQ(sheet.billed(node, hours(1) + Duration(1)), hours(2));
  EXPECT_EQ(sheet.billed(machine, seconds(0)), seconds(60));
  EXPECT_EQ(sheet.billed(machine, milliseconds(60'001)), seconds(61));
  const PriceSheet exact = PriceSheet::parse(item("{service: s, unit: hour, kind: machines, usd: 3, source: x}"), "x.yaml");
  EXPECT_EQ(exact.billed(0, milliseconds(7)), milliseconds(7)) << "without a step to the nanosecond";
  EXPECT_THROW(exact.billed(0, seconds(-1)), BrokenInvariant);
}

TEST(Prices, InitOfZipPackagesIsAnItemBesideWhatItAddsTo) {
  const PriceSheet july = PriceSheet::named("aws-us-east-1-2025-07"), august = PriceSheet::named("aws-us-east-1-2025-08");
  for (const auto& [init, as] : {std::pair("lambda.init.x86", "lambda.duration.x86"),
                                 std::pair("lambda.init.arm64", "lambda.duration.arm64"),
                                 std::pair("lambda.init.tmp", "lambda.tmp")}) {
    EXPECT_DOUBLE_EQ(price_of(july, init), 0);
    EXPECT_DOUBLE_EQ(price_of(august, init), price_of(august, as));
    EXPECT_EQ(august.tiers_of(august.item(init)), august.item(as));
    EXPECT_EQ(july.tiers_of(july.item(init)), july.item(init));
  }
}

TEST(Prices, AUnitIsOneThatTheItemIsCountedIn) {
  const auto faults = [](std::string_view name, std::string_view unit) {
    return faults_of(std::string(head) + "items:\n  " + std::string(name) + ": {service: s, unit: " + std::string(unit) +
                     ", kind: compute, usd: 1, source: x}\n");
  };
  EXPECT_EQ(faults("ec2.t3.small", "hour"), "no fault");
  EXPECT_EQ(faults("ec2.cpu_credits", "vCPU-hour"), "no fault");
  EXPECT_EQ(faults("my.own", "GB-month"), "no fault");
  EXPECT_THAT(faults("ec2.t3.small", "second"),
              HasSubstr("sheet.yaml:6:36: items.ec2.t3.small.unit: unknown unit \"second\" of ec2.t3.small; allowed: hour"));
  EXPECT_THAT(faults("lambda.duration.x86", "GB-month"), HasSubstr("allowed: GB-s"));
  EXPECT_THAT(faults("s3.put", "hour"), HasSubstr("allowed: request"));
  EXPECT_THAT(faults("my.own", "parsec"), AllOf(HasSubstr("unknown unit \"parsec\" of my.own"), HasSubstr("GB-s, request")));
}

TEST(Prices, FaultsOfStepsAndInit) {
  const std::string rent = "service: s, unit: hour, source: x, kind: machines, usd: 1";
  EXPECT_EQ(faults_of(item("{" + rent + ", step: 1 h, minimum: 60 s}")), "no fault");
  EXPECT_THAT(faults_of(item("{" + rent + ", step: 1}")), HasSubstr("items.a.b.step: "));
  EXPECT_THAT(faults_of(item("{" + rent + ", minimum: 0 s}")), HasSubstr("items.a.b.minimum: allowed: above 0"));
  EXPECT_THAT(faults_of(item("{service: s, unit: request, source: x, kind: machines, usd: 1, step: 1 h}")),
              HasSubstr("allowed: unit hour"));
  EXPECT_THAT(faults_of(std::string(head) + "items:\n  lambda.init.x86: {service: s, unit: GB-s, kind: compute, usd: 1, "
                                            "source: x}\n"),
              HasSubstr("lambda_init_billed says"));
}

TEST(Prices, FaultsNameTheirPlace) {
  const std::string fine = "service: s, unit: request, source: x, kind: compute";
  EXPECT_EQ(faults_of(item("{" + fine + ", usd: 1}")), "no fault");
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: -1}")),
              HasSubstr("sheet.yaml:6:67: items.a.b.usd: a number of at least 0"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1 EUR}")), HasSubstr("a number of at least 0"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: .inf}")), HasSubstr("a number of at least 0"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1, per: 0}")), HasSubstr("items.a.b.per: a number above 0"));
  EXPECT_THAT(faults_of(item("{" + fine + "}")), HasSubstr("sheet.yaml:6:8: items.a.b: exactly one of usd and tiers"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1, tiers: [{usd: 1}]}")), HasSubstr("exactly one of usd and tiers"));
  EXPECT_THAT(faults_of(item("{" + fine + ", tiers: []}")), HasSubstr("a list of tiers"));
  EXPECT_THAT(faults_of(item("{" + fine + ", tiers: [{up_to: 5, usd: 1}]}")), HasSubstr("the last has none"));
  EXPECT_THAT(faults_of(item("{" + fine + ", tiers: [{usd: 1}, {usd: 1}]}")),
              HasSubstr("tiers[0]: every tier but the last"));
  EXPECT_THAT(faults_of(item("{" + fine + ", tiers: [{up_to: 5, usd: 1}, {up_to: 5, usd: 1}, {usd: 1}]}")),
              HasSubstr("tiers[1]: up_to must rise"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1, prize: 2}")), HasSubstr("unknown key \"prize\""));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1, usd: 2}")), HasSubstr("items.a.b.usd: is here twice"));
  EXPECT_THAT(faults_of(item("{service: s, unit: request, source: x, kind: computer, usd: 1}")),
              HasSubstr("did you mean \"compute\"?"));
  EXPECT_THAT(faults_of(item("3")), HasSubstr("a map is needed"));
  EXPECT_THAT(faults_of(item("{usd: 1}")), AllOf(HasSubstr("\"service\" is missing"), HasSubstr("\"unit\" is missing"),
                                                 HasSubstr("\"source\" is missing")));
  EXPECT_THAT(faults_of(std::string(head) + "items: {}\n"), HasSubstr("sheet.yaml:5:8: items: a map of items"));
  EXPECT_THAT(faults_of(item("{" + fine + ", usd: 1}") + "  a.b: {" + fine + ", usd: 1}\n"),
              HasSubstr("items.a.b: is here twice"));
  EXPECT_THAT(faults_of("[1, 2]"), HasSubstr("sheet.yaml:1:1"));
  EXPECT_THAT(faults_of(""), HasSubstr("a map is needed"));
  EXPECT_THAT(faults_of("provider: [\n"), HasSubstr("sheet.yaml:2:1"));
  EXPECT_THAT(faults_of("provider: a\nprovider: b\n"), HasSubstr("sheet.yaml:2:1: provider: is here twice"));
}

TEST(Prices, AllFaultsAtOnce) {
  const std::string faults =
      faults_of("provider: p\nregion: r\ndate: August\nlambda_init_billed: perhaps\nitems: {a: {usd: x}}\n");
  EXPECT_THAT(faults, AllOf(HasSubstr("sheet.yaml:3:7: date: a month"),
                            HasSubstr("sheet.yaml:4:21: lambda_init_billed: true or"),
                            HasSubstr("sheet.yaml:5:18: items.a.usd"), HasSubstr("items.a: \"source\" is missing")));
  for (const char* date : {"2025-13", "2025-00", "2025-8", "2025/08", "2025-08-01"}) {
    EXPECT_THAT(faults_of(std::string("date: ") + date), HasSubstr("date: a month")) << date;
  }
  EXPECT_THAT(faults_of("date: 2025-12"), Not(HasSubstr("date: a month")));
}

}  // namespace
}  // namespace windtunnel::models
