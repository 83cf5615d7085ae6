// What a package could do if it got hold of a model host: loaded by hostile-host.mjs as a library, and
// run at once. Each line is a name and "done", or the error. argv of the host: ... OTHER_PID PORT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char* name, long result) {
  printf("%s %s\n", name, result >= 0 ? "done" : strerrorname_np(errno));
  fflush(stdout);
}

static long readFile(const char* pattern, int pid) {
  char path[256], byte;
  snprintf(path, sizeof path, pattern, pid);
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  const long got = read(fd, &byte, 1);
  close(fd);
  return got;
}

__attribute__((constructor)) static void attempt(void) {
  const char* package = getenv("HOSTILE_PACKAGE");
  const int other = atoi(getenv("HOSTILE_PID"));
  char path[4096], buffer[16];
  tell("socket-inet", socket(AF_INET, SOCK_STREAM, 0));
  tell("socket-inet6", socket(AF_INET6, SOCK_DGRAM, 0));
  tell("socket-unix", socket(AF_UNIX, SOCK_STREAM, 0));
  tell("socket-netlink", socket(AF_NETLINK, SOCK_RAW, 0));
  tell("read-other-environ", readFile("/proc/%d/environ", other));
  tell("open-other-memory", (snprintf(path, sizeof path, "/proc/%d/mem", other), open(path, O_RDONLY)));
  tell("signal-other", kill(other, 0));
  tell("signal-all-but", syscall(SYS_tgkill, other, other, 0));
  tell("pidfd-other", syscall(434, other, 0));
  tell("limit-other", prlimit(other, RLIMIT_CORE, NULL, &(struct rlimit){0}));
  void* remote = (void*)0x400000;
  struct iovec here = {buffer, 1}, there = {remote, 1};
  const long read_ = process_vm_readv(other, &here, 1, &there, 1, 0);
  // A wrong address is as good as a right one: the call was let through.
  tell("read-other-memory", read_ < 0 && errno == EFAULT ? 0 : read_);
  const long seized = ptrace(0x4206 /* PTRACE_SEIZE */, other, 0, 0);
  tell("trace-other", seized);
  const pid_t child = fork();
  if (child == 0) _exit(0);
  tell("fork", child);
  if (child > 0) waitpid(child, NULL, 0);
  // Arguments that lie nowhere: a start that is let through ends with them.
  const long shell = execve("/bin/sh", (char**)1, NULL);
  tell("become-shell", shell < 0 && errno == EFAULT ? 0 : shell);
  const long node = execve(getenv("HOSTILE_NODE"), (char**)1, NULL);
  tell("become-node", node < 0 && errno == EFAULT ? 0 : node);
  tell("chmod-package", (snprintf(path, sizeof path, "%s/model.json", package), chmod(path, 0644)));
  tell("write-package", open(path, O_WRONLY));
  tell("truncate-package", truncate(path, 4));
  tell("add-to-package", (snprintf(path, sizeof path, "%s/added", package), open(path, O_WRONLY | O_CREAT, 0600)));
  tell("remove-from-package", (snprintf(path, sizeof path, "%s/removed", package), unlink(path)));
  tell("key", syscall(SYS_keyctl, 0 /* get id */, -3, 0));
  tell("io-uring", syscall(425, 1, (char[256]){0}));
  tell("perf", syscall(SYS_perf_event_open, (unsigned[32]){1, 128}, 0, -1, -1, 0));
  tell("name-space", unshare(CLONE_NEWUTS));
  tell("mount", mount("none", "/mnt", "tmpfs", 0, "size=4k"));
  if (umount("/mnt") != 0) errno = 0;
  tell("shared-memory", syscall(SYS_shmget, 0, 4096, 0600));
  // Too long to be taken, by whoever may.
  tell("host-name", sethostname("h", 1000) < 0 && errno == EINVAL ? 0 : -1);
  tell("become-nobody", syscall(SYS_setresgid, -1, -1, -1));
}
