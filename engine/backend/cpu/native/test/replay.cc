// Does what a recording of a CpuBinding says (test/engine/cpu/recorder.ts) and compares what is read: so the kernels of a processor
// that is not at hand run in an emulator, without Node. Prints "ok" and the number of values, or what differs.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vector>

#include "../dispatch.h"
#include "../executor.h"
#include "../threads.h"

using namespace gradbook;

namespace {

[[noreturn]] void fail(const std::string& why) {
  printf("%s\n", why.c_str());
  fflush(stdout);
  _Exit(1);
}

/** The recording: float64 words, and bytes that fill whole words. */
class Recording {
 public:
  explicit Recording(const char* path) {
    FILE* const file = fopen(path, "rb");
    if (!file) fail("no recording");
    fseek(file, 0, SEEK_END);
    words_.resize(static_cast<size_t>(ftell(file)) / sizeof(double));
    rewind(file);
    if (fread(words_.data(), sizeof(double), words_.size(), file) != words_.size()) fail("the recording cannot be read");
    fclose(file);
  }
  bool over() const { return at_ == words_.size(); }
  double number() { return words_.at(at_++); }
  size_t size() { return static_cast<size_t>(number()); }
  const char* bytes(size_t count) {
    const char* const from = reinterpret_cast<const char*>(words_.data() + at_);
    at_ += (count + 7) / 8;
    if (at_ > words_.size()) fail("the recording ends early");
    return from;
  }

 private:
  std::vector<double> words_;
  size_t at_ = 0;
};

/** In units of the larger of 1 and what is wanted; NaN and infinities must be the same. */
template <class T>
double worstError(const char* got, const char* want, size_t bytes) {
  double worst = 0;
  for (size_t i = 0; i < bytes / sizeof(T); i++) {
    T g, w;
    memcpy(&g, got + i * sizeof(T), sizeof(T));
    memcpy(&w, want + i * sizeof(T), sizeof(T));
    const double a = static_cast<double>(g), b = static_cast<double>(w);
    if (a == b || (a != a && b != b)) continue;
    const double error = fabs(a - b) / fmax(1, fabs(b));
    worst = error <= worst ? worst : error;
    if (error != error) return INFINITY;
  }
  return worst;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) fail("replay RECORDING");
  const Kernels* const kernels = kernelsFor("");
  if (!kernels) fail("no kernels");
  Threads::shared().set(2);
  Recording recording(arguments[1]);
  Heap heap(size_t{4} << 30);
  Executor executor(heap, *kernels);
  size_t values = 0;
  for (size_t reads = 0; !recording.over();) {
    const int kind = static_cast<int>(recording.number());
    if (kind == 'A' || kind == 'G') {
      Storage* const first = kind == 'A' ? heap.allocate(recording.size()) : heap.allocateGroup(recording.size());
      if (!first || first->id != recording.size()) fail("storages have other ids than in the recording");
    } else if (kind == 'F') {
      const size_t used = recording.size();
      const Outcome outcome = executor.run(reinterpret_cast<const double*>(recording.bytes(used * sizeof(double))), used);
      if (outcome.status != 0) fail(outcome.message);
    } else {
      Storage* const storage = heap.find(recording.number());
      const size_t offset = recording.size(), type = recording.size(), bytes = recording.size();
      if (!storage || offset + bytes > storage->bytes) fail("the recording leaves a storage");
      const char* const given = recording.bytes(bytes);
      char* const data = storage->data + offset;
      if (kind == 'W') {
        memcpy(data, given, bytes);
        storage->written = true;
        continue;
      }
      reads++;
      values += bytes / (type == 8 ? 8 : 4);
      const double error = type == 4   ? worstError<float>(data, given, bytes)
                           : type == 8 ? worstError<double>(data, given, bytes)
                                       : (memcmp(data, given, bytes) == 0 ? 0 : INFINITY);
      if (!(error < 1e-4)) fail("read " + std::to_string(reads) + " differs by " + std::to_string(error));
    }
  }
  Threads::shared().stop();
  printf("ok %s %zu\n", kernels->isa, values);
  return 0;
}
