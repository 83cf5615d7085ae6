#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "deephealth/runtime/v1/model.pb.h"
#include "model_package.h"
#include "models.h"
#include "refusal.h"

// One version of one model. The store's lock guards what changes.
struct Version {
  std::string name;
  std::string version;
  std::filesystem::path folder;
  const Model* model = nullptr;
  v1::ModelState state = v1::MODEL_STATE_DISCOVERED;
  std::shared_ptr<const ModelPackage> read;
  std::optional<Refusal> refused;
  int running = 0;
};

// The versions that are served: their states, and what runs of each.
class Store {
 public:
  // Verifies every version that it finds.
  explicit Store(const std::filesystem::path& folder);

  // Throws Refusal for what is not in the store. An empty version is the newest one.
  Version& Find(const std::string& name, const std::string& version);

  // Of the versions of this name, or of all if it is empty.
  std::vector<v1::ModelSummary> Summaries(const std::string& name);
  v1::ModelSummary Summary(const Version& version);

  // Reads the package again: READY if all is as stated, else refused; gives the reason.
  std::optional<Refusal> Verify(Version& version);

  // Takes no new work, and lets what runs finish.
  void Unload(Version& version);

  // Waits for a change, a moment at most.
  void WaitForChange();

  std::shared_ptr<const ModelPackage> PackageOf(const Version& version);

  // While one of these lives, the version is not unloaded.
  class Running {
   public:
    // Throws Refusal if the version is not served.
    Running(Store& store, Version& version);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    const ModelPackage& read() const { return *read_; }

   private:
    Store& store_;
    Version& version_;
    std::shared_ptr<const ModelPackage> read_;
  };

 private:
  v1::ModelSummary SummaryLocked(const Version& version) const;
  void EnterLocked(Version& version, v1::ModelState state);

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Version>> versions_;
};
