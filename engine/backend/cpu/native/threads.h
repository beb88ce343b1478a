// The threads that all flushes of the process share. A flush that finds them busy (another worker thread of Node has them) runs alone.
#pragma once
#include <stddef.h>

namespace gradbook {

class Threads {
 public:
  /** Starts nothing: threads start with the first job that can use them. */
  static Threads& shared();

  void set(int count);
  int count() const;
  /** Runs task(job, i) for i < tasks, in any order, on this thread and the others. */
  void run(size_t tasks, void (*task)(void* job, size_t index), void* job);
  /** Ends the threads; the next job starts them again. */
  void stop();
};

}  // namespace gradbook
