#include "diagnose/calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <iterator>

namespace syscope::diagnose {
namespace {

constexpr auto fd = FirstArgument::descriptor;
constexpr auto no = FirstArgument::other;

constexpr BlockingCall calls[] = {
    {SYS_read, "read", fd},
    {SYS_write, "write", fd},
    {SYS_readv, "readv", fd},
    {SYS_writev, "writev", fd},
    {SYS_pread64, "pread64", fd},
    {SYS_pwrite64, "pwrite64", fd},
    {SYS_preadv, "preadv", fd},
    {SYS_pwritev, "pwritev", fd},
    {SYS_preadv2, "preadv2", fd},
    {SYS_pwritev2, "pwritev2", fd},
    {SYS_sendfile, "sendfile", fd},
    {SYS_splice, "splice", fd},
    {SYS_tee, "tee", fd},
    {SYS_vmsplice, "vmsplice", fd},
    {SYS_copy_file_range, "copy_file_range", fd},
    {SYS_recvfrom, "recvfrom", fd},
    {SYS_recvmsg, "recvmsg", fd},
    {SYS_recvmmsg, "recvmmsg", fd},
    {SYS_sendto, "sendto", fd},
    {SYS_sendmsg, "sendmsg", fd},
    {SYS_sendmmsg, "sendmmsg", fd},
    {SYS_connect, "connect", fd},
    {SYS_accept, "accept", fd},
    {SYS_accept4, "accept4", fd},
    {SYS_close, "close", fd},
    {SYS_ioctl, "ioctl", fd},
    {SYS_fcntl, "fcntl", fd},
    {SYS_flock, "flock", fd},
    {SYS_fsync, "fsync", fd},
    {SYS_fdatasync, "fdatasync", fd},
    {SYS_sync_file_range, "sync_file_range", fd},
    {SYS_syncfs, "syncfs", fd},
    {SYS_ftruncate, "ftruncate", fd},
    {SYS_fallocate, "fallocate", fd},
    {SYS_fstat, "fstat", fd},
    {SYS_getdents64, "getdents64", fd},
    {SYS_lseek, "lseek", fd},
    {SYS_readahead, "readahead", fd},
    {SYS_ppoll, "ppoll", no},
    {SYS_pselect6, "pselect6", no},
    {SYS_epoll_pwait, "epoll_pwait", fd},
    {SYS_epoll_pwait2, "epoll_pwait2", fd},
    {SYS_futex, "futex", no},
    {SYS_futex_waitv, "futex_waitv", no},
    {SYS_wait4, "wait4", no},
    {SYS_waitid, "waitid", no},
    {SYS_clone, "clone", no},
    {SYS_clone3, "clone3", no},
    {SYS_nanosleep, "nanosleep", no},
    {SYS_clock_nanosleep, "clock_nanosleep", no},
    {SYS_rt_sigsuspend, "rt_sigsuspend", no},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait", no},
    {SYS_restart_syscall, "restart_syscall", no},
    {SYS_msgrcv, "msgrcv", no},
    {SYS_msgsnd, "msgsnd", no},
    {SYS_semop, "semop", no},
    {SYS_semtimedop, "semtimedop", no},
    {SYS_mq_timedreceive, "mq_timedreceive", fd},
    {SYS_mq_timedsend, "mq_timedsend", fd},
    {SYS_io_uring_enter, "io_uring_enter", fd},
    {SYS_io_getevents, "io_getevents", no},
    {333, "io_pgetevents", no},
    {SYS_openat, "openat", no},
    {SYS_openat2, "openat2", no},
    {SYS_statx, "statx", no},
    {SYS_newfstatat, "newfstatat", no},
    {SYS_faccessat, "faccessat", no},
    {SYS_faccessat2, "faccessat2", no},
    {SYS_readlinkat, "readlinkat", no},
    {SYS_unlinkat, "unlinkat", no},
    {SYS_mkdirat, "mkdirat", no},
    {SYS_renameat2, "renameat2", no},
    {SYS_statfs, "statfs", no},
    {SYS_chdir, "chdir", no},
    {SYS_execve, "execve", no},
    {SYS_execveat, "execveat", no},
    {SYS_mount, "mount", no},
    {SYS_umount2, "umount2", no},
    {SYS_sync, "sync", no},
    {SYS_mmap, "mmap", no},
    {SYS_munmap, "munmap", no},
    {SYS_mprotect, "mprotect", no},
    {SYS_madvise, "madvise", no},
    {SYS_brk, "brk", no},
    {SYS_exit, "exit", no},
    {SYS_exit_group, "exit_group", no},
    {SYS_getrandom, "getrandom", no},
    {SYS_ptrace, "ptrace", no},
    {SYS_getpriority, "getpriority", no},
#ifdef __x86_64__
    {SYS_open, "open", no},
    {SYS_creat, "creat", no},
    {SYS_stat, "stat", no},
    {SYS_lstat, "lstat", no},
    {SYS_access, "access", no},
    {SYS_readlink, "readlink", no},
    {SYS_unlink, "unlink", no},
    {SYS_rename, "rename", no},
    {SYS_mkdir, "mkdir", no},
    {SYS_poll, "poll", no},
    {SYS_select, "select", no},
    {SYS_epoll_wait, "epoll_wait", fd},
    {SYS_pause, "pause", no},
    {SYS_fork, "fork", no},
    {SYS_vfork, "vfork", no},
#endif
};

}  // namespace

const BlockingCall* blocking_call(long number) {
  const auto found = std::ranges::find(calls, number, &BlockingCall::number);
  return found == std::end(calls) ? nullptr : &*found;
}

}  // namespace syscope::diagnose
