// Executes a command buffer: checks each record, runs its kernel, and remembers what was never computed.
#pragma once
#include <memory>
#include <string>

#include "cancel.h"
#include "record.h"

namespace gradbook {

struct Outcome {
  int status = 0;  // as FlushOutcome in engine/backend/cpu/binding.ts
  size_t at = 0;
  std::string message;
};

/** A record that was checked and can run. */
class Command {
 public:
  virtual ~Command() = default;
  /** Reads and checks the fields after `[opcode, words]`. */
  virtual void decode(Record& record, Access& access) = 0;
  /** Looks at data that decides where memory is touched (indices). Runs when everything before has been executed. */
  virtual void inspect(Record&) {}
  /** False when memory was lacking. */
  virtual bool run(const Kernels& kernels, Workers& workers) = 0;
  /** True for an optimizer step: it happens as a whole or not at all, and when not, its operands keep their values. */
  virtual bool indivisible() const { return false; }
  /** True for an indivisible command that belongs to one with the command before it: no Stop comes between the two. */
  virtual bool continues(const double* /*fields*/, size_t /*count*/) const { return false; }
};

/** The command of an opcode, to be used again and again; null for an unknown one. */
std::unique_ptr<Command> makeCommand(int opcode);

class Executor {
 public:
  Executor(Heap& heap, const Kernels& kernels);
  ~Executor();

  CancelToken cancel;
  Outcome flush(const double* words, size_t used);

 private:
  class FlushWorkers;
  enum class Step { done, skipped, stopped, refused };

  Command* commandOf(double opcode);
  bool continuesStep(const double* words, size_t rest);
  Step execute(const double* words, size_t length, std::string& message);
  void markRest(const double* words, size_t from, size_t used);
  void markWrites();

  Heap& heap_;
  const Kernels& kernels_;
  std::unique_ptr<FlushWorkers> workers_;
  std::vector<std::unique_ptr<Command>> commands_;
  Access access_;
  /** The last record was a part of an optimizer step. */
  bool inStep_ = false;
};

}  // namespace gradbook
