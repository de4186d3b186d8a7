// The Chrome trace: valid JSON, every span once, at its place, and no two overlapping spans on one thread. Whether it
// looks good in Perfetto is not checked here.
#include "experiment/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "synthetic.h"

namespace windtunnel::experiment::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

Json trace(const std::filesystem::path& file, std::optional<std::int64_t> run = {}) {
  std::ostringstream out;
  write_trace(file, run, out);
  return Json::parse(out.str());
}

std::string message(const std::filesystem::path& file, std::optional<std::int64_t> run) {
  try {
    trace(file, run);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Trace, HoldsEverySpanAtItsPlace) {
  const Folder folder;
  Writer::create(folder / "r").write(small_flight(0).record, Detail::full);
  const Json json = trace(folder / "r");
  std::map<std::int64_t, std::string> names;
  std::vector<Json> spans;
  for (const Json& event : json["traceEvents"]) {
    if (event["ph"] == "X") spans.push_back(event);
    if (event["name"] == "process_name") names[event["pid"]] = event["args"]["name"];
  }
  EXPECT_EQ(spans.size(), 7U);
  EXPECT_EQ(names.size(), 2U);
  double total = 0;
  for (const Json& span : spans) total += span["dur"].get<double>();
  EXPECT_NEAR(total, (1 + 2 + 2 + 1 + 2.5 + 3 + 6.5) * 1e6, 1e-3);
  const auto& cold = spans.at(0);
  EXPECT_EQ(cold["name"], "cold_start");
  EXPECT_EQ(names[cold["pid"]], "worker-0");
  EXPECT_EQ(cold["ts"], 0);
  EXPECT_EQ(cold["dur"], 1e6);
  EXPECT_EQ(cold["args"]["round"], 0);
}

// Number of pairs of events of one thread of which one starts before the other has ended.
int overlaps(const Json& json) {
  int count = 0;
  for (const Json& a : json["traceEvents"]) {
    for (const Json& b : json["traceEvents"]) {
      if (a["ph"] != "X" || b["ph"] != "X" || &a == &b || a["pid"] != b["pid"] || a["tid"] != b["tid"]) continue;
      const double start = b["ts"], from = a["ts"], to = from + a["dur"].get<double>();
      count += start >= from && start < to - 1e-6;
    }
  }
  return count;
}

TEST(Trace, PutsOverlappingSpansOnDifferentThreads) {
  const Folder folder;
  Writer::create(folder / "r").write(small_flight(0).record, Detail::full);
  Json json = trace(folder / "r");
  EXPECT_EQ(overlaps(json), 0);
  for (Json& event : json["traceEvents"]) event["tid"] = 1;
  EXPECT_EQ(overlaps(json), 1);  // the checker can fail: two computations of worker-1 overlap
}

TEST(Trace, IsOfTheRunAskedFor) {
  const Folder folder;
  write(folder / "q", quickstart_flights(), Detail::full);
  EXPECT_GT(trace(folder / "q", 4)["traceEvents"].size(), 100U);
  EXPECT_THAT(message(folder / "q", {}), HasSubstr("several runs; name one of 0 (spirt), 1 (parameter_server)"));
  EXPECT_THAT(message(folder / "q", 9), HasSubstr("no run 9 with spans; there are 0 (spirt)"));
}

TEST(Trace, NeedsSpans) {
  const Folder folder;
  write(folder / "s", sweep_flights(2), Detail::summary);
  EXPECT_THAT(message(folder / "s", 0), HasSubstr("no run was stored with its spans"));
}

TEST(Trace, SaysWhenItCannotBeWritten) {
  const Folder folder;
  Writer::create(folder / "r").write(small_flight(0).record, Detail::full);
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_THROW(write_trace(folder / "r", {}, out), RunError);
}

}  // namespace
}  // namespace windtunnel::experiment::testing
