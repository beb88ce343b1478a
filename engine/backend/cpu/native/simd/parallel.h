// From the kernels' side: spread a loop over the workers.
#pragma once
#include "../kernels.h"
#include "vec.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Runs `body(task)` for every task index. Tasks must not depend on each other; a Stop may leave some of them out. */
template <class Body>
inline void forEachTask(Workers& workers, size_t tasks, const Body& body) {
  if (tasks == 0) return;
  workers.run(
      tasks, [](void* job, size_t index) { (*(const Body*)job)(index); }, (void*)&body);
}

/** Runs `body(begin, end)` over pieces of [0, n) of `grain` each. */
template <class Body>
inline void forEachRange(Workers& workers, size_t n, size_t grain, const Body& body) {
  forEachTask(workers, ceilDiv(n, grain), [&](size_t task) { body(task * grain, least(n, (task + 1) * grain)); });
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
