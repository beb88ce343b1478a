// A thread for work that the caller goes on without. One job at a time; the thread starts with the first.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gradbook {

class Background {
 public:
  Background() = default;
  ~Background() { stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /** False where the one before is not over, or the system gives no thread. */
  bool start(std::function<void()> job);
  /** Returns when the job is over; what it wrote is visible then. */
  void wait();
  /** Waits and ends the thread; the next job starts it again. */
  void stop();

 private:
  void main();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
  bool busy_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace gradbook
