#include "store.h"

#include <algorithm>
#include <chrono>

namespace fs = std::filesystem;

namespace {
constexpr std::chrono::milliseconds kWatchPause{200};
}

Store::Store(const fs::path& folder) {
  for (const auto& [name, model] : Models()) {
    if (!fs::is_directory(folder / name)) continue;
    for (const auto& entry : fs::directory_iterator(folder / name)) {
      auto version = std::make_unique<Version>();
      version->name = name;
      version->version = entry.path().filename().string();
      version->folder = entry.path();
      version->model = &model;
      versions_.push_back(std::move(version));
    }
  }
  std::sort(versions_.begin(), versions_.end(), [](const auto& one, const auto& other) {
    return std::tie(one->name, one->version) < std::tie(other->name, other->version);
  });
  for (const auto& version : versions_) Verify(*version);
}

Version& Store::Find(const std::string& name, const std::string& version) {
  Version* found = nullptr;
  bool is_named = false;
  for (const auto& one : versions_) {
    if (one->name != name) continue;
    is_named = true;
    if (version.empty() || one->version == version) found = one.get();
  }
  if (found != nullptr) return *found;
  if (is_named) throw Refusal::NotFound("MODEL_VERSION_NOT_FOUND", "The model has no such version.");
  throw Refusal::NotFound("MODEL_NOT_FOUND", "No model of this name is in the store.");
}

std::vector<v1::ModelSummary> Store::Summaries(const std::string& name) {
  std::lock_guard<std::mutex> guard(lock_);
  std::vector<v1::ModelSummary> listed;
  for (const auto& one : versions_) {
    if (name.empty() || one->name == name) listed.push_back(SummaryLocked(*one));
  }
  return listed;
}

v1::ModelSummary Store::Summary(const Version& version) {
  std::lock_guard<std::mutex> guard(lock_);
  return SummaryLocked(version);
}

std::optional<Refusal> Store::Verify(Version& version) {
  std::shared_ptr<const ModelPackage> read;
  std::optional<Refusal> refused;
  try {
    read = std::make_shared<const ModelPackage>(ReadPackage(version.folder));
  } catch (const Refusal& reason) {
    refused = reason;
  }
  std::lock_guard<std::mutex> guard(lock_);
  if (read != nullptr) version.read = read;
  version.refused = refused;
  EnterLocked(version, refused ? v1::MODEL_STATE_QUARANTINED : v1::MODEL_STATE_READY);
  return refused;
}

void Store::Unload(Version& version) {
  std::unique_lock<std::mutex> guard(lock_);
  EnterLocked(version, v1::MODEL_STATE_DRAINING);
  changed_.wait(guard, [&version] { return version.running == 0; });
  EnterLocked(version, v1::MODEL_STATE_UNLOADED);
}

void Store::WaitForChange() {
  std::unique_lock<std::mutex> guard(lock_);
  changed_.wait_for(guard, kWatchPause);
}

std::shared_ptr<const ModelPackage> Store::PackageOf(const Version& version) {
  std::lock_guard<std::mutex> guard(lock_);
  return version.read;
}

Store::Running::Running(Store& store, Version& version) : store_(store), version_(version) {
  std::lock_guard<std::mutex> guard(store_.lock_);
  if (version_.state == v1::MODEL_STATE_QUARANTINED) {
    throw Refusal::Precondition("MODEL_QUARANTINED", "The version was refused; ListModels says why.");
  }
  if (version_.state != v1::MODEL_STATE_READY) {
    throw Refusal::Precondition("MODEL_UNLOADED", "The version was unloaded. Load it first.");
  }
  version_.running++;
  read_ = version_.read;
}

Store::Running::~Running() {
  std::lock_guard<std::mutex> guard(store_.lock_);
  version_.running--;
  store_.changed_.notify_all();
}

v1::ModelSummary Store::SummaryLocked(const Version& version) const {
  v1::ModelSummary summary;
  summary.set_name(version.name);
  summary.set_version(version.version);
  summary.set_state(version.state);
  summary.set_is_default(true);
  if (version.read != nullptr) {
    summary.set_title(version.read->title);
    summary.set_package_sha256(version.read->sha256);
  }
  if (version.refused) {
    summary.mutable_state_reason()->set_reason(version.refused->reason());
    summary.mutable_state_reason()->set_message(version.refused->what());
  }
  return summary;
}

void Store::EnterLocked(Version& version, v1::ModelState state) {
  version.state = state;
  changed_.notify_all();
}
