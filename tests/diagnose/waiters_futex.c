// glibc's locks, which all wait in futex(2).
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "waiters.h"

struct owner {
  pthread_mutex_t* mutex;
  pthread_barrier_t* taken;
  pid_t tid;
};

static void* own(void* argument) {
  struct owner* owner = argument;
  owner->tid = thread_id();
  pthread_mutex_lock(owner->mutex);
  pthread_barrier_wait(owner->taken);
  sleep_forever();
  return NULL;
}

// The mutex is held by another thread, which sleeps.
static void wait_for(pthread_mutex_t* mutex, const char* object) {
  pthread_barrier_t taken;
  pthread_t thread;
  struct owner owner = {mutex, &taken, 0};
  struct answer answer = {.culprit_pid = getpid()};
  pthread_barrier_init(&taken, NULL, 2);
  pthread_create(&thread, NULL, own, &owner);
  pthread_barrier_wait(&taken);
  answer.culprit_tid = owner.tid;
  snprintf(answer.object, sizeof answer.object, "%s", object);
  announce(answer);
  pthread_mutex_lock(mutex);
}

static pthread_mutexattr_t attributes(int type, int protocol, int robust, int shared) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, type);
  pthread_mutexattr_setprotocol(&attr, protocol);
  pthread_mutexattr_setrobust(&attr, robust);
  pthread_mutexattr_setpshared(&attr, shared);
  return attr;
}

static void mutex_wait(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  wait_for(&mutex, "mutex");
}

static void mutex_of(pthread_mutexattr_t attr, const char* object) {
  static pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attr);
  wait_for(&mutex, object);
}

static void mutex_recursive(void) {
  mutex_of(attributes(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED,
                      PTHREAD_PROCESS_PRIVATE),
           "mutex");
}
static void mutex_pi(void) {
  mutex_of(attributes(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED,
                      PTHREAD_PROCESS_PRIVATE),
           "priority-inheriting mutex");
}
static void mutex_robust(void) {
  mutex_of(attributes(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST,
                      PTHREAD_PROCESS_PRIVATE),
           "robust mutex");
}

static void* shared_page(void) {
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) die("mmap");
  return page;
}

struct shared_owner {
  pthread_mutex_t* mutex;
  int ready[2];
};
static void own_shared(void* argument) {
  struct shared_owner* owner = argument;
  pthread_mutex_lock(owner->mutex);
  must(write(owner->ready[1], "", 1), "write");
}
static void mutex_shared(void) {
  struct shared_owner owner = {.mutex = shared_page()};
  char byte;
  pthread_mutexattr_t attr = attributes(PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE,
                                        PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(owner.mutex, &attr);
  must(pipe(owner.ready), "pipe");
  const pid_t other = helper(own_shared, &owner);
  must(read(owner.ready[0], &byte, 1), "read");
  announce((struct answer){.culprit_pid = other, .object = "mutex"});
  pthread_mutex_lock(owner.mutex);
}

static void* dying_owner(void* argument) {
  pthread_mutex_lock(argument);
  return NULL;
}
static void mutex_abandoned(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_t thread;
  pthread_create(&thread, NULL, dying_owner, &mutex);
  pthread_join(thread, NULL);
  announce((struct answer){.object = "no longer exists"});
  pthread_mutex_lock(&mutex);
}

static void mutex_self(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  announce((struct answer){.culprit_pid = getpid(), .object = "deadlock"});
  pthread_mutex_lock(&mutex);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t rwlock_taken;
static pid_t rwlock_owner;
static void* own_rwlock(void* unused) {
  rwlock_owner = thread_id();
  pthread_rwlock_wrlock(&rwlock);
  pthread_barrier_wait(&rwlock_taken);
  sleep_forever();
  return unused;
}
static void wait_rwlock(int (*lock)(pthread_rwlock_t*)) {
  pthread_t thread;
  pthread_barrier_init(&rwlock_taken, NULL, 2);
  pthread_create(&thread, NULL, own_rwlock, NULL);
  pthread_barrier_wait(&rwlock_taken);
  announce((struct answer){
      .culprit_pid = getpid(), .culprit_tid = rwlock_owner, .object = "rwlock"});
  lock(&rwlock);
}
static void rwlock_read(void) { wait_rwlock(pthread_rwlock_rdlock); }
static void rwlock_write(void) { wait_rwlock(pthread_rwlock_wrlock); }

static pid_t joined_tid;
static pthread_barrier_t joined_ready;
static void* be_joined(void* unused) {
  joined_tid = thread_id();
  pthread_barrier_wait(&joined_ready);
  sleep_forever();
  return unused;
}
static void join_wait(void) {
  pthread_t thread;
  pthread_barrier_init(&joined_ready, NULL, 2);
  pthread_create(&thread, NULL, be_joined, NULL);
  pthread_barrier_wait(&joined_ready);
  announce((struct answer){
      .culprit_pid = getpid(), .culprit_tid = joined_tid, .object = "pthread_join"});
  pthread_join(thread, NULL);
}

static void cond_wait(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  announce((struct answer){.object = "no owner exists"});
  for (;;) pthread_cond_wait(&cond, &mutex);
}

static void semaphore_wait(void) {
  static sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  announce((struct answer){.object = "no owner exists"});
  sem_wait(&semaphore);
}

// A word of the program's own that looks like a robust mutex whose owner has died.
static void event_wait(void) {
  static unsigned word = ~0u;
  announce((struct answer){.object = "no owner exists"});
  for (;;) syscall(SYS_futex, &word, FUTEX_WAIT, ~0u, NULL, NULL, 0);
}

// Three threads, each holding one mutex and wanting the next one's.
static pthread_mutex_t ring[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                  PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t ring_taken;
static void* in_ring(void* argument) {
  const long place = (long)argument;
  pthread_mutex_lock(&ring[place]);
  pthread_barrier_wait(&ring_taken);
  pthread_mutex_lock(&ring[(place + 1) % 3]);
  return NULL;
}
static void mutex_cycle(void) {
  pthread_t thread;
  pthread_barrier_init(&ring_taken, NULL, 3);
  pthread_create(&thread, NULL, in_ring, (void*)1);
  pthread_create(&thread, NULL, in_ring, (void*)2);
  announce((struct answer){.culprit_pid = getpid(), .object = "deadlock of 3"});
  in_ring((void*)0);
}

const struct way futex_ways[] = {{"mutex", mutex_wait, 0},
                                 {"mutex-recursive", mutex_recursive, 0},
                                 {"mutex-shared", mutex_shared, 0},
                                 {"mutex-pi", mutex_pi, 0},
                                 {"mutex-robust", mutex_robust, 0},
                                 {"mutex-abandoned", mutex_abandoned, 0},
                                 {"mutex-self", mutex_self, 0},
                                 {"rwlock-read", rwlock_read, 0},
                                 {"rwlock-write", rwlock_write, 0},
                                 {"join", join_wait, 0},
                                 {"condition", cond_wait, 0},
                                 {"semaphore", semaphore_wait, 0},
                                 {"event", event_wait, 0},
                                 {"mutex-cycle", mutex_cycle, 0},
                                 {0}};
