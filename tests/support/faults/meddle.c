/* Stands between a program and the C library (LD_PRELOAD) and makes the machine's faults at one exact call: a kill
 * before or after the n-th write or sync of a file, connect or send; a disk that is full or fails from the n-th on; and a
 * wall clock that is elsewhere. What to do is read from a page that another process writes (meddle.rs says its form).
 * With an empty page every call passes unchanged. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct page {
  int64_t shift;  /* seconds added to the wall clock */
  int64_t deed;   /* 0 nothing, 1 kill before, 2 kill after, 3 fail */
  int64_t places; /* bits: 1 file write, 2 file sync, 4 connect, 8 send */
  int64_t nth;    /* counts down; the deed is done at 1, and a failure stays */
  int64_t error;  /* errno of a failure */
  int64_t met;    /* set to 1 when the deed is done */
};

static volatile struct page *page;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("MEDDLE_PAGE");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) page = at;
}

static void end(void) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }

/* Returns whether the call must fail; 2 where the program ends after it. */
static int here(int place) {
  if (!page || page->deed == 0 || !(page->places & place)) return 0;
  int64_t left = __sync_sub_and_fetch(&page->nth, 1);
  if (left > 0) return 0;
  if (page->deed == 3) {
    page->met = 1;
    errno = (int)page->error;
    return 1;
  }
  if (left < 0) return 0;
  page->met = 1;
  if (page->deed == 1) end();
  return 2;
}

#define PASS(place, result, call)   \
  do {                              \
    int what = here(place);         \
    if (what == 1) return -1;       \
    result answer = call;           \
    if (what == 2) end();           \
    return answer;                  \
  } while (0)

#define REAL(type, name, ...)                            \
  static type (*real)(__VA_ARGS__);                      \
  if (!real) real = (type(*)(__VA_ARGS__))next(name)

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  PASS(1, ssize_t, real(fd, bytes, size, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  PASS(1, ssize_t, real(fd, bytes, size, at));
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  PASS(2, int, real(fd));
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  PASS(2, int, real(fd));
}

int connect(int fd, const struct sockaddr *to, socklen_t size) {
  REAL(int, "connect", int, const struct sockaddr *, socklen_t);
  PASS(4, int, real(fd, to, size));
}

ssize_t send(int fd, const void *bytes, size_t size, int flags) {
  REAL(ssize_t, "send", int, const void *, size_t, int);
  PASS(8, ssize_t, real(fd, bytes, size, flags));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  PASS(8, ssize_t, real(fd, parts, count));
}

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))next("clock_gettime");
  int answer = real(which, now);
  if (answer == 0 && page && which == CLOCK_REALTIME) now->tv_sec += page->shift;
  return answer;
}
