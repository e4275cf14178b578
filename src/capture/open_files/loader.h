/* Loads the kernel programs without libbpf, which reads all of the kernel's type information for them
 * and takes twenty times as long. In C, as the generated loaders are. */
#ifndef SYSCOPE_CAPTURE_OPEN_FILES_LOADER_H
#define SYSCOPE_CAPTURE_OPEN_FILES_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* A link to the program, for bpf(2) with BPF_ITER_CREATE; the caller closes it. Negative: -errno. */
int sco_load_open_files(void);
int sco_load_mapped_files(void);

/* A descriptor to read what the program writes (layout.h), whole rows into at least 32 KiB: one pass
 * over all processes. The caller closes it. Negative: -errno. */
int sco_start(int link);

#ifdef __cplusplus
}
#endif

#endif
