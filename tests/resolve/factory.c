/* Makes one of every kind of descriptor and says what it made, a JSON object per line; then waits for
 * the end of its standard input. Kinds that this machine does not allow are left out.
 *
 *   factory FOLDER    the folder gets the files, the FIFO and the socket
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

static const char *folder;

static const char *in_folder(const char *name) {
  static char path[4][512];
  static int next;
  char *text = path[next++ % 4];
  snprintf(text, sizeof path[0], "%s/%s", folder, name);
  return text;
}

/* `more` is a format for further members, starting with a comma. */
__attribute__((format(printf, 3, 4))) static void made(int fd, const char *kind, const char *more,
                                                        ...) {
  if (fd < 0) return;
  printf("{\"fd\":%d,\"kind\":\"%s\"", fd, kind);
  va_list arguments;
  va_start(arguments, more);
  vprintf(more, arguments);
  va_end(arguments);
  puts("}");
}

static void files(void) {
  int fd = open(in_folder("regular"), O_RDWR | O_CREAT, 0644);
  if (write(fd, "0123456789", 10) != 10) exit(1);
  lseek(fd, 4, SEEK_SET);
  flock(fd, LOCK_EX);
  made(fd, "regular", ",\"access\":\"u\",\"size\":10,\"offset\":4,\"lock\":\"W\",\"name\":\"%s\"",
       in_folder("regular"));
  fd = open(in_folder("deleted"), O_WRONLY | O_CREAT, 0644);
  unlink(in_folder("deleted"));
  made(fd, "regular", ",\"access\":\"w\",\"deleted\":true,\"size\":0,\"name\":\"%s\"",
       in_folder("deleted"));
  fd = open(in_folder("odd\n\033[31mname"), O_RDONLY | O_CREAT, 0644);
  made(fd, "regular", ",\"access\":\"r\",\"name\":\"%s/odd\\n\\u001b[31mname\"", folder);
  made(open(folder, O_TMPFILE | O_RDWR, 0600), "regular", ",\"deleted\":true");
  made(open(folder, O_RDONLY | O_DIRECTORY), "directory", ",\"access\":\"r\",\"name\":\"%s\"",
       folder);
  made(open(in_folder("regular"), O_PATH), "regular", ",\"access\":\"none\"");
  if (symlink("/nowhere", in_folder("link")) == 0)
    made(open(in_folder("link"), O_PATH | O_NOFOLLOW), "symlink", ",\"access\":\"none\"");
  made(open("/dev/null", O_WRONLY), "character-device", ",\"rdev\":\"1,3\",\"access\":\"w\"");
  if (mknod(in_folder("block"), S_IFBLK | 0600, 0x700) == 0)
    made(open(in_folder("block"), O_PATH), "block-device", ",\"rdev\":\"7,0\"");
  made(memfd_create("a memory file", 0), "memfd", ",\"deleted\":true");
  struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 64};
  char name[64];
  snprintf(name, sizeof name, "/factory-%d", getpid());
  const mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
  if (queue >= 0) {
    made(queue, "mqueue", ",\"name\":\"%s\"", name);
    mq_unlink(name);
  }
  made(open("/proc/self/ns/net", O_RDONLY), "namespace", ",\"name\":\"net\"");
}

static void pipes(void) {
  int ends[2];
  if (pipe(ends) != 0) exit(1);
  made(ends[0], "pipe", ",\"access\":\"r\",\"peers\":[%d]", ends[1]);
  made(ends[1], "pipe", ",\"access\":\"w\",\"peers\":[%d]", ends[0]);
  mkfifo(in_folder("fifo"), 0600);
  const int both = open(in_folder("fifo"), O_RDWR | O_NONBLOCK);
  const int reader = open(in_folder("fifo"), O_RDONLY | O_NONBLOCK);
  made(reader, "fifo", ",\"access\":\"r\",\"peers\":[%d]", both);
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  char name[64];
  if (master < 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof name) != 0) return;
  const int slave = open(name, O_RDWR | O_NOCTTY);
  made(master, "pty-master", ",\"peers\":[%d]", slave);
  made(slave, "pty-slave", ",\"peers\":[%d]", master);
}

static int listener(int family, struct sockaddr_storage *address, socklen_t *size) {
  const int fd = socket(family, SOCK_STREAM, 0);
  memset(address, 0, sizeof *address);
  address->ss_family = (sa_family_t)family;
  *size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
  if (family == AF_INET)
    ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    ((struct sockaddr_in6 *)address)->sin6_addr = in6addr_loopback;
  if (bind(fd, (struct sockaddr *)address, *size) != 0 || listen(fd, 5) != 0) return -1;
  getsockname(fd, (struct sockaddr *)address, size);
  return fd;
}

static void inet(int family, const char *type) {
  struct sockaddr_storage address;
  socklen_t size;
  const int listening = listener(family, &address, &size);
  if (listening < 0) return;
  made(listening, "tcp", ",\"type\":\"%s\",\"state\":\"LISTEN\",\"peers\":[]", type);
  const int client = socket(family, SOCK_STREAM, 0);
  if (connect(client, (struct sockaddr *)&address, size) != 0) exit(1);
  const int server = accept(listening, NULL, NULL);
  if (write(client, "request", 7) != 7) exit(1);
  made(client, "tcp", ",\"type\":\"%s\",\"state\":\"ESTABLISHED\",\"peers\":[%d]", type, server);
  made(server, "tcp", ",\"type\":\"%s\",\"state\":\"ESTABLISHED\",\"recv_queue\":7,\"peers\":[%d]",
       type, client);
  const int waiting = socket(family, SOCK_STREAM, 0);
  if (connect(waiting, (struct sockaddr *)&address, size) != 0) exit(1);
  made(waiting, "tcp", ",\"type\":\"%s\",\"peers\":[%d],\"peer_note\":\"not accepted yet\"", type,
       listening);
  made(socket(family, SOCK_STREAM, 0), "tcp", ",\"peers\":[]");
  int pair[2];
  struct sockaddr_storage names[2];
  for (int i = 0; i < 2; ++i) {
    pair[i] = socket(family, SOCK_DGRAM, 0);
    memcpy(&names[i], &address, sizeof address);
    ((struct sockaddr_in *)&names[i])->sin_port = 0;
    if (bind(pair[i], (struct sockaddr *)&names[i], size) != 0) exit(1);
    getsockname(pair[i], (struct sockaddr *)&names[i], &size);
  }
  for (int i = 0; i < 2; ++i) {
    if (connect(pair[i], (struct sockaddr *)&names[1 - i], size) != 0) exit(1);
    made(pair[i], "udp", ",\"type\":\"%s\",\"peers\":[%d]", type, pair[1 - i]);
  }
  made(socket(family, SOCK_RAW, IPPROTO_UDP), "raw", "%s", "");
}

static int bound_unix(int type, const char *name, socklen_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, name, length);
  const int fd = socket(AF_UNIX, type, 0);
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  return bind(fd, (struct sockaddr *)&address, size) == 0 ? fd : -1;
}

static int connected_unix(int type, const char *name, socklen_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, name, length);
  const int fd = socket(AF_UNIX, type, 0);
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  return connect(fd, (struct sockaddr *)&address, size) == 0 ? fd : -1;
}

static void unix_sockets(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0) exit(1);
  made(pair[0], "unix", ",\"socket_type\":\"seqpacket\",\"peers\":[%d]", pair[1]);
  made(pair[1], "unix", ",\"socket_type\":\"seqpacket\",\"peers\":[%d]", pair[0]);
  const char *path = in_folder("socket");
  const int listening = bound_unix(SOCK_STREAM, path, (socklen_t)strlen(path) + 1);
  listen(listening, 5);
  made(listening, "unix", ",\"path\":\"%s\",\"state\":\"LISTEN\",\"peers\":[]", path);
  const int client = connected_unix(SOCK_STREAM, path, (socklen_t)strlen(path) + 1);
  const int server = accept(listening, NULL, NULL);
  made(client, "unix", ",\"peers\":[%d]", server);
  made(server, "unix", ",\"path\":\"%s\",\"peers\":[%d]", path, client);
  const int waiting = connected_unix(SOCK_STREAM, path, (socklen_t)strlen(path) + 1);
  made(waiting, "unix", ",\"peers\":[%d],\"peer_note\":\"not accepted yet\"", listening);
  char name[64] = {0};
  const int length = 1 + snprintf(name + 1, sizeof name - 1, "factory-%d", getpid());
  const int log = bound_unix(SOCK_DGRAM, name, (socklen_t)length);
  const int writer = connected_unix(SOCK_DGRAM, name, (socklen_t)length);
  made(log, "unix", ",\"path\":\"\\u0000%s\",\"peers\":[%d]", name + 1, writer);
  made(writer, "unix", ",\"peers\":[%d]", log);
}

static void other_sockets(void) {
  struct sockaddr_nl route = {.nl_family = AF_NETLINK, .nl_groups = 1};
  const int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (bind(netlink, (struct sockaddr *)&route, sizeof route) == 0)
    made(netlink, "netlink", ",\"protocol\":\"ROUTE\",\"groups\":1");
  made(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), "netlink", "%s", "");
  made(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), "packet", "%s", "");
  made(socket(AF_VSOCK, SOCK_STREAM, 0), "vsock", "%s", "");
  made(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), "ping", "%s", "");
}

static void events(void) {
  const int event = eventfd(5, EFD_NONBLOCK);
  const int same = dup(event);
  made(event, "eventfd", ",\"details\":{\"count\":5},\"peers\":[%d]", same);
  made(same, "eventfd", ",\"details\":{\"count\":5},\"peers\":[%d]", event);
  const int poll = epoll_create1(0);
  struct epoll_event in = {.events = EPOLLIN};
  epoll_ctl(poll, EPOLL_CTL_ADD, event, &in);
  made(poll, "eventpoll", ",\"details\":{\"watches\":\"%d\"}", event);
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const struct itimerspec every = {{2, 5000000}, {1000, 0}};
  timerfd_settime(timer, 0, &every, NULL);
  made(timer, "timerfd",
       ",\"details\":{\"clock\":\"CLOCK_MONOTONIC\",\"ticks\":0,\"interval\":\"2.005000000\"}");
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGTERM);
  made(signalfd(-1, &signals, 0), "signalfd", ",\"details\":{\"signals\":\"USR1,TERM\"}");
  const int notify = inotify_init();
  struct stat status;
  stat(folder, &status);
  if (inotify_add_watch(notify, folder, IN_CREATE) >= 0)
    made(notify, "inotify", ",\"details\":{\"watches\":1,\"inodes\":\"%lu\"}",
         (unsigned long)status.st_ino);
  const int fan = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
  if (fan >= 0 && fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, folder) == 0)
    made(fan, "fanotify", ",\"details\":{\"marks\":1}");
  made((int)syscall(SYS_pidfd_open, getpid(), 0), "pidfd", ",\"details\":{\"pid\":%d}", getpid());
}

static void kernel_objects(void) {
  union bpf_attr map;
  memset(&map, 0, sizeof map);
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = 4;
  map.value_size = 24;
  map.max_entries = 3;
  made((int)syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), "bpf-map",
       ",\"details\":{\"key_size\":4,\"value_size\":24,\"max_entries\":3}");
  const struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr program;
  memset(&program, 0, sizeof program);
  program.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  program.insns = (uintptr_t)code;
  program.insn_cnt = 2;
  program.license = (uintptr_t) "GPL";
  made((int)syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program), "bpf-program",
       ",\"details\":{\"type\":1}");
  struct io_uring_params ring;
  memset(&ring, 0, sizeof ring);
  made((int)syscall(SYS_io_uring_setup, 4, &ring), "io_uring", "%s", "");
  struct perf_event_attr event;
  memset(&event, 0, sizeof event);
  event.type = PERF_TYPE_SOFTWARE;
  event.size = sizeof event;
  event.config = PERF_COUNT_SW_DUMMY;
  made((int)syscall(SYS_perf_event_open, &event, 0, -1, -1, 0), "perf-event", "%s", "");
  made((int)syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd", "%s", "");
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  folder = arguments[1];
  files();
  pipes();
  inet(AF_INET, "IPv4");
  inet(AF_INET6, "IPv6");
  unix_sockets();
  other_sockets();
  events();
  kernel_objects();
  puts("end");
  fflush(stdout);
  char end;
  return read(0, &end, 1) > 0;
}
