/* What the kernel programs write for one open descriptor and for one mapped file, and C++ reads. */
#ifndef SYSCOPE_CAPTURE_OPEN_FILES_LAYOUT_H
#define SYSCOPE_CAPTURE_OPEN_FILES_LAYOUT_H

#define SCO_PATH_BYTES 4096

enum {
  SCO_SOCKET = 1,
  SCO_INET = 2,
  SCO_LOCKABLE = 4, /* somebody has locked the file since it was opened first */
  SCO_STATUS = 8,   /* the inode tells what stat(2) would */
  SCO_PRIVATE = 16, /* of a mount that no namespace has: the kernel's own, or a layer below another */
};

struct sco_socket { /* of TCP and UDP */
  unsigned user;
  unsigned name_space;
  unsigned receive_queue;
  unsigned send_queue;
  unsigned interface;
  unsigned short type;
  unsigned short state;
  unsigned short local_port;  /* host order */
  unsigned short remote_port; /* network order */
  unsigned local[4];
  unsigned remote[4];
};

struct sco_state { /* of everything else; devices in the kernel's own form: 12 bits, 20 bits */
  unsigned long long position;
  unsigned long long bytes;
  unsigned open_flags; /* O_*, O_CLOEXEC of the descriptor among them */
  int mount;
  unsigned device;
  unsigned special_device;
  unsigned mode;
  unsigned links;
};

struct sco_row {
  unsigned size; /* of the row and its text */
  int pid;
  int number;
  int text; /* bytes of the link's text behind the row, its NUL counted; negative: -errno */
  unsigned long long inode;
  unsigned flags;        /* SCO_* */
  unsigned short family; /* of a socket */
  unsigned short protocol;
  unsigned file_mode; /* FMODE_READ 1, FMODE_WRITE 2 */
  unsigned padding;
  union {
    struct sco_socket socket;
    struct sco_state state;
  };
};

struct sco_mapping {
  unsigned size; /* of this and its text */
  int pid;
  int text;       /* as in sco_row */
  unsigned flags; /* SCO_PRIVATE */
  unsigned long long inode;
  unsigned device; /* as in sco_state */
  unsigned user;   /* of the process, effective */
  char command[16];
  unsigned long long control_groups; /* the same number: in the same ones */
  unsigned mount_namespace;
  unsigned padding;
};

#endif
