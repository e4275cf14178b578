// Opens, uses and closes COUNT files and sockets of many kinds, in two threads that share their descriptors. Every
// use is lseek(descriptor, index, 7), which fails and does nothing; for each the program writes "index name" to the
// file LOG, where the name is what it knows itself. Usage: many_descriptors COUNT LOG, in a folder of its own.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static char folder[4096];
static int last_index;

struct worker {
  pthread_t thread;
  int number, count;
  FILE *log;
  int listener, port;
};

static void die(const char *what) {
  perror(what);
  exit(2);
}
static int must(int result, const char *what) {
  if (result < 0) die(what);
  return result;
}

static void use(struct worker *worker, int fd, const char *format, ...) {
  int index = __atomic_add_fetch(&last_index, 1, __ATOMIC_RELAXED);
  va_list arguments;
  va_start(arguments, format);
  flockfile(worker->log);
  fprintf(worker->log, "%d %d<", index, fd);
  vfprintf(worker->log, format, arguments);
  fputc('\n', worker->log);
  funlockfile(worker->log);
  va_end(arguments);
  syscall(SYS_lseek, fd, (long)index, 7);
}

static unsigned long inode(int fd) {
  struct stat status;
  must(fstat(fd, &status), "fstat");
  return status.st_ino;
}

static int port_of(int fd) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  must(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
  return ntohs(address.sin_port);
}

static int bound(int type) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = must(socket(AF_INET, type, 0), "socket");
  must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
  return fd;
}

// Closing resets the connection, which leaves no port behind.
static void reset_at_close(int fd) {
  struct linger linger = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static void connection(struct worker *worker) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(worker->port)};
  int client = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
  use(worker, client, "TCP:[%lu]>", inode(client));
  reset_at_close(client);
  must(connect(client, (struct sockaddr *)&address, sizeof address), "connect");
  int port = port_of(client), accepted = must(accept(worker->listener, NULL, NULL), "accept");
  use(worker, client, "TCP:[127.0.0.1:%d->127.0.0.1:%d]>", port, worker->port);
  use(worker, accepted, "TCP:[127.0.0.1:%d->127.0.0.1:%d]>", worker->port, port);
  close(client);
  close(accepted);
}

static void file(struct worker *worker, int i, int is_renamed) {
  char name[64], other[64];
  snprintf(name, sizeof name, "file-%d-%d", worker->number, i);
  snprintf(other, sizeof other, "other-%d-%d", worker->number, i);
  int fd = must(open(name, O_CREAT | O_RDWR, 0600), name);
  use(worker, fd, "%s/%s>", folder, name);
  if (is_renamed) {
    must(rename(name, other), name);
    use(worker, fd, "%s/%s>", folder, other);
  }
  const char *last = is_renamed ? other : name;
  must(unlink(last), last);
  use(worker, fd, "%s/%s>(deleted)", folder, last);
  close(fd);
}

static void pair(struct worker *worker, int ends[2], int is_pipe) {
  unsigned long first = inode(ends[0]), second = inode(ends[1]);
  if (is_pipe) {
    use(worker, ends[0], "pipe:[%lu]>", first);
    use(worker, ends[1], "pipe:[%lu]>", first);
  } else {
    use(worker, ends[0], "UNIX-STREAM:[%lu->%lu]>", first, second);
    use(worker, ends[1], "UNIX-STREAM:[%lu->%lu]>", second, first);
  }
  close(ends[0]);
  close(ends[1]);
}

static void one(struct worker *worker, int i) {
  char name[32];
  int fd, ends[2];
  switch (i % 10) {
    case 0: return connection(worker);
    case 1:
      fd = bound(SOCK_DGRAM);
      use(worker, fd, "UDP:[127.0.0.1:%d]>", port_of(fd));
      close(fd);
      return;
    case 2:
      must(pipe(ends), "pipe");
      return pair(worker, ends, 1);
    case 3:
      must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
      return pair(worker, ends, 0);
    case 4:
      snprintf(name, sizeof name, "memory-%d-%d", worker->number, i);
      fd = must(memfd_create(name, 0), "memfd_create");
      use(worker, fd, "/memfd:%s>(deleted)", name);
      close(fd);
      return;
    case 5:
      ends[0] = must(open("/dev/null", O_RDWR), "/dev/null");
      fd = must(dup(ends[0]), "dup");
      close(ends[0]);
      use(worker, fd, "/dev/null<char 1:3>>");
      close(fd);
      return;
    case 6:
      fd = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
      use(worker, fd, "anon_inode:[timerfd]>");
      close(fd);
      return;
    default: return file(worker, i, i % 2);
  }
}

static void *work(void *argument) {
  struct worker *worker = argument;
  worker->listener = bound(SOCK_STREAM);
  must(listen(worker->listener, 16), "listen");
  worker->port = port_of(worker->listener);
  for (int i = 0; i < worker->count; ++i) one(worker, i);
  fflush(worker->log);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 3 || !getcwd(folder, sizeof folder)) return 2;
  struct worker workers[2];
  FILE *log = fopen(arguments[2], "w");
  if (!log) die(arguments[2]);
  for (int i = 0; i < 2; ++i) {
    workers[i] = (struct worker){.number = i, .count = atoi(arguments[1]) / 2, .log = log};
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) return 2;
  }
  for (int i = 0; i < 2; ++i) pthread_join(workers[i].thread, NULL);
  fclose(log);
  return 0;
}
