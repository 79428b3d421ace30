/* LD_PRELOAD: files below the directory DISK_SHIM_ROOT answer as the file DISK_SHIM_FILE says at that moment (struct disk; nemesis.py writes it):
   syncs take long or fail, nothing can be read. What was written stays in the page cache, as on a real disk that fails: a later reading may
   show what was never made durable. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct disk {
  int64_t sync_takes;   /* nanoseconds longer */
  int64_t syncs_fail;   /* so many more */
  int64_t reads_fail;   /* not 0: all of them */
  int64_t errors;       /* that were given so far */
};

static struct disk *disk;
static const char *root;
static size_t root_length;
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_open)(const char *, int, ...);
static ssize_t (*real_pread)(int, void *, size_t, off_t), (*real_read)(int, void *, size_t);

__attribute__((constructor)) static void begin(void) {
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_open = dlsym(RTLD_NEXT, "open");
  real_pread = dlsym(RTLD_NEXT, "pread");
  real_read = dlsym(RTLD_NEXT, "read");
  const char *path = getenv("DISK_SHIM_FILE");
  root = getenv("DISK_SHIM_ROOT");
  if (!path || !root) return;
  root_length = strlen(root);
  int fd = real_open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *page = mmap(0, sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) disk = page;
}

static int below_root(const char *path) { return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0); }

static int concerns(int fd) {
  char name[32], path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(name, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return below_root(path);
}

static int fail(void) {
  __atomic_add_fetch(&disk->errors, 1, __ATOMIC_RELAXED);
  errno = EIO;
  return -1;
}

static int sync_with(int (*real)(int), int fd) {
  if (!disk || !concerns(fd)) return real(fd);
  int64_t takes = __atomic_load_n(&disk->sync_takes, __ATOMIC_RELAXED);
  if (takes > 0) {
    struct timespec length = {takes / 1000000000, takes % 1000000000};
    nanosleep(&length, NULL);
  }
  int64_t left = __atomic_load_n(&disk->syncs_fail, __ATOMIC_RELAXED);
  while (left > 0) {
    if (__atomic_compare_exchange_n(&disk->syncs_fail, &left, left - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return fail();
  }
  return real(fd);
}

int fsync(int fd) { return sync_with(real_fsync, fd); }
int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }

static int unreadable(void) { return disk && __atomic_load_n(&disk->reads_fail, __ATOMIC_RELAXED) != 0; }

ssize_t pread(int fd, void *out, size_t size, off_t offset) { return unreadable() && concerns(fd) ? fail() : real_pread(fd, out, size, offset); }
ssize_t read(int fd, void *out, size_t size) { return unreadable() && concerns(fd) ? fail() : real_read(fd, out, size); }

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  /* What may still be written is opened, and fails when it is read. */
  if (unreadable() && (flags & O_ACCMODE) == O_RDONLY && !(flags & O_DIRECTORY) && below_root(path)) return fail();
  return real_open(path, flags, mode);
}
