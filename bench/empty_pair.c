/* empty_pair OBJECT COMMAND...: runs the command while two empty programs sit on the raw system call
 * tracepoints. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: empty_pair OBJECT COMMAND...\n"), 2;
  struct bpf_object *object = bpf_object__open(argv[1]);
  if (!object || bpf_object__load(object) != 0) return 1;
  struct bpf_program *program;
  bpf_object__for_each_program(program, object) {
    if (!bpf_program__attach(program)) return 1;
  }
  pid_t child = fork();
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
