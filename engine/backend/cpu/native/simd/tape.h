// The tape interpreter: an elementwise expression runs chunk by chunk, every intermediate staying in the first-level cache.
#pragma once
#include "copy.h"
#include "cursor.h"
#include "pairs.h"
#include "parallel.h"

namespace gradbook {
namespace GRADBOOK_ISA {

/** Cuts a row-major index space into chunks that do not break a short row, nor join pieces of long ones. */
struct Chunking {
  enum { size = 512 };
  size_t rows, inner, piecesPerRow, rowsPerChunk, count;

  Chunking(int rank, const int64_t* dims) {
    size_t total = 1;
    for (int d = 0; d < rank; d++) total *= (size_t)dims[d];
    inner = rank == 0 ? 1 : (size_t)dims[rank - 1];
    rows = inner == 0 ? 0 : total / inner;
    const bool longRows = inner > size;
    piecesPerRow = longRows ? ceilDiv(inner, size) : 1;
    rowsPerChunk = longRows || inner == 0 ? 1 : size / inner;
    count = longRows ? rows * piecesPerRow : ceilDiv(rows, rowsPerChunk);
  }

  void bounds(size_t chunk, size_t& from, size_t& n) const {
    if (piecesPerRow > 1) {
      const size_t row = chunk / piecesPerRow, column = chunk % piecesPerRow * size;
      from = row * inner + column;
      n = least(size, inner - column);
    } else {
      const size_t row = chunk * rowsPerChunk;
      from = row * inner;
      n = least(rowsPerChunk, rows - row) * inner;
    }
  }
};

template <class C>
class TapeRun {
  const TapeJob& job;
  const Chunking chunks;
  /** One walk over a chunk: an instruction, or two of which nobody else sees what is between. */
  struct Walk {
    Map<C> map;
    /** The primitives; -1 where there is no second, whose operand the first's result is on the left or the right. */
    int first, second;
    bool right;
    int operand[3];
    int target, buffer;
  };
  Walk walk[maxTapeInstructions];
  int walks = 0;
  // For every register, the output whose memory may take its value directly; -1: none.
  int16_t directOutput[maxTapeRegisters];
  /** Some results go past the caches. */
  bool streamed = false;

 public:
  explicit TapeRun(const TapeJob& job_) : job(job_), chunks(job_.rank, job_.dims) {
    planWalks();
    const int registers = job.inputs + job.constants + job.instructions;
    for (int r = 0; r < registers; r++) directOutput[r] = -1;
    if (job.storeDirectly) {
      for (int o = 0; o < job.outputs; o++) directOutput[job.outputRegister[o]] = (int16_t)o;
      if (streams<C>(chunks.rows * chunks.inner)) streamOutputs();
    }
  }

  size_t chunkCount() const { return chunks.count; }

  void run(size_t firstChunk, size_t endChunk) const {
    Cursor<C> input[maxTapeInputs], output[maxTapeOutputs];
    for (int i = 0; i < job.inputs; i++) input[i] = cursor(job.input[i]);
    for (int o = 0; o < job.outputs; o++) output[o] = cursor(job.output[o]);
    alignas(64) C buffers[maxTapeBuffers][Chunking::size];
    const C* value[maxTapeRegisters];
    const int firstConstant = job.inputs;
    for (int k = 0; k < job.constants; k++) {
      if (job.constantBuffer[k] < 0) continue;
      C* buffer = buffers[job.constantBuffer[k]];
      for (int i = 0; i < Chunking::size; i++) buffer[i] = (C)job.constant[k];
      value[firstConstant + k] = buffer;
    }
    for (size_t chunk = firstChunk; chunk < endChunk; chunk++) {
      size_t from, n;
      chunks.bounds(chunk, from, n);
      for (int i = 0; i < job.inputs; i++) value[i] = input[i].fetch(from, n, buffers[job.inputBuffer[i]]);
      for (int i = 0; i < walks; i++) {
        const Walk& step = walk[i];
        C* to = nullptr;
        if (directOutput[step.target] >= 0) to = output[directOutput[step.target]].inPlace(from, n);
        if (!to) to = buffers[step.buffer];
        step.map(n, to, value[step.operand[0]], value[step.operand[1]], value[step.operand[2]]);
        value[step.target] = to;
      }
      for (int o = 0; o < job.outputs; o++) {
        const C* result = value[job.outputRegister[o]];
        if (result != output[o].inPlace(from, n)) output[o].store(from, n, result);
      }
    }
    if (streamed) endStream();
  }

 private:
  /** The results that go straight to their output, and that no instruction reads again. */
  void streamOutputs() {
    bool read[maxTapeRegisters] = {};
    for (int i = 0; i < job.instructions; i++) {
      for (const int operand : job.instruction[i].operand) read[operand] = true;
    }
    for (int i = 0; i < walks; i++) {
      Walk& step = walk[i];
      const int16_t o = directOutput[step.target];
      if (o < 0 || read[step.target] || !chunksAtVectors(job.output[o])) continue;
      step.map = step.second < 0 ? mapOf<C, true>(step.first) : pairOf<C, true>(step.first, step.second, step.right);
      streamed = true;
    }
  }

  /** Whether every chunk of the view is one dense run that begins at a whole vector. */
  bool chunksAtVectors(const View& view) const {
    if (view.dtype != dtypeOf<C> || !atVector((const C*)view.data)) return false;
    if (job.rank == 0 || view.stride[job.rank - 1] != 1 || chunks.rowsPerChunk > 1) return false;
    for (int d = 0; d < job.rank - 1; d++) {
      if (view.stride[d] % width<C> != 0) return false;
    }
    return true;
  }

  void planWalks() {
    const int firstInstruction = job.inputs + job.constants;
    int uses[maxTapeRegisters] = {};
    for (int i = 0; i < job.instructions; i++) {
      const TapeInstruction& step = job.instruction[i];
      for (int k = 0; k < primitiveArity(step.primitive); k++) uses[step.operand[k]]++;
    }
    for (int o = 0; o < job.outputs; o++) uses[job.outputRegister[o]]++;
    for (int i = 0; i < job.instructions; i++) {
      const TapeInstruction& step = job.instruction[i];
      const int target = firstInstruction + i;
      Walk& made = walk[walks++];
      made = {mapOf<C, false>(step.primitive), step.primitive, -1, false,
              {step.operand[0], step.operand[1], step.operand[2]}, target, step.buffer};
      if (i + 1 == job.instructions || uses[target] != 1) continue;
      const TapeInstruction& next = job.instruction[i + 1];
      const bool two = primitiveArity(next.primitive) == 2;
      const bool left = next.operand[0] == target, right = two && next.operand[1] == target;
      const Map<C> pair = left || right ? pairOf<C, false>(step.primitive, next.primitive, right) : nullptr;
      if (!pair) continue;
      const int other = !two ? step.operand[0] : next.operand[right ? 0 : 1];
      made = {pair, step.primitive, next.primitive, right, {step.operand[0], step.operand[1], other}, target + 1, next.buffer};
      i++;
    }
  }

  Cursor<C> cursor(const View& view) const { return Cursor<C>(view.data, view.dtype, job.rank, job.dims, view.stride); }
};

template <class C>
inline void runTape(const TapeJob& job, Workers& workers) {
  const TapeRun<C> run(job);
  // Enough work per task to be worth a thread: about 16,000 simple results, fewer where each is dear.
  const size_t worthIt = most(4, 32 / (size_t)(1 + job.instructions / 4));
  const size_t perTask = most(worthIt, run.chunkCount() / (16 * (size_t)workers.threads()));
  forEachRange(workers, run.chunkCount(), perTask, [&](size_t from, size_t to) { run.run(from, to); });
}

inline void flatTape(const FlatTapeJob& job) {
  for (int i = 0; i < job.instructions; i++) {
    const FlatTapeStep& step = job.step[i];
    mapOf<float, false>(step.primitive)(job.n, step.out, step.operand[0], step.operand[1], step.operand[2]);
  }
}

inline void tape(const TapeJob& job, Workers& workers) {
  const int across = crossDim(job);
  if (across >= 0) {
    crossCopy(job, across, workers);
  } else if (job.wide) {
    runTape<double>(job, workers);
  } else {
    runTape<float>(job, workers);
  }
}

}  // namespace GRADBOOK_ISA
}  // namespace gradbook
