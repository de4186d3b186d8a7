#include "experiment/campaign.h"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace windtunnel::experiment {
namespace {

namespace fs = std::filesystem;
using scenario::Document;

constexpr const char* file_name = "results.sqlite";

fs::path prepare(const CampaignOptions& options) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  if (error) {
    throw MissingError(fmt::format("{}: cannot make the folder for results: {}", options.folder.string(), error.message()));
  }
  const fs::path file = options.folder / file_name;
  if (options.force) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      fs::remove(file.string() + suffix, error);
      if (error) throw MissingError(fmt::format("{}: cannot remove the older results: {}", file.string(), error.message()));
    }
  }
  return file;
}

/// What the file holds of the document's runs, by id. Throws when it holds runs of something else.
std::map<std::int64_t, Status> stored_runs(const Writer& writer, const Document& document, const fs::path& file) {
  std::map<std::int64_t, Status> runs;
  for (const Writer::Stored& stored : writer.stored()) {
    const auto id = static_cast<std::size_t>(stored.run_id);
    if (id >= document.points.size() || document.points[id].hash != stored.scenario_hash) {
      throw InputError(fmt::format("{} holds results of another scenario or of other settings; use --out for another folder, "
                                   "or --force to replace them",
                                   file.string()));
    }
    runs[stored.run_id] = stored.status;
  }
  return runs;
}

/// The threads that run what is to do, and the first thing that went wrong in one of them.
class Crew {
 public:
  Crew(const Document& document, std::vector<std::int64_t> to_do, Writer& writer, Detail detail, Workshop& workshop)
      : document_(document), to_do_(std::move(to_do)), writer_(writer), detail_(detail), workshop_(workshop) {}

  void work(int threads) {
    std::vector<std::thread> crew;
    for (int i = 0; i < threads; ++i) crew.emplace_back([this] { worker(); });
    for (std::thread& thread : crew) thread.join();
    if (error_) std::rethrow_exception(error_);
  }
  std::int64_t not_done() const { return not_done_; }
  bool interrupted() const { return interrupted_; }

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

  void run(std::int64_t id) {
    const scenario::Point& point = document_.points[static_cast<std::size_t>(id)];
    const Outcome outcome = run_point(document_, point, id, workshop_);
    writer_.write(record_of(document_, point, id, outcome), detail_);
    if (outcome.status != Status::done) {
      ++not_done_;
      workshop_.board.note(
          fmt::format("{}: {}: {}", title(document_, point), name(outcome.status), outcome.reason));
    }
    workshop_.board.finished(id);
  }

  const Document& document_;
  const std::vector<std::int64_t> to_do_;
  Writer& writer_;
  const Detail detail_;
  Workshop& workshop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::int64_t> not_done_ = 0;
  std::atomic<bool> interrupted_ = false, given_up_ = false;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

CampaignReport run_campaign(const Document& document, const CampaignOptions& options, ProgressBoard& board,
                            const StopFlag& stop) {
  check(options.jobs >= 1, "run_campaign: at least one job");
  CampaignReport report{.file = prepare(options), .runs = static_cast<std::int64_t>(document.points.size())};
  Writer writer = fs::exists(report.file) ? Writer::resume(report.file) : Writer::create(report.file);

  const std::map<std::int64_t, Status> before = stored_runs(writer, document, report.file);
  std::vector<std::int64_t> to_do;
  for (std::int64_t id = 0; id < report.runs; ++id) {
    const auto stored = before.find(id);
    if (stored == before.end() || stored->second == Status::failed) {
      to_do.push_back(id);
    } else {
      ++report.resumed;
      report.not_done += stored->second == Status::done ? 0 : 1;
    }
  }
  board.start(static_cast<std::int64_t>(to_do.size()));
  if (report.resumed > 0) {
    board.note(fmt::format("{}: {} of {} runs are there already (--force runs them again)", report.file.string(),
                           report.resumed, report.runs));
  }

  ThreadPool pool(options.jobs);
  Problems problems;
  Workshop workshop{.pool = pool, .problems = problems, .board = board, .stop = stop};
  const Detail detail =
      options.detail.value_or(report.runs <= full_detail_points ? Detail::full : Detail::summary);
  const int threads = static_cast<int>(std::min<std::size_t>(to_do.size(), static_cast<std::size_t>(options.jobs)));
  Crew crew(document, std::move(to_do), writer, detail, workshop);
  crew.work(threads);
  report.not_done += crew.not_done();
  report.interrupted = crew.interrupted();
  return report;
}

}  // namespace windtunnel::experiment
