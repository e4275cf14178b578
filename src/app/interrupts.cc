#include "app/interrupts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace syscope::app {
namespace {

// What a signal handler can reach is static by nature.
volatile std::sig_atomic_t interrupt_signal = 0;

void note_interrupt(int signal) { interrupt_signal = signal; }

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts(Interruptible when, bool output_and_command) {
  if (when == Interruptible::by_default) {
    when = output_and_command ? Interruptible::never : Interruptible::waiting;
  }
  const bool never = when == Interruptible::never || when == Interruptible::never_tstp;
  const bool anywhere = when == Interruptible::anywhere;
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    if (!anywhere) set_handler(signal, never ? SIG_IGN : note_interrupt);
  }
  set_handler(SIGPIPE, SIG_IGN);
  if (when == Interruptible::never_tstp) set_handler(SIGTSTP, SIG_IGN);
}

int pending_interrupt() { return interrupt_signal; }

void die_by(int signal) {
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  set_handler(signal, SIG_DFL);
  sigset_t just_it;
  sigemptyset(&just_it);
  sigaddset(&just_it, signal);
  ::kill(::getpid(), signal);
  ::sigprocmask(SIG_UNBLOCK, &just_it, nullptr);
}

}  // namespace syscope::app
