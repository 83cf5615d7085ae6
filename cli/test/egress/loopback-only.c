// loopback-only PROGRAM ARGUMENT...: runs a program in a name space that has no network but loopback, and
// counters of its own. Exit code 125 where the system does not allow it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int put(const char* path, const char* text) {
  const int file = open(path, O_WRONLY);
  if (file < 0) return -1;
  const int isWritten = write(file, text, strlen(text)) == (ssize_t)strlen(text);
  close(file);
  return isWritten ? 0 : -1;
}

int main(int argc, char** argv) {
  if (argc < 2) return 125;
  char users[64], groups[64];
  snprintf(users, sizeof users, "0 %u 1", getuid());
  snprintf(groups, sizeof groups, "0 %u 1", getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return 125;
  put("/proc/self/setgroups", "deny");
  if (put("/proc/self/uid_map", users) != 0 || put("/proc/self/gid_map", groups) != 0) return 125;
  const int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  if (socket_ < 0 || ioctl(socket_, SIOCSIFFLAGS, &request) != 0) return 125;
  close(socket_);
  execvp(argv[1], argv + 1);
  return 125;
}
