#include "app/trace_tips.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

namespace syscope::app {
namespace {

constexpr std::size_t width = 62;  // columns of text inside the frame

struct Tip {
  std::string_view advice;
  std::string_view example;  // a command line
};

constexpr Tip tips[] = {
    {"-f follows what a command starts; without it, a shell's trace shows little but wait4.",
     "syscope trace -f sh -c 'ls | wc'"},
    {"-ff with -o writes one file for each thread, so that no line is ever cut in two.",
     "syscope trace -ff -o /tmp/trace make"},
    {"-y tells what each descriptor is; -yy adds the addresses of sockets and the numbers of devices.",
     "syscope trace -yy curl http://127.0.0.1/"},
    {"-e trace=%net shows sockets only. Other classes: %file, %desc, %process, %signal, %memory, %ipc.",
     "syscope trace -f -e trace=%net ping -c 1 localhost"},
    {"-Z shows only what failed: often all that there is to see in a broken installation.",
     "syscope trace -f -Z -e trace=%file ./start.sh"},
    {"-P shows only the calls on one path, through whichever descriptor they come.",
     "syscope trace -f -P /etc/resolv.conf getent hosts localhost"},
    {"-c counts instead of printing; -C does both. -S errors sorts by what fails most.",
     "syscope trace -c -S errors -f make"},
    {"-k prints, below each call, the functions of the program that led to it.",
     "syscope trace -k -e trace=connect curl http://127.0.0.1/"},
    {"-T shows the time in each call, -r the time since the line before, -tt the time of day.",
     "syscope trace -r -T -p 812"},
    {"-s sets how much of a string is shown. The default of 32 bytes hides most of a request.",
     "syscope trace -s 4096 -e trace=write -p 812"},
    {"-e inject makes calls fail that never do, and shows how a program takes it.",
     "syscope trace -e inject=openat:error=EMFILE:when=10 ./server"},
    {"-e inject=...:delay_enter=1s makes a call slow, without a slow disk or network at hand.",
     "syscope trace -e inject=fsync:delay_enter=1s ./server"},
    {"-e write=1 dumps whatever goes to descriptor 1 in full, in hexadecimal and as text.",
     "syscope trace -e trace=write -e write=1 date"},
    {"-e status=unfinished,failed leaves only the calls that ended badly or not at all.",
     "syscope trace -e status=unfinished,failed ./server"},
    {"A name with a question mark may be missing on this machine; /REGEX takes all that match.",
     "syscope trace -e 'trace=?openat2,/^get' id"},
    {"-b execve lets go of whatever starts another program.",
     "syscope trace -f -b execve make"},
    {"-D keeps the command a child of whoever called: the tracer steps aside.",
     "syscope trace -D -o /tmp/trace ./daemon"},
    {"-Y writes the command behind each process id, so that nobody has to look it up.",
     "syscope trace -f -Y -e trace=%process sh -c 'sleep 1 & wait'"},
    {"-X verbose prints the number and the name of each constant.",
     "syscope trace -X verbose -e trace=openat cat /dev/null"},
    {"--match attaches to every process whose command line matches: no pgrep is needed.",
     "syscope trace --match 'postgres: .*idle'"},
    {"Run as root, syscope trace uses eBPF, at a small part of what ptrace costs. doctor tells.",
     "syscope doctor"},
    {"--json writes one JSON object for each line of the trace, with nothing to parse by hand.",
     "syscope trace --json -o /tmp/trace.json true"},
    {"--explain says in words what an error means to the call that it stopped.",
     "syscope trace --explain cat /nonexistent"},
    {"A process that hangs is better asked why than traced: nothing new happens in it.",
     "syscope why 812"},
    {"|COMMAND or !COMMAND behind -o sends the trace through a command.",
     "syscope trace -o '|grep ENOENT' ls"},
};

// The words of `text` in lines of at most `width` columns.
std::vector<std::string> wrapped(std::string_view text) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace

std::string tip_text(const TipChoice& choice) {
  if (choice.format == TipFormat::none) return {};
  const std::uint32_t number = choice.id ? *choice.id : std::random_device{}();
  const Tip& tip = tips[number % std::size(tips)];
  std::vector<std::string> lines = wrapped(tip.advice);
  if (choice.format == TipFormat::full) {
    lines.emplace_back();
    lines.emplace_back("  " + std::string(tip.example));
  }
  const std::string edge = fmt::format("+{:-<{}}+\n", "", width + 2);
  std::string text = edge;
  for (const std::string& line : lines) text += fmt::format("| {:<{}} |\n", line, width);
  return text + edge;
}

}  // namespace syscope::app
