#include "background.h"

#include <system_error>
#include <utility>

namespace gradbook {

bool Background::start(std::function<void()> job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (busy_) return false;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { main(); });
    } catch (const std::system_error&) {
      return false;
    }
  }
  job_ = std::move(job);
  busy_ = true;
  changed_.notify_all();
  return true;
}

void Background::wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
}

void Background::stop() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !busy_; });
    if (!thread_.joinable()) return;
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
  ending_ = false;
}

void Background::main() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return busy_ || ending_; });
    if (!busy_) return;
    const std::function<void()> job = std::move(job_);
    lock.unlock();
    job();
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace gradbook
