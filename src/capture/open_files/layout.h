/* What the kernel program writes for one open descriptor, and C++ reads. */
#ifndef SYSCOPE_CAPTURE_OPEN_FILES_LAYOUT_H
#define SYSCOPE_CAPTURE_OPEN_FILES_LAYOUT_H

#define SCO_PATH_BYTES 4096

enum { SCO_SOCKET = 1, SCO_INET = 2 };

struct sco_row {
  unsigned size; /* of the row and its text */
  int pid;
  int number;
  int text; /* bytes of the link's text behind the row, its NUL counted; negative: -errno */
  unsigned long long inode;
  unsigned flags;     /* SCO_* */
  unsigned file_mode; /* FMODE_READ 1, FMODE_WRITE 2 */
  /* of an internet socket */
  unsigned user;
  unsigned name_space;
  unsigned receive_queue;
  unsigned send_queue;
  unsigned interface;
  unsigned short family;
  unsigned short type;
  unsigned short protocol;
  unsigned short state;
  unsigned short local_port;  /* host order */
  unsigned short remote_port; /* network order */
  unsigned local[4];
  unsigned remote[4];
};

#endif
