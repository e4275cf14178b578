#!/bin/sh
# Ways of waiting that only a machine of its own can make: hung disks and file servers, and limits of control groups in
# version 2. Called by guest.sh. Of each way it leaves what the fixture said (.made) and what `why` said (.json, .text) in
# /results/waits.
results=/results/waits
mkdir -p $results

for module in $(cat /guest/modules/order); do insmod /guest/modules/$module; done
cat /guest/disk.image >/dev/ram0
mount -t cgroup2 none /sys/fs/cgroup
echo +memory +cpu >/sys/fs/cgroup/cgroup.subtree_control

# examine WAY: until the right answer comes, or not in time.
examine() {
  mkfifo /tmp/end
  /guest/waiters $1 </tmp/end >$results/$1.made 2>$results/$1.messages &
  exec 3>/tmp/end  # kept open: the fixture tidies up when its input ends
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    pid=$(sed -n 's/^{"pid": \([0-9]*\),.*/\1/p' $results/$1.made)
    object=$(sed -n 's/.*"object": "\([^"]*\)".*/\1/p' $results/$1.made)
    if [ -n "$pid" ]; then
      /guest/syscope why --json $pid >$results/$1.json 2>>$results/$1.messages
      if grep -qF "$object" $results/$1.json; then break; fi
    fi
    sleep 0.3
  done
  /guest/syscope why -v $pid >$results/$1.text 2>&1
  exec 3>&-
  rm /tmp/end
}

for way in $(/guest/waiters --list | sed -n 's/ root machine$//p') memory-high frozen throttled; do examine $way; done
