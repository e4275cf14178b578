/* Loads the kernel program without libbpf, as capture/open_files does and for the same reason. */
#ifndef SYSCOPE_CAPTURE_KERNEL_LOCKS_LOADER_H
#define SYSCOPE_CAPTURE_KERNEL_LOCKS_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* A link to the program, for bpf(2) with BPF_ITER_CREATE; the caller closes it. Negative: -errno. */
int scl_load(void);

/* A descriptor to read rows (layout.h) from: one pass over all threads. The caller closes it. Negative:
 * -errno. */
int scl_start(int link);

#ifdef __cplusplus
}
#endif

#endif
