// Commands that are passed through to SCSI devices, of a descriptor that is none: both interfaces of linux/bsg.h
// and scsi/sg.h, as wholes and cut short.
#include <linux/bsg.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "call.h"

static char out_data[] = "sixteen bytes..";

static void version_3(void) {
  static unsigned char command[6] = {0x12, 0, 0, 0, 96, 0};
  static unsigned char sense[8] = {0x70, 0, 5};
  static struct iovec vectors[] = {{out_data, 3}, {out_data + 3, 9}};
  struct sg_io_hdr* header = (void*)page_end(sizeof *header);
  memset(header, 0, sizeof *header);
  header->interface_id = 'S';
  header->dxfer_direction = SG_DXFER_TO_DEV;
  header->cmdp = command;
  header->cmd_len = sizeof command;
  header->sbp = sense;
  header->sb_len_wr = sizeof sense;
  header->dxferp = out_data;
  header->dxfer_len = sizeof out_data;
  header->flags = 0x10037;
  header->info = 7;
  ioctl(-1, SG_IO, header);
  header->dxfer_direction = SG_DXFER_FROM_DEV;
  header->resid = 4;
  ioctl(-1, SG_IO, header);
  header->iovec_count = 2;
  header->dxferp = vectors;
  header->dxfer_len = 9;
  header->resid = 0;
  ioctl(-1, SG_IO, header);
  header->dxfer_direction = SG_DXFER_NONE;
  header->info = 0;
  ioctl(-1, SG_IO, header);
  unsigned* start = (void*)page_end(sizeof *start);
  *start = 'S';
  ioctl(-1, SG_IO, start);
  *start = 77;
  ioctl(-1, SG_IO, start);
}

static void version_4(void) {
  struct sg_io_v4* header = (void*)page_end(sizeof *header);
  memset(header, 0, sizeof *header);
  header->guard = 'Q';
  header->subprotocol = 1;
  header->request = (uintptr_t)out_data;
  header->request_len = 6;
  header->dout_xferp = (uintptr_t)out_data;
  header->dout_xfer_len = 5;
  header->din_xferp = (uintptr_t)out_data;
  header->din_xfer_len = 5;
  header->din_resid = 2;
  header->response = (uintptr_t)BAD;
  header->response_len = 3;
  header->flags = 0x30;
  ioctl(-1, SG_IO, header);
}

int main(void) {
  mark();
  version_3();
  version_4();
  mark();
  return 0;
}
