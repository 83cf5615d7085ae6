// Landlock by its system calls: libraries know none, and headers of the building machine may be older
// than the system that it runs on. https://docs.kernel.org/userspace-api/landlock.html
#pragma once

#if defined(__linux__)

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace deephealth::landlock {

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr int kRulePathBeneath = 1;
constexpr int kRuleNetPort = 2;

constexpr uint64_t kExecute = 1 << 0;
constexpr uint64_t kWriteFile = 1 << 1;
constexpr uint64_t kReadFile = 1 << 2;
constexpr uint64_t kReadFolder = 1 << 3;
constexpr uint64_t kRemoveFolder = 1 << 4;
constexpr uint64_t kRemoveFile = 1 << 5;
constexpr uint64_t kMakeFolder = 1 << 7;
constexpr uint64_t kMakeFile = 1 << 8;
constexpr uint64_t kTruncate = 1 << 14;

constexpr uint64_t kReading = kReadFile | kReadFolder;
constexpr uint64_t kRunning = kReading | kExecute;
constexpr uint64_t kWriting = kReading | kWriteFile | kRemoveFolder | kRemoveFile | kMakeFolder | kMakeFile | kTruncate;
constexpr uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate;

struct RulesetAttributes {
  uint64_t files;
  uint64_t network;
  uint64_t scoped;
};

struct PathBeneath {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

struct NetPort {
  uint64_t allowed;
  uint64_t port;
};

/** Version of the interface; 0 where there is none. */
inline int version() {
  const long abi = syscall(kCreateRuleset, nullptr, 0, 1);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

/** What may be reached; all else that Landlock of this system knows is refused. */
class Ruleset {
 public:
  Ruleset() : version_(version()) {
    if (version_ == 0) return;
    // Bits that came with each version: refer, truncate, ioctl of devices.
    files_ = version_ >= 5 ? 0xffff : version_ >= 3 ? 0x7fff : version_ == 2 ? 0x3fff : 0x1fff;
    const RulesetAttributes attributes{files_, version_ >= 4 ? uint64_t{3} : 0, version_ >= 6 ? uint64_t{3} : 0};
    const size_t bytes = version_ >= 6 ? 24 : version_ >= 4 ? 16 : 8;
    fd_ = static_cast<int>(syscall(kCreateRuleset, &attributes, bytes, 0));
  }
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;
  ~Ruleset() {
    if (fd_ >= 0) close(fd_);
  }

  bool isOpen() const { return fd_ >= 0; }

  /** False if there is no such path, or the system takes no rule for it. */
  bool allow(const char* path, uint64_t wanted) {
    const int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return false;
    struct stat described{};
    uint64_t allowed = wanted & files_;
    if (fstat(place, &described) == 0 && !S_ISDIR(described.st_mode)) allowed &= kOfFiles;
    const PathBeneath rule{allowed, place};
    const bool isAdded = syscall(kAddRule, fd_, kRulePathBeneath, &rule, 0) == 0;
    close(place);
    return isAdded;
  }

  /** Lets connections to this port be made; without effect where Landlock does not know ports. */
  bool allowPort(uint64_t port) {
    if (version_ < 4) return true;
    const NetPort rule{2 /* connect */, port};
    return syscall(kAddRule, fd_, kRuleNetPort, &rule, 0) == 0;
  }

  bool restrictSelf() { return syscall(kRestrictSelf, fd_, 0) == 0; }

 private:
  int version_;
  int fd_ = -1;
  uint64_t files_ = 0;
};

}  // namespace deephealth::landlock

#endif
