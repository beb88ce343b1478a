#pragma once
#include <string>

#include "kernels.h"

namespace gradbook {

/** Names of the instruction sets that were compiled in and that this machine can run, best first, separated by spaces. */
std::string runnableIsas();

/** The kernels of the named instruction set, or the best for an empty name; null when it cannot run here. */
const Kernels* kernelsFor(const std::string& isa);

}  // namespace gradbook
