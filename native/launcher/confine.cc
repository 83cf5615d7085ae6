// deephealth-confine: gives up everything that a process which runs a model does not need, and then
// becomes that process. Done here, before there is a second thread and before Node reads anything, since
// most of what is given up is given up by a thread for itself and those that it makes.
//
//   deephealth-confine --probe
//   deephealth-confine PROGRAM ARGUMENT...
//
// What to do is read from the variable DEEPHEALTH_CONFINE, which the program does not see: lines of a
// word, a space and a value. Paths are there and not among the arguments, which anybody can list.
//   mode required|best-effort    what cannot be done ends the start, or is left out
//   run|read|write PATH          what may be reached; a path that is not there is left out
//   package PATH, folder PATH    to read, and to write; must be there
//   dial PORT                    may open connections, to this port
//   user NAME, group NAME        by name or number; always required
//   data BYTES, file BYTES, descriptors COUNT    limits
//   parent PID                   ends with it
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../src/isolation/landlock.h"
#include "../src/isolation/system-call-filter.h"

extern char** environ;

namespace {

namespace landlock = deephealth::landlock;

constexpr int kNotConfined = 125;
constexpr char kVariable[] = "DEEPHEALTH_CONFINE";

bool isRequired = true;

/** Never names a path: what is written here reaches a log. */
[[noreturn]] void refuse(const char* what) {
  std::fprintf(stderr, "deephealth-confine: %s: %s\n", what, std::strerror(errno));
  std::exit(kNotConfined);
}

void must(bool isDone, const char* what) {
  if (!isDone && isRequired) refuse(what);
}

bool parseNumber(const char* text, unsigned long long* number) {
  char* end = nullptr;
  errno = 0;
  *number = std::strtoull(text, &end, 10);
  return errno == 0 && end != text && *end == '\0';
}

struct Order {
  const char* user = nullptr;
  const char* group = nullptr;
  bool mayDial = false;
  unsigned long long port = 0;
  unsigned long long parent = 0;
};

struct Identity {
  bool isWanted = false;
  uid_t user = 0;
  gid_t group = 0;
};

Identity resolveIdentity(const Order& order) {
  Identity identity;
  if (order.user == nullptr && order.group == nullptr) return identity;
  identity.isWanted = true;
  identity.user = getuid();
  identity.group = getgid();
  unsigned long long number = 0;
  if (order.user != nullptr) {
    const bool isNumber = parseNumber(order.user, &number);
    const passwd* entry = isNumber ? getpwuid(static_cast<uid_t>(number)) : getpwnam(order.user);
    if (entry != nullptr) {
      identity.user = entry->pw_uid;
      identity.group = entry->pw_gid;
    } else if (isNumber) {
      identity.user = static_cast<uid_t>(number);
      identity.group = static_cast<gid_t>(number);
    } else {
      errno = ENOENT;
      refuse("the user of hosts");
    }
  }
  if (order.group != nullptr) {
    const ::group* entry = parseNumber(order.group, &number) ? nullptr : getgrnam(order.group);
    if (entry != nullptr) identity.group = entry->gr_gid;
    else if (parseNumber(order.group, &number)) identity.group = static_cast<gid_t>(number);
    else {
      errno = ENOENT;
      refuse("the group of hosts");
    }
  }
  return identity;
}

void become(const Identity& identity) {
  if (!identity.isWanted) return;
  const bool isPrivileged = geteuid() == 0;
  if (isPrivileged && setgroups(0, nullptr) != 0) refuse("leaving groups");
  if (setresgid(identity.group, identity.group, identity.group) != 0) refuse("taking the group of hosts");
  if (setresuid(identity.user, identity.user, identity.user) != 0) refuse("taking the user of hosts");
}

/** No program that is run later brings any back. Before the user changes, since it takes a right itself. */
void boundCapabilities() {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  // NOROOT and its lock: the number 0 alone gives nothing any more.
  prctl(PR_SET_SECUREBITS, 3, 0, 0, 0);
}

void dropCapabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  must(syscall(SYS_capset, &header, none) == 0, "giving up capabilities");
}

void limit(__rlimit_resource_t resource, unsigned long long most) {
  rlimit now{};
  getrlimit(resource, &now);
  const rlim_t value = most < now.rlim_max ? static_cast<rlim_t>(most) : now.rlim_max;
  const rlimit wanted{value, value};
  must(setrlimit(resource, &wanted) == 0, "setting a limit");
}

/** When memory is short, the kernel ends this process rather than the server. */
void dieFirst() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, "500", 3);
  close(file);
}

int probe() {
  const Order order{std::getenv("DEEPHEALTH_CONFINE_USER"), std::getenv("DEEPHEALTH_CONFINE_GROUP")};
  const Identity identity = resolveIdentity(order);
  // The identity is taken, to see whether it can be, and so are the filters.
  become(identity);
  const bool hasPrivileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  landlock::Ruleset ruleset;
  const bool hasFiles = hasPrivileges && ruleset.isOpen() && ruleset.restrictSelf();
#ifdef DEEPHEALTH_HAS_FILTER
  const bool hasCalls = hasPrivileges && deephealth::applyLaunchFilter(false);
#else
  const bool hasCalls = false;
#endif
  std::printf("files %d\ncalls %d\nuser %u\ngroup %u\n", hasFiles ? landlock::version() : 0, hasCalls ? 1 : 0,
              static_cast<unsigned>(getuid()), static_cast<unsigned>(getgid()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--probe") == 0) return probe();
  char* text = std::getenv(kVariable);
  if (argc < 2 || text == nullptr) {
    errno = EINVAL;
    refuse("nothing to do");
  }
  text = strdup(text);
  unsetenv(kVariable);

  Order order;
  landlock::Ruleset ruleset;
  char* rest = nullptr;
  for (char* line = strtok_r(text, "\n", &rest); line != nullptr; line = strtok_r(nullptr, "\n", &rest)) {
    char* value = std::strchr(line, ' ');
    if (value == nullptr) continue;
    *value++ = '\0';
    const auto is = [line](const char* word) { return std::strcmp(line, word) == 0; };
    unsigned long long number = 0;
    parseNumber(value, &number);
    if (is("mode")) {
      isRequired = std::strcmp(value, "best-effort") != 0;
    } else if (is("run")) {
      if (ruleset.isOpen()) ruleset.allow(value, landlock::kRunning);
    } else if (is("read")) {
      if (ruleset.isOpen()) ruleset.allow(value, landlock::kReading);
    } else if (is("write")) {
      if (ruleset.isOpen()) ruleset.allow(value, landlock::kReading | landlock::kWriteFile | landlock::kTruncate);
    } else if (is("package")) {
      if (ruleset.isOpen() && !ruleset.allow(value, landlock::kReading)) refuse("the package");
    } else if (is("folder")) {
      if (ruleset.isOpen() && !ruleset.allow(value, landlock::kWriting)) refuse("the folder for temporary files");
    } else if (is("dial")) {
      order.mayDial = true;
      order.port = number;
    } else if (is("user")) {
      order.user = value;
    } else if (is("group")) {
      order.group = value;
    } else if (is("parent")) {
      order.parent = number;
    } else if (is("data")) {
      limit(RLIMIT_DATA, number);
    } else if (is("file")) {
      limit(RLIMIT_FSIZE, number);
    } else if (is("descriptors")) {
      limit(RLIMIT_NOFILE, number);
    } else {
      errno = EINVAL;
      refuse("an unknown word");
    }
  }
  if (ruleset.isOpen()) {
    // Its own entry; an O_PATH descriptor that stays open keeps it the one that the rule is of.
    const int self = open("/proc/self", O_PATH | O_DIRECTORY);
    if (self >= 0) fcntl(self, F_SETFD, 0);
    ruleset.allow("/proc/self", landlock::kReading);
    if (order.mayDial) {
      ruleset.allowPort(order.port);
      // Names that do not fit a datagram.
      ruleset.allowPort(53);
    }
  }

  limit(RLIMIT_CORE, 0);
  dieFirst();
  const Identity identity = resolveIdentity(order);
  boundCapabilities();
  become(identity);
  dropCapabilities();
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "giving up privileges of programs");
  // After the change of user, which undoes it.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (order.parent != 0 && static_cast<unsigned long long>(getppid()) != order.parent) return kNotConfined;
  must(ruleset.isOpen() && ruleset.restrictSelf(), "confining files");
#ifdef DEEPHEALTH_HAS_FILTER
  must(deephealth::applyLaunchFilter(order.mayDial), "filtering system calls");
#else
  must(false, "filtering system calls");
#endif
  execve(argv[1], argv + 1, environ);
  refuse("starting the program");
}
