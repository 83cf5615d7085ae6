// Preloaded into Orthanc, which listens on every address of the machine, whatever its settings say: here
// each one that it binds becomes that of loopback.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>

int bind(int socket, const struct sockaddr *address, socklen_t length) {
  int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  struct sockaddr_storage loopback;
  if (length > sizeof loopback) return next(socket, address, length);
  memcpy(&loopback, address, length);
  if (loopback.ss_family == AF_INET) ((struct sockaddr_in *)&loopback)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (loopback.ss_family == AF_INET6) ((struct sockaddr_in6 *)&loopback)->sin6_addr = in6addr_loopback;
  return next(socket, (const struct sockaddr *)&loopback, length);
}
