#include "experiment/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "experiment/identity.h"
#include "experiment/plan.h"

namespace windtunnel::experiment {
namespace {

namespace fs = std::filesystem;
using scenario::Document;

/// What the document wants to be run, with the numbers that the file gives it; made the file's plan. Throws InputError when the
/// file holds runs of other inputs.
std::vector<RunIdentity> wanted_runs(Writer& writer, const std::vector<RunSummary>& stored, const Document& document,
                                     const fs::path& file, Identities& identities) {
  std::vector<RunIdentity> wanted;
  for (const scenario::Point& point : document.points) wanted.push_back(identities.of(document, point));
  const std::vector<PlannedRun> before = writer.plan(), plan = plan_of(wanted, before);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    wanted[i].run_id = plan[i].run_id;
    wanted[i].point = plan[i].point;
  }
  require_same(file, stored, wanted);
  std::vector<PlannedRun> sorted = plan;
  std::sort(sorted.begin(), sorted.end(), [](const PlannedRun& a, const PlannedRun& b) { return a.run_id < b.run_id; });
  if (sorted != before) writer.set_plan(sorted);
  return wanted;
}

/// The threads that run what is to do, and the first thing that went wrong in one of them.
class Crew {
 public:
  /// `to_do`: indices of `wanted`, which has the document's points.
  Crew(const Document& document, const std::vector<RunIdentity>& wanted, std::vector<std::size_t> to_do, Writer& writer,
       Workshop& workshop)
      : document_(document), wanted_(wanted), to_do_(std::move(to_do)), writer_(writer), workshop_(workshop) {}

  void work(int threads) {
    std::vector<std::thread> crew;
    for (int i = 0; i < threads; ++i) crew.emplace_back([this] { worker(); });
    for (std::thread& thread : crew) thread.join();
    if (error_) std::rethrow_exception(error_);
  }
  std::int64_t not_done() const { return not_done_; }
  bool interrupted() const { return interrupted_; }
  bool machine_too_small() const { return machine_too_small_; }

 private:
  void worker() {
    for (;;) {
      const std::size_t next = next_++;
      if (next >= to_do_.size() || given_up_) return;
      if (workshop_.stop) {
        interrupted_ = true;
        return;
      }
      try {
        run(to_do_[next]);
      } catch (const Interrupted&) {
        interrupted_ = true;
        return;
      } catch (...) {
        given_up_ = true;
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        return;
      }
    }
  }

  void run(std::size_t index) {
    const scenario::Point& point = document_.points[index];
    const RunIdentity& identity = wanted_[index];
    const Outcome outcome = run_point(document_, point, identity.run_id, workshop_);
    writer_.write(record_of(point, identity, outcome), workshop_.detail);
    if (outcome.machine_too_small) machine_too_small_ = true;
    if (outcome.status != Status::done) {
      ++not_done_;
      workshop_.board.note(
          fmt::format("{}: {}: {}", title(document_, point), name(outcome.status), outcome.reason));
    }
    workshop_.board.finished(identity.run_id);
  }

  const Document& document_;
  const std::vector<RunIdentity>& wanted_;
  const std::vector<std::size_t> to_do_;
  Writer& writer_;
  Workshop& workshop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::int64_t> not_done_ = 0;
  std::atomic<bool> interrupted_ = false, given_up_ = false, machine_too_small_ = false;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

CampaignReport run_campaign(const Document& document, const ResultsFolder& folder, const CampaignOptions& options,
                            ProgressBoard& board, const StopFlag& stop) {
  check(options.jobs >= 1, "run_campaign: at least one job");
  if (options.force) folder.clear();
  CampaignReport report{.file = folder.file(), .runs = static_cast<std::int64_t>(document.points.size())};
  bool said = false;
  Writer writer = fs::exists(report.file) ? Writer::resume(report.file) : Writer::create(report.file);
  writer.when_locked([&](const std::string& why) {
    if (stop) throw Interrupted();
    if (!std::exchange(said, true)) board.note(why + "; waiting for it (what is finished is kept)");
  });

  const std::vector<RunSummary> stored = writer.stored();
  Identities identities;
  std::vector<RunIdentity> wanted;
  try {
    wanted = wanted_runs(writer, stored, document, report.file, identities);
  } catch (const Interrupted&) {
    report.interrupted = true;
    return report;
  }
  std::map<std::int64_t, Status> before;
  for (const RunSummary& run : stored) before[run.run_id] = run.status;
  std::vector<std::size_t> to_do;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto there = before.find(wanted[i].run_id);
    if (there == before.end() || there->second == Status::failed) {
      to_do.push_back(i);
    } else {
      ++report.resumed;
      report.not_done += there->second == Status::done ? 0 : 1;
    }
  }
  board.start(static_cast<std::int64_t>(to_do.size()));
  if (report.resumed > 0) {
    board.note(fmt::format("{}: {} of {} runs are there already (--force runs them again)", report.file.string(),
                           report.resumed, report.runs));
  }

  ThreadPool pool(options.jobs);
  Problems problems;
  const Detail detail =
      options.detail.value_or(report.runs <= full_detail_points ? Detail::full : Detail::summary);
  Workshop workshop{.pool = pool, .problems = problems, .board = board, .stop = stop,
                    .data = &identities.data(), .detail = detail};
  const int threads = static_cast<int>(std::min<std::size_t>(to_do.size(), static_cast<std::size_t>(options.jobs)));
  Crew crew(document, wanted, std::move(to_do), writer, workshop);
  crew.work(threads);
  report.not_done += crew.not_done();
  report.interrupted = crew.interrupted();
  report.machine_too_small = crew.machine_too_small();
  if (!writer.close()) {
    board.note(fmt::format("{0}: another program has it open; until that one closes it, {0}-wal is part of it", report.file.string()));
  }
  return report;
}

}  // namespace windtunnel::experiment
