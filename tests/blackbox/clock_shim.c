/* LD_PRELOAD: the clocks of one process go as the file CLOCK_SHIM_FILE says at that moment (struct clocks; nemesis.py writes it).

   The wall clock runs ahead or behind; the monotonic one too fast or too slow, and waits that are told by it are as much shorter or longer.
   It never goes back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ll

struct clocks {
  int64_t wall_ahead; /* nanoseconds */
  int64_t writing;    /* odd: the three below are being changed */
  int64_t since;      /* on the true monotonic clock */
  int64_t gained;     /* until then, nanoseconds */
  int64_t rate;       /* from then on: too fast by so many thousandths */
};

static volatile const struct clocks *clocks;
static int64_t last;
static int (*real_epoll_wait)(int, struct epoll_event *, int, int);
static int (*real_clockwait)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CLOCK_SHIM_FILE");
  real_epoll_wait = dlsym(RTLD_NEXT, "epoll_wait");
  real_clockwait = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *page = mmap(0, sizeof *clocks, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) clocks = page;
}

static struct clocks now_in_force(void) {
  struct clocks seen;
  do {
    seen = *clocks;
    __sync_synchronize();
  } while (seen.writing % 2 != 0 || seen.writing != clocks->writing);
  return seen;
}

static int64_t nanos_of(const struct timespec *time) { return (int64_t)time->tv_sec * SECOND + time->tv_nsec; }

static struct timespec timespec_of(int64_t nanos) { return (struct timespec){nanos / SECOND, nanos % SECOND}; }

static int64_t shown(int64_t monotonic) {
  struct clocks c = now_in_force();
  int64_t nanos = monotonic + c.gained + (monotonic - c.since) / 1000 * c.rate;
  int64_t before = __atomic_load_n(&last, __ATOMIC_RELAXED);
  while (before < nanos && !__atomic_compare_exchange_n(&last, &before, nanos, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return before < nanos ? nanos : before;
}

/* When the true clock will be there; good as long as the rate stays. */
static int64_t truly(int64_t shown_nanos) {
  struct clocks c = now_in_force();
  return c.since + (shown_nanos - c.since - c.gained) / (1000 + c.rate) * 1000;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  int result = (int)syscall(SYS_clock_gettime, clock, out);
  if (result != 0 || !clocks) return result;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) *out = timespec_of(nanos_of(out) + clocks->wall_ahead);
  if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE) *out = timespec_of(shown(nanos_of(out)));
  return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms) {
  if (clocks && timeout_ms > 0) timeout_ms = (int)((int64_t)timeout_ms * 1000 / (1000 + now_in_force().rate)) + 1;
  return real_epoll_wait(epoll, events, count, timeout_ms);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until) {
  struct timespec true_until = *until;
  if (clocks && clock == CLOCK_MONOTONIC) true_until = timespec_of(truly(nanos_of(until)));
  if (clocks && clock == CLOCK_REALTIME) true_until = timespec_of(nanos_of(until) - clocks->wall_ahead);
  return real_clockwait(condition, mutex, clock, &true_until);
}
