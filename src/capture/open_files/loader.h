/* Loads the kernel program without libbpf, which reads all of the kernel's type information for it
 * and takes twenty times as long. In C, as the generated loader is. */
#ifndef SYSCOPE_CAPTURE_OPEN_FILES_LOADER_H
#define SYSCOPE_CAPTURE_OPEN_FILES_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* A link to the program, for bpf(2) with BPF_ITER_CREATE; the caller closes it. Negative: -errno. */
int sco_load(void);

/* A descriptor to read rows (layout.h) from, whole ones into at least 32 KiB: one pass over all
 * tables. The caller closes it. Negative: -errno. */
int sco_start(int link);

#ifdef __cplusplus
}
#endif

#endif
