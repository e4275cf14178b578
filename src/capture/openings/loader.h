/* Loads the kernel program without libbpf's reading of the kernel's types. In C, as the generated
 * loader is. */
#ifndef SYSCOPE_CAPTURE_OPENINGS_LOADER_H
#define SYSCOPE_CAPTURE_OPENINGS_LOADER_H

#ifdef __cplusplus
extern "C" {
#endif

/* Descriptors that the caller closes. */
struct sop_program {
  int link, watched, ring;
};

/* Loads and attaches the program. `calls`: SOP_CALLS bits. 0, or -errno. */
int sop_load(const unsigned long long *calls, struct sop_program *program);

#ifdef __cplusplus
}
#endif

#endif
