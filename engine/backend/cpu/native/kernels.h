// What the executor, compiled once, asks of the kernels, compiled once per instruction set. Plain data only: an inline function
// here would be merged across instruction sets and could run where the machine cannot.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "commands.h"
#include "dtype.h"

namespace gradbook {

enum {
  maxRank = 16,
  maxTapeInputs = 32,
  maxTapeOutputs = 16,
  maxTapeConstants = 64,
  maxTapeInstructions = 256,
  maxTapeRegisters = maxTapeInputs + maxTapeConstants + maxTapeInstructions,
  /** Chunk buffers that may be live at once in a tape. */
  maxTapeBuffers = 64,
};

/** Runs independent tasks, possibly on several threads, and stops between tasks when a Stop arrived. */
struct Workers {
  virtual void run(size_t tasks, void (*task)(void* job, size_t index), void* job) = 0;
  /** Memory shared by the tasks of a kernel, 64-byte aligned, valid until the next call. Null when there is none. */
  virtual void* scratch(size_t bytes) = 0;
  /** The same for one task, on the thread that runs it. */
  virtual void* local(size_t bytes) = 0;
  virtual int threads() const = 0;
  /** For long tasks: true when a Stop arrived. What a task leaves undone then is never looked at. */
  virtual bool stopping() = 0;

 protected:
  ~Workers() = default;
};

/** Dense elements of one type. */
struct Dense {
  char* data;
  DType dtype;
};

/** A view: `data` is its first element, strides count elements. */
struct View {
  char* data;
  DType dtype;
  int64_t stride[maxRank];
};

struct FillJob {
  Dense out;
  size_t n;
  double start, step;
};

struct TapeInstruction {
  int primitive;
  int operand[3];
  /** The chunk buffer that receives the result. */
  int buffer;
};

struct TapeJob {
  bool wide;  // computes in float64
  int rank;
  int64_t dims[maxRank];
  int inputs, outputs, constants, instructions;
  View input[maxTapeInputs];
  View output[maxTapeOutputs];
  int outputRegister[maxTapeOutputs];
  double constant[maxTapeConstants];
  /** Buffer of an input (used only where its elements cannot be read in place) and of a constant (-1: unused). */
  int inputBuffer[maxTapeInputs];
  int constantBuffer[maxTapeConstants];
  TapeInstruction instruction[maxTapeInstructions];
  /** False when an output overlaps an input, so that nothing may be stored before the chunk is through. */
  bool storeDirectly;
};

enum {
  /** What a flat tape has at most, of `flatElements` values each. */
  maxFlatInputs = 4,
  maxFlatConstants = 4,
  maxFlatInstructions = 8,
};

struct FlatTapeStep {
  int primitive;
  float* out;
  const float* operand[3];
};

/** A tape of float32 values of which each step's operands and result lie side by side. */
struct FlatTapeJob {
  size_t n;
  int instructions;
  FlatTapeStep step[maxFlatInstructions];
};

struct ReduceJob {
  int kind;
  bool wide;
  int keptRank, reducedRank;
  int64_t dims[2 * maxRank];  // kept, then reduced
  View input;                 // strides of the kept dims
  int64_t reducedStride[maxRank];
  Dense out;
  double scale;
};

struct GemmOperand {
  char* data;
  int64_t row, column;
  int64_t batch[maxRank];
};

struct GemmJob {
  bool wide;
  int batchRank;
  int64_t batchDims[maxRank];
  int64_t m, n, k;
  GemmOperand a, b, c;
  char* bias;  // null: none
  bool relu, accumulate;
};

struct RowsJob {
  int kind;
  bool wide;
  int64_t rows, columns;
  char* first;
  char* second;
  char* third;
  const int32_t* labels;
};

struct TakeJob {
  int64_t outer, axis, inner, count;
  char* from;
  const int32_t* index;
  char* to;
  DType dtype;
};

/** `index` chooses, for every line along the axis of `whole`, the places that meet the elements of `part`. */
struct ScatterJob {
  bool add;
  int64_t outer, axis, inner, count;
  char* whole;
  const char* base;  // what `whole` holds before; null: zeros
  const int32_t* index;
  char* part;
  DType dtype;
};

struct PadAxis {
  int64_t before, length, behind;
  int64_t whole() const { return before + length + behind; }
};

struct PadJob {
  int mode, rank;
  PadAxis axes[maxRank];
  const char* in;
  const char* value;  // of mode constant
  char* out;
  DType dtype;
};

struct ScanJob {
  int kind;
  bool reverse;
  int64_t outer, axis, inner;
  Dense in, out;
  int32_t* index;  // null: nobody asks
};

struct SortJob {
  bool descending;
  int64_t rows, columns, kept;
  char* in;
  char* values;  // null: nobody asks
  int32_t* index;
  DType dtype;
};

struct SearchJob {
  bool right;
  int64_t rows, length, count;
  char* sorted;
  char* values;
  int32_t* out;
  DType dtype;
};

struct BitwiseJob {
  int kind;
  size_t n;
  char *a, *b, *out;
  DType dtype;
};

/** x, weight and y are what the gradient by the input reads and writes, too. */
struct ConvJob {
  bool wide, relu;
  int64_t images, height, width, channels;
  int64_t outHeight, outWidth, filters;
  int64_t kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft, dilationY, dilationX, groups;
  char *x, *weight, *bias, *y;  // bias may be null
};

/** Windows: `rows` and `columns` hold start and end of each, 2 * outHeight and 2 * outWidth numbers. */
struct PoolJob {
  bool wide;
  int64_t images, height, width, channels, outHeight, outWidth;
  double divisor;  // 0: the size of the window
  const int64_t *rows, *columns;
  char *x, *y;
  int32_t* index;  // null: nobody asks
};

struct PoolIndexJob {
  bool wide;
  int64_t images, places, channels, count;
  char* x;
  const int32_t* index;
  char* y;
};

struct NormalizeJob {
  bool wide, rms;
  int64_t rows, columns;
  double epsilon;
  char *x, *weight, *bias, *y, *moments;  // weight and bias may be null
  char *dy, *dx, *dweight, *dbias;        // of the gradient; the last two may be null
};

struct RecurrenceJob {
  int kind;
  bool wide, reverse;
  int64_t steps, batch, hidden;
  char *gates, *weight, *bias, *hidden0, *cell0, *states, *saved, *cells;  // bias, the first states, saved and cells may be null
  char *dstates, *dgates, *dhiddenGates, *dhidden0, *dcell0;              // of the gradient; where the kind has no such thing, null
};

struct AttentionOperand {
  char* data;
  int64_t row, column;
  int64_t batch[maxRank];
};

struct AttentionJob {
  bool wide, causal;
  int batchRank;
  int64_t batchDims[maxRank];
  int64_t queries, keys, features, values;  // the lengths L, S, E, Ev
  double scale;
  AttentionOperand query, key, value, mask, out;  // mask.data may be null
  bool maskIsTruth;
  char* logSums;
  AttentionOperand dout, dquery, dkey, dvalue;  // of the gradient
};

struct FactorJob {
  int kind;
  bool wide;
  int64_t batch, rows, columns;
  char *in, *first, *second, *third;  // the last two may be null
  int32_t* info;
};

struct TriangularJob {
  bool wide, upper, unit;
  int64_t batch, n, columns;
  char *a, *b, *x;
};

struct FourierJob {
  int kind;
  bool wide, inverse;
  int64_t rows, n;
  double scale;
  char *in, *out;
};

struct OneHotJob {
  int64_t rows, classes;
  const int32_t* index;
  Dense out;
};

struct RandomJob {
  int kind;
  Dense out;
  size_t n;
  uint32_t key[2];
  uint64_t counter;
  double p0, p1;
};

/** One parameter of an optimizer step; `first` and `second` are its state (velocity, or the two moments). */
struct Parameter {
  bool wide;
  size_t n;
  char *value, *gradient, *first, *second;
};

struct SgdJob {
  double rate, momentum, dampening, weightDecay;
  bool nesterov, first;
  size_t parameters;
  const Parameter* parameter;
};

struct AdamJob {
  double rate, beta1, beta2, epsilon, weightDecay;
  bool decoupled;
  double step;
  size_t parameters;
  const Parameter* parameter;
};

/** A program over all parameters: operand i of parameter p is `operand[p * program.inputs + i]`, dense, and may be written. */
struct UpdateJob {
  TapeJob program;
  /** The operand that receives output o. */
  int target[maxTapeOutputs];
  /** By instruction: the operand whose memory takes the result at once; -1: none. */
  int directTarget[maxTapeInstructions];
  size_t parameters;
  const size_t* size;
  char* const* operand;
};

/** The kernels of one instruction set. False means that scratch memory was lacking. */
struct Kernels {
  const char* isa;
  void (*fill)(const FillJob&, Workers&);
  void (*tape)(const TapeJob&, Workers&);
  void (*flatTape)(const FlatTapeJob&);
  bool (*reduce)(const ReduceJob&, Workers&);
  void (*argReduce)(const ReduceJob&, Workers&);
  bool (*gemm)(const GemmJob&, Workers&);
  void (*softmax)(const RowsJob&, Workers&);
  void (*softmaxGrad)(const RowsJob&, Workers&);
  void (*crossEntropy)(const RowsJob&, Workers&);
  void (*crossEntropyGrad)(const RowsJob&, Workers&);
  void (*take)(const TakeJob&, Workers&);
  void (*takeAdd)(const TakeJob&, Workers&);
  void (*oneHot)(const OneHotJob&, Workers&);
  void (*random)(const RandomJob&, Workers&);
  void (*sgd)(const SgdJob&, Workers&);
  void (*adam)(const AdamJob&, Workers&);
  bool (*update)(const UpdateJob&, Workers&);
  void (*gather)(const ScatterJob&, Workers&);
  void (*scatter)(const ScatterJob&, Workers&);
  void (*pad)(const PadJob&, Workers&);
  void (*put)(const TakeJob&, Workers&);
  void (*scan)(const ScanJob&, Workers&);
  bool (*sort)(const SortJob&, Workers&);
  void (*search)(const SearchJob&, Workers&);
  void (*bitwise)(const BitwiseJob&, Workers&);
  bool (*conv)(const ConvJob&, Workers&);
  bool (*convInputGrad)(const ConvJob&, Workers&);
  bool (*convWeightGrad)(const ConvJob&, Workers&);
  void (*maxPool)(const PoolJob&, Workers&);
  void (*avgPool)(const PoolJob&, Workers&);
  void (*avgPoolGrad)(const PoolJob&, Workers&);
  void (*poolGather)(const PoolIndexJob&, Workers&);
  void (*poolScatter)(const PoolIndexJob&, Workers&);
  void (*normalize)(const NormalizeJob&, Workers&);
  bool (*normalizeGrad)(const NormalizeJob&, Workers&);
  bool (*factor)(const FactorJob&, Workers&);
  bool (*triangularSolve)(const TriangularJob&, Workers&);
  bool (*fourier)(const FourierJob&, Workers&);
  bool (*recurrence)(const RecurrenceJob&, Workers&);
  bool (*recurrenceGrad)(const RecurrenceJob&, Workers&);
  bool (*attention)(const AttentionJob&, Workers&);
  bool (*attentionGrad)(const AttentionJob&, Workers&);
};

}  // namespace gradbook
