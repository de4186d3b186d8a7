// Runs made up for the tests of results, comparison, trace and charts: a small one worked by hand, and sets that look like
// a quickstart and a sweep. No world is simulated; the journals are filled directly.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiment/results.h"

namespace windtunnel::experiment::testing {

/// A record with the journal it points to.
struct Flight {
  RunRecord record;
  std::unique_ptr<models::Journal> journal;
};

/// Two workers, two rounds. Bill in USD: functions 2 + 0.1, store 0.1 + 0.5, vm 3; compute 2, requests 0.2, storage 0.5,
/// machines 3; total 5.7. Ends at 12.5 s; 2 of 3 invocations cold; 5000 bytes moved in 3 transfers; accuracy 0.75. Training
/// never began; two machines, three executions of a workflow (two express), six requests, two changes of what is kept.
Flight small_flight(std::int64_t run_id = 0);

/// Five variants like those of the quickstart, with accuracy curves, one attacked and lost.
std::vector<Flight> quickstart_flights();

/// Function memory × architecture, `replications` each, without accuracy; the smallest memory is infeasible in one of them.
std::vector<Flight> sweep_flights(int replications);

/// Two axes (workers × memory) × architecture with accuracy, 3 replications.
std::vector<Flight> grid_flights();

void write(const std::filesystem::path& file, const std::vector<Flight>& flights, Detail detail);

/// Every row of every table, by primary key, as text.
std::string dump(const std::filesystem::path& file);

/// A path in a fresh folder of this test, removed with its contents at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the error of this kind that `action` throws says; of another kind, or of none, that.
template <class E, class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

}  // namespace windtunnel::experiment::testing
