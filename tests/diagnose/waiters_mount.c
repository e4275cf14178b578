// File systems that do not answer: a FUSE daemon that stops, a lock that somebody holds who waits for it,
// a file system that is frozen. Each is mounted in a mount namespace of its own, and none waits itself:
// the program that was started can always be killed, and everything else ends with it.
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waiters.h"

// Whose the processes become, once root has mounted: those of $WAITERS_OWNER, or root itself.
static uid_t owner(void) {
  const char* text = getenv("WAITERS_OWNER");
  return text == NULL ? 0 : (uid_t)atoi(text);
}

struct body {
  void (*run)(void*);
  void* argument;
  pid_t parent;
};

static void run_as_owner(void* argument) {
  const struct body* body = argument;
  must(setgroups(0, NULL), "setgroups");
  must(setresgid(owner(), owner(), owner()), "setresgid");
  must(setresuid(owner(), owner(), owner()), "setresuid");
  must(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE");
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");  // the change of user took it away
  if (getppid() != body->parent) _exit(1);
  body->run(body->argument);
}

static pid_t owned_helper(void (*run)(void*), void* argument) {
  return helper(run_as_owner, &(struct body){run, argument, getpid()});
}

static void own_mounts(void) {
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
}

static void reply_to(int device, const struct fuse_in_header* request, const void* body, size_t size) {
  char reply[512];
  const struct fuse_out_header header = {sizeof header + size, 0, request->unique};
  memcpy(reply, &header, sizeof header);
  memcpy(reply + sizeof header, body, size);
  must((int)write(device, reply, header.len), "write");
}

// A FUSE daemon that has one file, "file", lets it be opened, and then answers nothing any more. What
// nobody has read from the device does not keep its sender from being killed.
static void serve_until_open(void* argument) {
  const int device = *(int*)argument;
  static char buffer[1 << 18];
  const struct fuse_in_header* request = (void*)buffer;
  const struct fuse_init_out init = {.major = 7, .minor = 31, .flags = FUSE_ASYNC_READ,
                                     .max_write = 4096, .max_readahead = 4096};
  const struct fuse_entry_out entry = {
      .nodeid = 2, .entry_valid = 3600, .attr_valid = 3600,
      .attr = {.ino = 2, .size = 4096, .mode = S_IFREG | 0644, .nlink = 1, .blksize = 4096}};
  const struct fuse_open_out opened = {.fh = 1, .open_flags = FOPEN_NOFLUSH};
  for (;;) {
    must((int)read(device, buffer, sizeof buffer), "read");
    if (request->opcode == FUSE_INIT) reply_to(device, request, &init, sizeof init);
    if (request->opcode == FUSE_LOOKUP) reply_to(device, request, &entry, sizeof entry);
    if (request->opcode == FUSE_OPEN) {
      reply_to(device, request, &opened, sizeof opened);
      return;
    }
  }
}

// One that answers the greeting and nothing else.
static void serve_nothing(void* argument) {
  const int device = *(int*)argument;
  static char buffer[1 << 18];
  const struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 4096};
  must((int)read(device, buffer, sizeof buffer), "read");
  reply_to(device, (void*)buffer, &init, sizeof init);
}

// Mounts FUSE on the private folder; returns the daemon.
static pid_t mount_fuse(void (*daemon)(void*)) {
  char options[128];
  int device = must(open("/dev/fuse", O_RDWR), "/dev/fuse");
  own_mounts();
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", device,
           owner(), owner());
  must(mount("syscope-test", private_folder(), "fuse", 0, options), "mount");
  const pid_t server = owned_helper(daemon, &device);
  close(device);
  return server;
}

static const char* in_folder(const char* name) {
  static char path[160];
  snprintf(path, sizeof path, "%s/%s", private_folder(), name);
  return path;
}

static void stat_file(void* unused) {
  struct stat status;
  (void)unused;
  must(stat(in_folder("file"), &status), "stat");
}
static void read_file(void* unused) {
  char byte;
  (void)unused;
  must((int)read(must(open(in_folder("file"), O_RDONLY), "open"), &byte, 1), "read");
}
static void touch_file(void* unused) {
  (void)unused;
  const int fd = must(open(in_folder("file"), O_RDONLY), "open");
  const volatile char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  if (page == MAP_FAILED) die("mmap");
  (void)*page;
}

static void wait_for_fuse(void (*daemon)(void*), void (*waiter)(void*), const char* object) {
  struct answer answer = {.has_folder = 1};
  answer.culprit_pid = mount_fuse(daemon);
  answer.pid = owned_helper(waiter, NULL);
  snprintf(answer.object, sizeof answer.object, "%s", object);
  announce(answer);
  sleep_forever();
}

static void fuse_wait(void) { wait_for_fuse(serve_nothing, stat_file, "FUSE"); }
static void fuse_read(void) { wait_for_fuse(serve_until_open, read_file, "FUSE"); }
static void fuse_fault(void) { wait_for_fuse(serve_until_open, touch_file, "a page of its memory"); }

static void make_folder(void* name) { must(mkdir(in_folder(name), 0700), "mkdir"); }

// Returns when the process sleeps for its FUSE daemon.
static void until_asleep(pid_t pid) {
  char path[64], text[64] = "";
  snprintf(path, sizeof path, "/proc/%d/wchan", pid);
  for (int tries = 0; tries < 1000 && strstr(text, "request_wait_answer") == NULL; ++tries) {
    usleep(10000);
    const int fd = must(open(path, O_RDONLY), path);
    const ssize_t size = read(fd, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = 0;
    close(fd);
  }
}

// The first has the folder's lock while it waits for the daemon; the second waits for the lock.
static void kernel_lock(void) {
  struct answer answer = {.has_folder = 1, .object = "lock"};
  mount_fuse(serve_nothing);
  answer.culprit_pid = owned_helper(make_folder, "first");
  until_asleep(answer.culprit_pid);
  answer.pid = owned_helper(make_folder, "second");
  announce(answer);
  sleep_forever();
}

// A loop device on a fresh image in memory, so that no busy disk delays it; it goes with its last user.
static const char* new_disk(void) {
  static char device[32];
  char command[256];
  struct loop_config config = {.info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
  const int image = must(memfd_create("image", 0), "memfd_create");
  must(ftruncate(image, 8 << 20), "ftruncate");
  snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F /proc/self/fd/%d 1>&2",
           image);
  if (system(command) != 0) die("mkfs.ext4");
  const int control = must(open("/dev/loop-control", O_RDWR | O_CLOEXEC), "/dev/loop-control");
  snprintf(device, sizeof device, "/dev/loop%d", must(ioctl(control, LOOP_CTL_GET_FREE), "loop"));
  const int loop = must(open(device, O_RDWR | O_CLOEXEC), device);
  config.fd = (unsigned)image;
  must(ioctl(loop, LOOP_CONFIGURE, &config), "LOOP_CONFIGURE");
  close(image);
  return device;  // `loop` stays open: the device would go before it is mounted
}

// Thaws when every write end of the pipe has been closed: when whoever froze has died, however it did.
static void guard(int root, const int* pipe_ends) {
  char byte;
  if (must(fork(), "fork") != 0) return;
  setsid();
  hold_only((int[]){root, pipe_ends[0], -1});
  for (int fd = 0; fd < 3; ++fd) close(fd);
  while (read(pipe_ends[0], &byte, 1) > 0) continue;
  ioctl(root, FITHAW, 0);
  _exit(0);
}

static void write_byte(void* argument) {
  const int* fds = argument;
  hold_only((int[]){fds[0], -1});
  must((int)write(fds[0], "x", 1), "write");
}

static void frozen_disk(void) {
  struct answer answer = {.has_folder = 1, .object = "frozen"};
  int pipe_ends[2];
  own_mounts();
  const char* device = new_disk();
  must(mkdir(in_folder("disk"), 0700), "mkdir");
  must(mount(device, in_folder("disk"), "ext4", 0, ""), "mount");
  const int root = must(open(in_folder("disk"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open");
  int file = must(open(in_folder("disk/file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
  must(pipe2(pipe_ends, O_CLOEXEC), "pipe");
  guard(root, pipe_ends);
  must(ioctl(root, FIFREEZE, 0), "FIFREEZE");
  answer.pid = owned_helper(write_byte, &file);
  announce(answer);
  sleep_forever();
}

const struct way mount_ways[] = {{"fuse", fuse_wait, ROOT_TO_MAKE},
                                 {"fuse-read", fuse_read, ROOT_TO_MAKE},
                                 {"fuse-fault", fuse_fault, ROOT_TO_MAKE},
                                 {"kernel-lock", kernel_lock, ROOT_TO_MAKE},
                                 {"frozen-disk", frozen_disk, ROOT_TO_MAKE},
                                 {0}};
