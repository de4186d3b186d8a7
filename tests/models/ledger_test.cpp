// Checks: charges add up in their rows, tiers are consumed in the order of the rows, the splits sum to the total,
// another sheet bills the same quantities, and one published bill comes out to the cent. Does not check who charges
// what: that is each model's test.
#include "models/ledger.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace windtunnel::models {
namespace {

const PriceSheet& august() {
  static const PriceSheet sheet = PriceSheet::named("aws-us-east-1-2025-08");
  return sheet;
}

PriceSheet tiered() {
  return PriceSheet::parse(
      "provider: p\nregion: r\ndate: 2025-08\nlambda_init_billed: true\nitems:\n"
      "  a: {service: s, unit: request, kind: compute, tiers: [{up_to: 10, usd: 3}, {up_to: 20, usd: 2}, {usd: 1}], source: "
      "x}\n"
      "  b: {service: t, unit: request, kind: storage, usd: 5, source: x}\n",
      "tiered.yaml");
}

TEST(Ledger, ChargesOfOneKindAndContextShareARow) {
  Ledger ledger(august());
  const ItemId put = august().item("s3.put");
  const Context here{.actor = 1, .phase = Phase::store, .round = 3};
  ledger.charge(put, 2, here);
  ledger.charge(put, 3, here);
  ledger.charge(put, 4, here.in(Phase::fetch));
  ledger.charge(put, 5, {.actor = 2, .phase = Phase::store, .round = 3});
  ledger.charge(put, 6, {.actor = 1, .phase = Phase::store, .round = -1});
  ledger.charge(august().item("s3.get"), 7, here);
  ASSERT_EQ(ledger.charges().size(), 5u);
  EXPECT_EQ(ledger.charges()[0].quantity, 5);
  EXPECT_EQ(ledger.charges()[0].context, here);
  EXPECT_EQ(ledger.charges()[4].quantity, 7);
}

TEST(Ledger, ManyRowsKeepApart) {
  Ledger ledger(august());
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (ActorId actor = 0; actor < 100; ++actor) {
      for (std::int32_t round = -1; round < 50; ++round) {
        ledger.charge(actor % 3, 1 + actor + round, {.actor = actor, .phase = Phase::compute, .round = round});
      }
    }
  }
  ASSERT_EQ(ledger.charges().size(), 5100u);
  for (const Charge& charge : ledger.charges()) {
    ASSERT_EQ(charge.item, charge.context.actor % 3);
    ASSERT_EQ(charge.quantity, 2.0 * (1 + static_cast<int>(charge.context.actor) + charge.context.round));
  }
}

TEST(Ledger, TiersAreConsumedInTheOrderOfTheRows) {
  Ledger ledger(tiered());
  ledger.charge(0, 8, {.actor = 0});   // 8 × 3
  ledger.charge(0, 15, {.actor = 1});  // 2 × 3 + 10 × 2 + 3 × 1
  ledger.charge(1, 2, {.actor = 0});   // 2 × 5
  ledger.charge(0, 1, {.actor = 2});   // 1 × 1
  const std::vector<Usd> costs = ledger.priced();
  EXPECT_DOUBLE_EQ(costs[0].value, 24);
  EXPECT_DOUBLE_EQ(costs[1].value, 29);
  EXPECT_DOUBLE_EQ(costs[2].value, 10);
  EXPECT_DOUBLE_EQ(costs[3].value, 1);
  EXPECT_DOUBLE_EQ(ledger.total().value, 64);
  EXPECT_DOUBLE_EQ(ledger.total(CostKind::compute).value, 54);
  EXPECT_DOUBLE_EQ(ledger.total(CostKind::storage).value, 10);
  EXPECT_DOUBLE_EQ(ledger.total(CostKind::machines).value, 0);
  const auto services = ledger.by_service();
  ASSERT_EQ(services.size(), 2u);
  EXPECT_EQ(services[0], std::pair(std::string("s"), Usd{54}));
  EXPECT_EQ(services[1], std::pair(std::string("t"), Usd{10}));
}

TEST(Ledger, AnotherSheetBillsTheSameQuantities) {
  Ledger ledger(tiered());
  ledger.charge(0, 15, {.actor = 1});
  const PriceSheet flat = PriceSheet::parse(
      "provider: p\nregion: r\ndate: 2026-01\nlambda_init_billed: true\nitems:\n"
      "  z: {service: s, unit: request, kind: compute, usd: 100, source: x}\n"
      "  a: {service: s, unit: request, kind: compute, usd: 7, source: x}\n",
      "flat.yaml");
  EXPECT_DOUBLE_EQ(ledger.under(flat).total().value, 105);
  ledger.charge(1, 1, {.actor = 1});
  EXPECT_THROW(ledger.under(flat), InputError) << "the sheet has no b";
}

// INIT shares the tiers of the duration: 8 GB-s of run and 4 of INIT are 10 × 3 + 2 × 2 where INIT is paid for, 8 × 3 where it
// is free, whichever of the two sheets they were counted under.
TEST(Ledger, InitIsBilledAnewByTheOtherSheet) {
  const auto sheet = [](std::string_view billed) {
    return PriceSheet::parse("provider: p\nregion: r\ndate: 2025-08\nlambda_init_billed: " + std::string(billed) +
                                 "\nitems:\n  lambda.duration.x86: {service: lambda, unit: GB-s, kind: compute, "
                                 "tiers: [{up_to: 10, usd: 3}, {usd: 2}], source: x}\n",
                             "init.yaml");
  };
  for (const auto& [counted, other] : {std::pair("true", "false"), std::pair("false", "true")}) {
    Ledger ledger(sheet(counted));
    ledger.charge(ledger.prices().item("lambda.init.x86"), 4, {});
    ledger.charge(ledger.prices().item("lambda.duration.x86"), 8, {});
    const Ledger again = ledger.under(sheet(other));
    EXPECT_DOUBLE_EQ(ledger.total().value, counted == std::string("true") ? 34 : 24);
    EXPECT_DOUBLE_EQ(again.total().value, other == std::string("true") ? 34 : 24);
    EXPECT_DOUBLE_EQ(again.under(sheet(counted)).total().value, ledger.total().value) << "and back";
  }
}

TEST(Ledger, RefusesWhatIsNoQuantity) {
  Ledger ledger(tiered());
  EXPECT_THROW(ledger.charge(0, -1, {}), BrokenInvariant);
  EXPECT_THROW(ledger.charge(0, std::numeric_limits<double>::quiet_NaN(), {}), BrokenInvariant);
  EXPECT_THROW(ledger.charge(2, 1, {}), BrokenInvariant);
}

// VGG11 on MNIST, 4 peers, batch 1024 (facts 2): 15 functions of 4400 MB on arm64 for 41.2 s and a t2.small for as
// long, or a t2.large for 258 s.
TEST(Ledger, ThePublishedBillToTheCent) {
  Ledger with_functions(august());
  with_functions.charge(august().item("lambda.duration.arm64"), 15 * 4400 / 1024.0 * 41.2, {});
  with_functions.charge(august().item("ec2.t2.small"), 41.2 / 3600, {});
  Ledger with_a_machine(august());
  with_a_machine.charge(august().item("ec2.t2.large"), 258 / 3600.0, {});
  EXPECT_NEAR(with_functions.total().value, 0.03567, 0.000005);
  EXPECT_NEAR(with_a_machine.total().value, 0.00665, 0.000005);
  EXPECT_NEAR(with_functions.total().value / with_a_machine.total().value, 5.36, 0.005);
}

}  // namespace
}  // namespace windtunnel::models
