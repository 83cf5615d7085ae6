// One run of a session at a time, in the order in which they were asked for: neither of the threads
// that run it can keep the other from its turn.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace deephealth {

class RunTurn {
 public:
  void lock() {
    std::unique_lock<std::mutex> lock(mutex_);
    const uint64_t ticket = next_++;
    changed_.wait(lock, [&] { return serving_ == ticket; });
  }

  void unlock() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      serving_ += 1;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_ = 0;
  uint64_t serving_ = 0;
};

}  // namespace deephealth
