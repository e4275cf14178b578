// System V and POSIX message queues, semaphores, io_uring and AIO.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "waiters.h"

struct message {
  long type;
  char text[4096];
};

// Removes the queue or the set when the process that made it has gone.
struct removal {
  int queue, set;
  pid_t owner;
};
static void remove_later(struct removal what) {
  what.owner = getpid();
  if (must(fork(), "fork") != 0) return;
  setsid();
  for (int fd = 0; fd < 64; ++fd) close(fd);
  while (getppid() == what.owner) usleep(50000);
  if (what.queue >= 0) msgctl(what.queue, IPC_RMID, NULL);
  if (what.set >= 0) semctl(what.set, 0, IPC_RMID);
  _exit(0);
}

struct use {
  int queue, set, ready[2];
};

static void send_one(void* argument) {
  struct use* use = argument;
  struct message message = {.type = 7};
  must(msgsnd(use->queue, &message, 1, 0), "msgsnd");
  must(write(use->ready[1], "", 1), "write");
}
static void receive_one(void* argument) {
  struct use* use = argument;
  struct message message;
  must((int)msgrcv(use->queue, &message, sizeof message.text, 0, 0), "msgrcv");
  must(write(use->ready[1], "", 1), "write");
}

static int new_queue(void) {
  const int queue = must(msgget(IPC_PRIVATE, 0600), "msgget");
  remove_later((struct removal){.queue = queue, .set = -1});
  return queue;
}

static void msgrcv_wait(void) {
  struct use use = {.queue = new_queue()};
  struct message message;
  char byte;
  must(pipe(use.ready), "pipe");
  const pid_t sender = helper(send_one, &use);
  must(read(use.ready[0], &byte, 1), "read");
  must((int)msgrcv(use.queue, &message, sizeof message.text, 0, 0), "msgrcv");
  announce((struct answer){.culprit_pid = sender, .object = "message queue"});
  must((int)msgrcv(use.queue, &message, sizeof message.text, 0, 0), "msgrcv");
}

static void msgsnd_wait(void) {
  struct use use = {.queue = new_queue()};
  struct message message = {.type = 1};
  char byte;
  must(pipe(use.ready), "pipe");
  must(msgsnd(use.queue, &message, 1, 0), "msgsnd");
  const pid_t receiver = helper(receive_one, &use);
  must(read(use.ready[0], &byte, 1), "read");
  while (msgsnd(use.queue, &message, sizeof message.text, IPC_NOWAIT) == 0) continue;
  announce((struct answer){.culprit_pid = receiver, .object = "message queue"});
  must(msgsnd(use.queue, &message, sizeof message.text, 0), "msgsnd");
}

static void take_semaphore(void* argument) {
  struct use* use = argument;
  struct sembuf down = {.sem_num = 1, .sem_op = -1};
  must(semop(use->set, &down, 1), "semop");
  must(write(use->ready[1], "", 1), "write");
}
static void semop_wait(void) {
  struct use use = {.set = must(semget(IPC_PRIVATE, 2, 0600), "semget")};
  struct sembuf down = {.sem_num = 1, .sem_op = -1};
  char byte;
  remove_later((struct removal){.queue = -1, .set = use.set});
  must(semctl(use.set, 1, SETVAL, 1), "semctl");
  must(pipe(use.ready), "pipe");
  const pid_t holder = helper(take_semaphore, &use);
  must(read(use.ready[0], &byte, 1), "read");
  announce((struct answer){.culprit_pid = holder, .object = "semaphore"});
  must(semop(use.set, &down, 1), "semop");
}

static void mq_wait(void) {
  struct answer answer = {0};
  char block[256];
  struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = sizeof block};
  snprintf(answer.object, sizeof answer.object, "/waiters.%d", getpid());
  const mqd_t queue = mq_open(answer.object, O_RDWR | O_CREAT, 0600, &attributes);
  must(queue, "mq_open");
  mq_unlink(answer.object);
  answer.culprit_pid = helper(hold_only, (int[]){queue, -1});
  announce(answer);
  must((int)mq_receive(queue, block, sizeof block, NULL), "mq_receive");
}

static void io_uring_wait(void) {
  struct io_uring_params parameters = {0};
  const int ring = must((int)syscall(SYS_io_uring_setup, 4, &parameters), "io_uring_setup");
  announce((struct answer){.object = "io_uring"});
  must((int)syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0),
       "io_uring_enter");
}

static void aio_wait(void) {
  aio_context_t context = 0;
  struct io_event event;
  must((int)syscall(SYS_io_setup, 4, &context), "io_setup");
  announce((struct answer){.object = "asynchronous"});
  must((int)syscall(SYS_io_getevents, context, 1, 1, &event, NULL), "io_getevents");
}

const struct way ipc_ways[] = {{"msgrcv", msgrcv_wait, 0},
                               {"msgsnd", msgsnd_wait, 0},
                               {"semop", semop_wait, 0},
                               {"mq", mq_wait, 0},
                               {"io_uring", io_uring_wait, 0},
                               {"io_getevents", aio_wait, 0},
                               {0}};
