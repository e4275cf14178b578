#!/bin/sh
# What runs inside the kernel under test, as /guest/run: it traces, and leaves the texts in /results for
# test_debian_kernel.py, which judges them. Besides it lie the engine's unit tests, the program itself,
# and the folder of test programs.
syscope=/guest/syscope
echo 10000 >/proc/sys/kernel/ns_last_pid  # process ids that look like no other number

# each_program: every test program in a folder of its own, one after the other.
cat >/tmp/each_program <<'END'
#!/bin/sh
for program in /guest/programs/*; do
  mkdir "$1/${program##*/}" && cd "$1/${program##*/}" && $program </dev/null >/dev/null 2>&1
done
END
chmod +x /tmp/each_program

for engine in ptrace bpf; do
  mkdir -p /results/$engine /tmp/work
  $syscope trace --engine=$engine -ff -v -o /results/$engine/t /tmp/each_program /tmp/work 2>/results/$engine.messages
  rm -rf /tmp/work
done

# Whatever a shell starts is there, with its first call and its arguments.
$syscope trace --engine=bpf -f -e trace=execve,exit_group -o /results/forks \
  sh -c 'for i in 1 2 3 4 5 6 7 8; do /bin/echo "number $i" >/dev/null & done; wait'

# The set of calls, and calls that fail.
$syscope trace --engine=bpf -e trace=openat,close -o /results/calls cat /etc/nothing /guest/run >/dev/null 2>&1
$syscope trace --engine=bpf -z -e trace=%file -o /results/successful cat /etc/nothing /guest/run >/dev/null 2>&1

# What sleeps is shown in its call, with the arguments, and is not woken.
sleep 77 &
sleeper=$!
sleep 1
grep ctxt_switches /proc/$sleeper/status >/results/switches-before
$syscope trace --engine=bpf -o /results/attached -p $sleeper 2>/results/attached.messages &
tracer=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  sleep 1
  if grep -q nanosleep /results/attached; then break; fi
done
grep ctxt_switches /proc/$sleeper/status >/results/switches-after
# What everybody holds, from the kernel's iterators and from /proc. The tracer has mapped its ring.
for engine in bpf proc; do $syscope files --engine=$engine --json >/results/files-$engine 2>/results/files-$engine.messages; done
kill -INT $tracer
wait $tracer
# Where a process may have 2^30 descriptors nobody goes through them all.
(
  echo 1073741816 >/proc/sys/fs/nr_open
  ulimit -n 1073741816
  sleep 78 &
  $syscope files -p $!
  $syscope why $!
  $syscope trace -f --engine=bpf sh -c 'ulimit -n; /bin/true'
  $syscope trace -f --engine=ptrace sh -c 'ulimit -n; /bin/true'
  kill $!
) >/results/limit 2>&1
kill -0 $sleeper && echo runs >/results/sleeper
$syscope files --growth 100ms $sleeper >/results/growth 2>&1
kill $sleeper

# Nothing is lost; and the counts of the kernel are the lines of the trace.
dd='dd if=/dev/zero of=/dev/null bs=1 count=20000'
$syscope trace --engine=bpf -e trace=read,write -o /results/dd $dd 2>/results/dd.messages
$syscope trace --engine=bpf -c -e trace=read,write -o /results/dd-counts $dd 2>/dev/null

$syscope doctor --json >/results/doctor
/guest/unit_tests --gtest_color=no
status=$?
/guest/waits  # last: what waits for a hung disk stays
exit $status
