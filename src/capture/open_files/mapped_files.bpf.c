/* Every mapped file of every process: an iterator over the kernel's own tables. */
#include "capture/open_files/kernel.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL"; /* the kernel's word for what may use its helpers */

/* One at a time is written: each reader has loaded a program of its own. */
static struct {
  struct sco_mapping mapping;
  char text[SCO_PATH_BYTES];
} mapped;
/* The segments of a library lie one behind the other: one row will do. */
static struct inode *last;

static __always_inline void fill_process(struct sco_mapping *mapping, struct task_struct *task) {
  mapping->pid = task->tgid;
  mapping->user = BPF_CORE_READ(task, cred, euid.val);
  mapping->control_groups = (unsigned long)BPF_CORE_READ(task, cgroups);
  mapping->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
  BPF_CORE_READ_STR_INTO(&mapping->command, task, comm);
}

SEC("iter/task_vma")
int list_mapped_files(struct bpf_iter__task_vma *context) {
  struct task_struct *task = context->task;
  struct vm_area_struct *vma = context->vma;
  if (!task || !vma || task->pid != task->tgid) return 0;
  struct file *file = vma->vm_file;
  if (!file) return 0;
  struct sco_mapping *mapping = &mapped.mapping;
  struct inode *inode = file->f_inode;
  if (context->meta->seq_num == 0 || mapping->pid != task->tgid) {
    fill_process(mapping, task);
    last = NULL;
  }
  if (inode == last) return 0;
  mapping->inode = inode->i_ino;
  mapping->device = inode->i_sb->s_dev;
  /* No namespace: NULL once, MNT_NS_INTERNAL since Linux 3.13 */
  const long name_space = (long)BPF_CORE_READ(mount_of(file), mnt_ns);
  mapping->flags = name_space == 0 || (name_space < 0 && name_space >= -4095) ? SCO_PRIVATE : 0;
  __u32 size = sizeof *mapping;
  long length = bpf_d_path(&file->f_path, mapped.text, sizeof mapped.text);
  mapping->text = length;
  if (length > 0 && length <= SCO_PATH_BYTES) size += length;
  mapping->size = size;
  __asm__ volatile("" : "+r"(size)); /* the compiler knows the bound, the kernel wants to see it */
  /* What finds no room any more is shown once more. */
  if (size > sizeof mapped || bpf_seq_write(context->meta->seq, &mapped, size) != 0) return 0;
  last = inode;
  return 0;
}
