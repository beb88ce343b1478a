// What the machine can do at best: fused multiply-adds in registers, and copying memory. One line of JSON.
// Compiled by calibrate.mjs with -O3 -march=native -ffp-contract=fast -pthread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
// Enough independent sums for two units of a latency of five. Named one by one: an array of them went through memory, which
// halved the figure.
#define CHAINS 12
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define BEGIN(I) vector sum##I = term * (float)I;
#define TURN(I) sum##I = sum##I * factor + term;
#define TOTAL(I) total += sum##I;
typedef float vector __attribute__((vector_size(4 * WIDTH)));

static const long turns = 4000000;
// As large as the tensors of the benchmarks, which a large cache holds.
static const size_t copied = 4 << 20;
static const int copies = 64;
static char *from, *to;
static int threads;
static volatile float sink;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *multiply_add(void *unused) {
  (void)unused;
  vector factor, term;
  for (int lane = 0; lane < WIDTH; lane++) {
    factor[lane] = 0.999f;
    term[lane] = 0.0001f;
  }
  EACH(BEGIN)
  for (long turn = 0; turn < turns; turn++) {
    EACH(TURN)
  }
  vector total = term;
  EACH(TOTAL)
  sink = total[0];
  return NULL;
}

static void *copy_share(void *index) {
  size_t share = copied / (size_t)threads, start = share * (size_t)(long)index;
  for (int round = 0; round < copies; round++) memcpy(to + start, from + start, share);
  return NULL;
}

static double seconds(int count, void *(*work)(void *)) {
  pthread_t running[256];
  threads = count;
  double start = now();
  for (long i = 1; i < count; i++) pthread_create(&running[i], NULL, work, (void *)i);
  work((void *)0);
  for (int i = 1; i < count; i++) pthread_join(running[i], NULL);
  return now() - start;
}

static double best(int count, void *(*work)(void *)) {
  double shortest = 1e9;
  for (int round = 0; round < 5; round++) {
    double took = seconds(count, work);
    if (took < shortest) shortest = took;
  }
  return shortest;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  if (count < 1 || count > 256) return 2;
  from = malloc(copied);
  to = malloc(copied);
  if (!from || !to) return 3;
  memset(from, 1, copied);
  memset(to, 2, copied);
  double work = (double)turns * CHAINS * WIDTH * 2 * count;
  printf("{\"threads\": %d, \"gflops\": %.1f, \"copyGBs\": %.1f, \"vectorBits\": %d}\n", count,
         work / best(count, multiply_add) / 1e9, copies * 2 * (double)copied / best(count, copy_share) / 1e9, 32 * WIDTH);
  return 0;
}
