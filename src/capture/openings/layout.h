/* One opening, as the kernel program hands it over. C for both sides. */
#ifndef SYSCOPE_CAPTURE_OPENINGS_LAYOUT_H
#define SYSCOPE_CAPTURE_OPENINGS_LAYOUT_H

#define SOP_CALLS 512         /* numbers of calls that may open something */
#define SOP_STACK_BYTES 12288 /* of the stack, from where the call was made: three pages */
#define SOP_WATCHED 4096      /* processes */

struct sop_opening {
  unsigned pid;
  unsigned nr;
  int number;        /* of the new descriptor */
  int second;        /* of pipe(2) and socketpair(2); else -1 */
  unsigned long long arguments[6];
  unsigned long long pc, sp, frame_pointer;
  unsigned stack_bytes; /* how many there are */
  unsigned unused;
  unsigned char stack[SOP_STACK_BYTES];
};

#endif
