/* The state of open files that have one to tell, in the words of /proc/PID/fdinfo. proc_pid_fdinfo(5) */
#ifndef SYSCOPE_CAPTURE_BPF_FILE_STATE_BPF_H
#define SYSCOPE_CAPTURE_BPF_FILE_STATE_BPF_H

#include "capture/bpf/plan.bpf.h"

#define STATE_BYTES 256
#define ANON_INODE_FS_MAGIC 0x09041934
#define PID_FS_MAGIC 0x50494446
#define S_IFMT 0170000
#define S_IFCHR 0020000
#define PTMX 0x500002 /* the device, as the kernel encodes it */

/* An open file, or a directory that somebody stands in: then `file` is null. */
struct open_file {
  struct file *file;
  struct dentry *dentry;
  struct vfsmount *mount;
  struct inode *inode;
};

/* BPF_CORE_READ() of what a member points to: by itself it would look for our struct in the kernel, too. */
#define OPEN_READ(member, ...) ({ typeof(member) at_ = (member); BPF_CORE_READ(at_, __VA_ARGS__); })

/* Puts what printf(3) would make of numbers to `to`, STATE_BYTES there; evaluates to the length. */
#define PUT_TEXT(to, format, ...)                                                    \
  ({                                                                                 \
    static const char format_[] = format;                                            \
    u64 numbers_[] = {__VA_ARGS__};                                                  \
    long size_ = bpf_snprintf((char *)(to), STATE_BYTES, format_, numbers_, sizeof numbers_); \
    size_ > 1 && size_ <= STATE_BYTES ? (u32)size_ - 1 : 0;                          \
  })

/* Which of those it is, by the name of its anonymous inode or its device. */
enum file_state { NO_STATE, EVENTFD_STATE, SIGNALFD_STATE, PIDFD_STATE, PTMX_STATE };

/* Seven letters as one number. */
#define SEVEN(a, b, c, d, e, f, g) \
  ((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | (u64)(g) << 48)

static __noinline u32 kind_of_state(struct open_file *open, u64 magic) {
  if (magic == PID_FS_MAGIC) return PIDFD_STATE;
  if (magic != ANON_INODE_FS_MAGIC) {
    bool is_device = (OPEN_READ(open->inode, i_mode) & S_IFMT) == S_IFCHR;
    return is_device && OPEN_READ(open->inode, i_rdev) == PTMX ? PTMX_STATE : NO_STATE;
  }
  u64 name = 0;
  bpf_probe_read_kernel(&name, 7, OPEN_READ(open->dentry, d_name.name));
  if (name == SEVEN('[', 'e', 'v', 'e', 'n', 't', 'f')) return EVENTFD_STATE;
  if (name == SEVEN('[', 's', 'i', 'g', 'n', 'a', 'l')) return SIGNALFD_STATE;
  if (name == SEVEN('[', 'p', 'i', 'd', 'f', 'd', ']')) return PIDFD_STATE;
  return NO_STATE;
}

/* In the tracer's PID namespace; -1: the process is gone. */
static __always_inline u64 pid_behind(struct open_file *open, u64 magic) {
  struct pid *pid = magic == PID_FS_MAGIC ? OPEN_READ(open->inode, i_private)
                                          : OPEN_READ(open->file, private_data);
  if (!BPF_CORE_READ(pid, tasks[0].first)) return ~0ull;
  struct upid number = {};
  const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);
  bpf_probe_read_kernel(&number, sizeof number, numbers + tracer_namespace_level * sizeof number);
  return number.nr;
}

static __always_inline u64 terminal_index(struct file *file) {
  struct tty_file_private *data = BPF_CORE_READ(file, private_data);
  return data ? BPF_CORE_READ(data, tty, index) : 0;
}

/* Puts the lines to `to`; returns how many bytes, less than STATE_BYTES. */
static __noinline u32 put_state(u8 *to, struct open_file *open, u64 magic) {
  switch (kind_of_state(open, magic)) {
    case EVENTFD_STATE: {
      struct eventfd_ctx *context = OPEN_READ(open->file, private_data);
      return PUT_TEXT(to, "eventfd-count: %llx\neventfd-id: %lld\neventfd-semaphore: %lld\n",
                      BPF_CORE_READ(context, count), BPF_CORE_READ(context, id), BPF_CORE_READ(context, flags) & 1);
    }
    case SIGNALFD_STATE: {
      struct signalfd_ctx *context = OPEN_READ(open->file, private_data);
      return PUT_TEXT(to, "sigmask: %llx\n", ~BPF_CORE_READ(context, sigmask.sig[0]));
    }
    case PIDFD_STATE: return PUT_TEXT(to, "Pid: %lld\n", pid_behind(open, magic));
    case PTMX_STATE: return PUT_TEXT(to, "tty-index: %lld\n", terminal_index(open->file));
    default: return 0;
  }
}

/* What of the state may change, in a number. */
static __noinline u64 state_signature(struct open_file *open) {
  u64 magic = OPEN_READ(open->inode, i_sb, s_magic);
  switch (kind_of_state(open, magic)) {
    case EVENTFD_STATE: {
      struct eventfd_ctx *context = OPEN_READ(open->file, private_data);
      return BPF_CORE_READ(context, count) * 3 + BPF_CORE_READ(context, id);
    }
    case SIGNALFD_STATE: {
      struct signalfd_ctx *context = OPEN_READ(open->file, private_data);
      return BPF_CORE_READ(context, sigmask.sig[0]);
    }
    case PIDFD_STATE: return pid_behind(open, magic);
    case PTMX_STATE: return terminal_index(open->file);
    default: return 0;
  }
}

#endif
