// NFS servers that stop answering: one that never begins, and one that is mounted first. The server is a few procedures of
// NFS version 3 and of its mount protocol, RFC 1813, over TCP records, RFC 5531. Mounting it is left to the kernel, so it
// is made only on a machine that is thrown away afterwards.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "waiters.h"

enum { MOUNT_PROGRAM = 100005, NFS_PROGRAM = 100003 };
enum { NULL_CALL = 0, MOUNT_MNT = 1, GETATTR = 1, LOOKUP = 3, ACCESS = 4, FSINFO = 19, PATHCONF = 20 };
enum { ROOT_FILE = 1, PLAIN_FILE = 2 };  // file handles

struct reply {
  uint32_t words[128];
  unsigned count;
};

static void put(struct reply* reply, uint32_t word) { reply->words[reply->count++] = htonl(word); }

static void put_words(struct reply* reply, const uint32_t* words, unsigned count) {
  for (unsigned i = 0; i < count; ++i) put(reply, words[i]);
}

static void put_handle(struct reply* reply, uint32_t file) {
  put(reply, 4);
  put(reply, file);
}

static void put_attributes(struct reply* reply, uint32_t file) {
  const int is_folder = file == ROOT_FILE;
  // Type, mode, links, owner, group, size, used, device, file system, number, and three times.
  const uint32_t words[21] = {is_folder ? 2 : 1, is_folder ? 0755 : 0644, 1, 0, 0, 0, 4096, 0, 4096,
                              0, 0, 0, 1, 0, file, 1, 0, 1, 0, 1, 0};
  put_words(reply, words, 21);
}

static void put_optional_attributes(struct reply* reply, uint32_t file) {
  put(reply, 1);
  put_attributes(reply, file);
}

static void answer_nfs(struct reply* reply, uint32_t procedure, uint32_t file) {
  static const uint32_t limits[12] = {4096, 4096, 512, 4096, 4096, 512, 4096, 0, 1 << 30, 0, 1, 0x1b};
  static const uint32_t configuration[6] = {8, 255, 1, 1, 0, 1};
  if (procedure == NULL_CALL) return;
  put(reply, 0);  // success
  if (procedure == LOOKUP) {
    put_handle(reply, PLAIN_FILE);
    put_optional_attributes(reply, PLAIN_FILE);
    put(reply, 0);
    return;
  }
  if (procedure == GETATTR) {
    put_attributes(reply, file);
    return;
  }
  put_optional_attributes(reply, file);
  if (procedure == ACCESS) put(reply, 0x3f);
  if (procedure == FSINFO) put_words(reply, limits, 12);
  if (procedure == PATHCONF) put_words(reply, configuration, 6);
}

static void answer_mount(struct reply* reply, uint32_t procedure) {
  if (procedure != MOUNT_MNT) return;
  put(reply, 0);
  put_handle(reply, ROOT_FILE);
  put(reply, 1);  // one way to say who one is: by user number
  put(reply, 1);
}

// One request of a connection: 0 when it has ended.
static int serve_one(int fd, int knows_files) {
  static uint32_t call[4096];
  struct reply reply = {.count = 1};
  uint32_t mark;
  if (recv(fd, &mark, sizeof mark, MSG_WAITALL) != sizeof mark) return 0;
  const size_t size = ntohl(mark) & 0x7fffffff;
  if (size > sizeof call || recv(fd, call, size, MSG_WAITALL) != (ssize_t)size) return 0;
  const uint32_t program = ntohl(call[3]), procedure = ntohl(call[5]);
  const unsigned credentials = (ntohl(call[7]) + 3) / 4;
  const uint32_t* arguments = call + 10 + credentials;
  const int is_known = procedure == NULL_CALL || procedure == GETATTR || procedure == FSINFO ||
                       procedure == PATHCONF ||
                       (knows_files && (procedure == LOOKUP || procedure == ACCESS));
  if (program == NFS_PROGRAM && !is_known) return 1;
  put(&reply, ntohl(call[0]));
  put_words(&reply, (const uint32_t[]){1, 0, 0, 0, 0}, 5);  // an accepted call, no verifier, success
  if (program == NFS_PROGRAM) answer_nfs(&reply, procedure, ntohl(arguments[1]));
  if (program == MOUNT_PROGRAM) answer_mount(&reply, procedure);
  reply.words[0] = htonl(0x80000000u | (reply.count - 1) * 4);
  return write(fd, reply.words, reply.count * 4) > 0;
}

struct server {
  int listener;
  int knows_files;  // whether it answers about files below its root
};

static void serve(void* argument) {
  const struct server* server = argument;
  struct pollfd fds[16] = {{.fd = server->listener, .events = POLLIN}};
  unsigned count = 1;
  for (;;) {
    must(poll(fds, count, -1), "poll");
    for (unsigned i = 1; i < count; ++i) {
      if (fds[i].revents == 0 || serve_one(fds[i].fd, server->knows_files)) continue;
      close(fds[i].fd);
      fds[i--] = fds[--count];
    }
    if (fds[0].revents != 0 && count < 16) {
      fds[count++] = (struct pollfd){.fd = must(accept(fds[0].fd, NULL, NULL), "accept"), .events = POLLIN};
    }
  }
}

static void accept_only(void* argument) {
  for (;;) must(accept(((const struct server*)argument)->listener, NULL, NULL), "accept");
}

// Starts a server; its port.
static int start_server(void (*body)(void*), int knows_files, struct answer* answer) {
  struct server server = {must(socket(AF_INET, SOCK_STREAM, 0), "socket"), knows_files};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  must(bind(server.listener, (void*)&address, size), "bind");
  must(listen(server.listener, 16), "listen");
  must(getsockname(server.listener, (void*)&address, &size), "getsockname");
  answer->culprit_pid = helper(body, &server);
  answer->has_folder = 1;
  strcpy(answer->object, "127.0.0.1");
  close(server.listener);
  return ntohs(address.sin_port);
}

static void mount_from(void* port) {
  char options[160];
  const int number = *(int*)port;
  snprintf(options, sizeof options,
           "vers=3,proto=tcp,nolock,noacl,port=%d,mountport=%d,mountproto=tcp,addr=127.0.0.1", number, number);
  must(mount("localhost:/export", private_folder(), "nfs", 0, options), "mount");
}

static void wait_for_server(int knows_files, void (*waiter)(void*)) {
  struct answer answer = {.pid = 0};
  int port = start_server(serve, knows_files, &answer);
  mount_from(&port);
  answer.pid = helper(waiter, NULL);
  announce(answer);
  sleep_forever();
}

static const char* file_path(void) {
  static char path[160];
  snprintf(path, sizeof path, "%s/file", private_folder());
  return path;
}

static void stat_file(void* unused) {
  struct stat status;
  (void)unused;
  must(stat(file_path(), &status), "stat");
}

static void sync_file(void* unused) {
  (void)unused;
  const int fd = must(open(file_path(), O_WRONLY | O_CLOEXEC), "open");
  must((int)write(fd, "x", 1), "write");
  must(fsync(fd), "fsync");
}

static void nfs_stat(void) { wait_for_server(0, stat_file); }
static void nfs_fsync(void) { wait_for_server(1, sync_file); }

static void nfs_mount(void) {
  struct answer answer = {.pid = 0};
  int port = start_server(accept_only, 0, &answer);
  answer.pid = helper(mount_from, &port);
  announce(answer);
  sleep_forever();
}

const struct way nfs_ways[] = {{"nfs-stat", nfs_stat, OWN_MACHINE},
                               {"nfs-fsync", nfs_fsync, OWN_MACHINE},
                               {"nfs-mount", nfs_mount, OWN_MACHINE},
                               {0}};
