#include "app/trace_options.h"

namespace syscope::app {

std::string trace_help(std::string_view program) {
  const std::string name(program);
  return "Usage: " + name + " [OPTIONS] PROG [ARGS]\n" +  //
         "   or: " + name + " [OPTIONS] -p PID[,PID...]\n" + R"(
What to trace:
  PROG [ARGS]             run a command and trace it; options end here
  -p, --attach=PID,...    attach to processes
  --match=REGEX           attach to all whose command line matches
  -f, --follow-forks      follow new processes and threads, too
  -E, --env=VAR[=VAL]     set or remove a variable of the command's environment
  -u, --user=USER         run the command as USER, or UID:GID
  --argv0=NAME            call the command NAME

Whom to trace besides, with the eBPF engine; what is given must all hold:
  --all                   the whole machine, but for the tracer
  --uid=USER              whatever runs as USER
  --cgroup=PATH           a control group (v1 or v2) and those below it
  --container=ID          the container whose id begins so
  --pidns=PID             the PID namespace of PID, or pid:[NUMBER]

What to show:
  -e trace=SET            system calls: names, numbers, /REGEX, %CLASS, all, none; ?NAME may miss,
                          !SET is all others, NAME@32 is one ABI's
  -e signal=SET           signals
  -e status=SET           calls that were successful, failed, unfinished, unavailable, detached
  -z, --successful-only   as -e status=successful
  -Z, --failed-only       as -e status=failed
  -e quiet=SET            no messages of attach, exit, path-resolution, personality, superseded
  -q, -qq, -qqq           quiet=attach,personality; exit as well; all
  -P, --trace-path=PATH   calls on PATH, or on a descriptor that leads there
  -e trace-fds=SET        calls on these descriptors
  --syscall-limit=N, --max-events=N
                          detach after N calls; without a word
  --duration=MS           only calls that took longer

How to show it:
  -o, --output=FILE       write to FILE; '|COMMAND' or '!COMMAND' pipes to a command
  -A, --output-append-mode
                          append to FILE
  -ff, --output-separately
                          one FILE.PID for each thread
  --json                  JSON Lines
  -a, --columns=N         results begin at column N (40)
  -s, --string-limit=N    characters of strings (32)
  -v, --no-abbrev         everything that structures hold
  -e abbrev=SET, -e verbose=SET, -e raw=SET
                          calls to abbreviate, to look behind the pointers of, to print as numbers
  -x, -xx                 strings that are not ASCII, or all, in hexadecimal
  -X, --const-print-style=raw|abbrev|verbose
                          constants as numbers, names or both
  -y, -yy, -e decode-fds=SET
                          what descriptors are: path; also socket, dev, eventfd, pidfd, signalfd
  -Y, --decode-pids=comm  the command behind each process id
  --pidns-translation, --decode-pids=pidns
                          process ids of other PID namespaces in the tracer's, too
  -k, --stack-trace       the functions that led to each call and signal
  -kk, --stack-trace=source
                          with files and lines, where debug information can be read quickly
  --stack-trace-frame-limit=N
                          functions at most (256)
  -e read=SET, -e write=SET
                          all that was read from, or written to, these descriptors, in hexadecimal
  --explain               below a failed call, what the error means to it
  -i, -n, -N              instruction pointer, number of the call, names of arguments
  -t, -tt, -ttt           time of day, with microseconds, since 1970
  -r, -T                  time since the line before, time inside the call; with the eBPF engine
                          what of it the thread was blocked, too
  --always-show-pid       the process on every line
  --color=auto|never      traces have no colors yet

What to count:
  -c, --summary-only      only a table of calls, times and errors
  -C, --summary           the table after the trace
  -w                      time from entry to exit instead of time on the CPU
  -S, --summary-sort-by=COLUMN, -U, --summary-columns=COLUMN,...
                          time-percent, total-time, min-time, max-time, avg-time, wall-total, wall-min,
                          wall-max, wall-avg, calls, errors, name; -S nothing
  -O, --summary-syscall-overhead=TIME
                          taken off each call
  --per-thread            besides, for each thread and call: min, mean, max, p50, p95, p99
  --histogram=CALL        besides, how often CALL took how long

Besides:
  -I, --interruptible=1..4|anywhere|waiting|never|never_tstp
                          when ^C ends the trace
  --engine=auto|bpf|ptrace
                          what looks into the processes
  --lossless              slow the traced down rather than lose calls
  --buffer=SIZE           of the ring of each CPU: 512K, 64M (8M)
  --seccomp-bpf           spare the command the calls that are not traced (with -f)
  --tips[=N|random][,none|compact|full]
                          advice behind the trace
  --secontext[=full,mismatch]
                          contexts of SELinux: only accepted where SELinux is off, and there are none
  -d, -h, -V              debug, this help, version
)";
}

}  // namespace syscope::app
