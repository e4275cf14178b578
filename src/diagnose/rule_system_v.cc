// System V message queues and semaphores.
//
// A queue remembers who sent and received last: the likely ones to do so again. A semaphore remembers
// who changed it last: a suspect, no proof, for nobody owns a semaphore. msgctl(2), semctl(2).
#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

void suspect(Finding& finding, pid_t pid, const ThreadState& thread, std::string_view role,
             Scene& scene) {
  if (pid <= 0 || pid == thread.id.pid || scene.thread({pid, pid}) == nullptr) return;
  finding.holders.push_back({{pid, 0}, std::string(role)});
  finding.certainty = Certainty::likely;
}

Finding of_queue(const ThreadState& thread, bool receives, Scene& scene) {
  Finding finding;
  finding.rule = "System V";
  const int id = static_cast<int>(thread.argument(0));
  finding.resource = fmt::format("System V message queue {}", id);
  msqid_ds queue{};
  if (::msgctl(id, IPC_STAT, &queue) != 0) {
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  finding.evidence.push_back(
      {"msgctl(IPC_STAT)", fmt::format("{} messages, {} of {} bytes, last sender {}, last receiver {}",
                                       queue.msg_qnum, queue.__msg_cbytes, queue.msg_qbytes,
                                       queue.msg_lspid, queue.msg_lrpid)});
  finding.resource += receives ? fmt::format(": no message of the wanted type among its {}",
                                             queue.msg_qnum)
                               : fmt::format(": full, {} messages wait to be received",
                                             queue.msg_qnum);
  suspect(finding, receives ? queue.msg_lspid : queue.msg_lrpid, thread,
          receives ? "sent last" : "received last", scene);
  return finding;
}

union SemaphoreArgument {
  int value;
  semid_ds* set;
};

Finding of_semaphore(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "System V";
  const int id = static_cast<int>(thread.argument(0));
  finding.resource = fmt::format("System V semaphore set {}", id);
  const auto operation = scene.read_object<sembuf>(thread.id.pid, thread.argument(1));
  if (!operation) {
    finding.certainty = Certainty::not_permitted;
    return finding;
  }
  const SemaphoreArgument none{0};
  const int value = ::semctl(id, operation->sem_num, GETVAL, none);
  const int last = ::semctl(id, operation->sem_num, GETPID, none);
  finding.resource = fmt::format("semaphore {} of System V set {}: its value is {}, it wants {}",
                                 operation->sem_num, id, value,
                                 operation->sem_op == 0 ? "0" : fmt::format("{}", -operation->sem_op));
  finding.evidence.push_back({"semctl", fmt::format("GETVAL {}, GETPID {}", value, last)});
  if (value < 0) finding.certainty = Certainty::not_permitted;
  suspect(finding, last, thread, "changed it last", scene);
  finding.notes.push_back("nobody owns a semaphore: who changed it last is a suspect, no proof");
  return finding;
}

}  // namespace

std::optional<Finding> system_v(const ThreadState& thread, Scene& scene) {
  if (thread.is_in(SYS_msgrcv)) return of_queue(thread, true, scene);
  if (thread.is_in(SYS_msgsnd)) return of_queue(thread, false, scene);
  if (thread.is_in(SYS_semop) || thread.is_in(SYS_semtimedop)) return of_semaphore(thread, scene);
  return {};
}

}  // namespace syscope::diagnose
