// An optimizer step as a program over all parameters at once: chunk by chunk, every intermediate in the first-level cache.
#pragma once
#include "optimizers.h"
#include "primitives.h"
#include "tape.h"

namespace gradbook {
namespace GRADBOOK_ISA {

template <class C>
class UpdateRun {
  enum { chunk = Chunking::size };
  const UpdateJob& job;
  Map<C> map[maxTapeInstructions];
  // Each constant as a chunk of its own, which all tasks read.
  C* const constants;

 public:
  static size_t bytes(const UpdateJob& job) { return (size_t)job.program.constants * chunk * sizeof(C); }

  UpdateRun(const UpdateJob& job_, void* memory) : job(job_), constants((C*)memory) {
    const TapeJob& program = job.program;
    for (int i = 0; i < program.instructions; i++) map[i] = mapOf<C, false>(program.instruction[i].primitive);
    for (int k = 0; k < program.constants; k++) {
      for (int i = 0; i < chunk; i++) constants[k * chunk + i] = (C)program.constant[k];
    }
  }

  void run(size_t parameter, size_t from, size_t to) const {
    const TapeJob& program = job.program;
    char* const* operand = job.operand + parameter * (size_t)program.inputs;
    const int firstInstruction = program.inputs + program.constants;
    alignas(64) C buffers[maxTapeBuffers][chunk];
    const C* value[maxTapeRegisters];
    for (int k = 0; k < program.constants; k++) value[program.inputs + k] = constants + k * chunk;
    for (size_t at = from; at < to; at += chunk) {
      const size_t n = least(chunk, to - at);
      for (int i = 0; i < program.inputs; i++) value[i] = (const C*)operand[i] + at;
      for (int i = 0; i < program.instructions; i++) {
        const TapeInstruction& step = program.instruction[i];
        const int direct = job.directTarget[i];
        C* result = direct >= 0 ? (C*)operand[direct] + at : buffers[step.buffer];
        map[i](n, result, value[step.operand[0]], value[step.operand[1]], value[step.operand[2]]);
        value[firstInstruction + i] = result;
      }
      for (int o = 0; o < program.outputs; o++) {
        const C* result = value[program.outputRegister[o]];
        C* target = (C*)operand[job.target[o]] + at;
        if (result != target) __builtin_memmove(target, result, n * sizeof(C));
      }
    }
  }
};

template <class C>
inline bool runUpdate(const UpdateJob& job, Workers& workers) {
  void* const memory = workers.scratch(UpdateRun<C>::bytes(job));
  if (!memory) return false;
  const UpdateRun<C> run(job, memory);
  eachPiece(job.parameters, [&](size_t p) { return job.size[p]; }, workers, [&](size_t p, size_t from, size_t to) { run.run(p, from, to); });
  return true;
}

inline bool update(const UpdateJob& job, Workers& workers) {
  return job.program.wide ? runUpdate<double>(job, workers) : runUpdate<float>(job, workers);
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
