// The filter of system calls for processes that run models: what such a process never needs and could
// do harm with is answered with an error, never with a signal, so that a library which only tries
// something goes on without it. Used by the launcher before Node starts, and by the addon afterwards.
#pragma once

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define DEEPHEALTH_HAS_FILTER 1

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace deephealth {

// Numbers from 424 on are the same on every architecture; headers of the building machine may be older.
constexpr uint32_t kIoUringSetup = 425;
constexpr uint32_t kClone3 = 435;

/** Refused with EPERM, whatever the arguments. */
constexpr uint32_t kRefusedCalls[] = {
    // Other processes.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_tkill, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_ioprio_set, SYS_migrate_pages, SYS_move_pages,
    424 /* pidfd_send_signal */, 434 /* pidfd_open */, 438 /* pidfd_getfd */, 440 /* process_madvise */,
    448 /* process_mrelease */,
    // Other programs. execve itself is refused once Node runs.
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
    // Memory and messages that have names.
    SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semop, SYS_semctl, SYS_semtimedop, SYS_msgget, SYS_msgsnd,
    SYS_msgrcv, SYS_msgctl, SYS_mq_open, SYS_mq_unlink,
    // Name spaces and file systems.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon, SYS_swapoff, SYS_quotactl,
    428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */, 431 /* fsconfig */, 432 /* fsmount */,
    433 /* fspick */, 442 /* mount_setattr */, 443 /* quotactl_fd */, 467 /* open_tree_attr */,
    SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_fanotify_init,
    // What Landlock does not govern: attributes of files that can be reached.
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_truncate, SYS_mknodat, 452 /* fchmodat2 */,
    463 /* setxattrat */, 466 /* removexattrat */, 469 /* file_setattr */,
#ifdef SYS_chmod
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_mknod,
#endif
    // The kernel and the machine.
    SYS_kexec_load, SYS_reboot, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_bpf, SYS_perf_event_open,
    SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_acct, SYS_syslog, SYS_settimeofday,
    SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_vhangup,
    SYS_personality,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
    // Whom the process is.
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid,
    SYS_setgroups, SYS_capset,
    // A process that never dials takes no calls either.
    SYS_listen, SYS_accept, SYS_accept4,
};

/** Besides, for a process that has no business with any network: its sockets are those that it was given. */
constexpr uint32_t kNetworkCalls[] = {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind};

/** Answered as by an older system, which libraries know how to do without. */
constexpr uint32_t kUnknownCalls[] = {kIoUringSetup, 426 /* io_uring_enter */, 427 /* io_uring_register */, kClone3};

/** Asked for all the time: let through before the long list, for systems that do not remember it. */
constexpr uint32_t kFrequentCalls[] = {SYS_futex, SYS_read, SYS_write, SYS_epoll_pwait, SYS_madvise, SYS_close};

/** A filter as it is put together. */
class FilterProgram {
 public:
  FilterProgram() {
    load(offsetof(seccomp_data, arch));
#if defined(__x86_64__)
    refuseUnless(AUDIT_ARCH_X86_64, ENOSYS);
    load(offsetof(seccomp_data, nr));
    // The third kind of calls of this processor, with numbers of its own.
    add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    answer(SECCOMP_RET_ERRNO | ENOSYS);
#else
    refuseUnless(AUDIT_ARCH_AARCH64, ENOSYS);
    load(offsetof(seccomp_data, nr));
#endif
  }

  template <size_t N>
  void always(const uint32_t (&calls)[N], uint32_t result) {
    for (const uint32_t call : calls) {
      add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
      answer(result);
    }
  }

  /** Refuses a call unless its argument, by its lower half, is one of two values. */
  void unlessArgument(uint32_t call, int argument, uint32_t first, uint32_t second) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 5);
    load(lowerHalf(argument));
    add(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(SECCOMP_RET_ERRNO | EPERM);
  }

  /** Refuses a call whose argument has none of these bits. */
  void unlessBits(uint32_t call, int argument, uint32_t bits) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(lowerHalf(argument));
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(SECCOMP_RET_ALLOW);
    answer(SECCOMP_RET_ERRNO | EPERM);
  }

  /** Refuses a call whose argument is this value. */
  void ifArgument(uint32_t call, int argument, uint32_t value) {
    add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
    load(lowerHalf(argument));
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(SECCOMP_RET_ERRNO | EPERM);
    load(offsetof(seccomp_data, nr));
  }

  /** Sockets of the Internet that are not raw, and of netlink, by which glibc learns this machine's addresses. */
  void internetSocketsOnly() {
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 9);
    load(lowerHalf(0));
    add(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 6, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 3);
    load(lowerHalf(1));
    add(BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, SOCK_RAW, 0, 1);
    answer(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    answer(SECCOMP_RET_ALLOW);
  }

  /** The kernel checks it; every thread of the process is under it from then on. False where it is refused. */
  bool apply(bool allThreads) {
    answer(SECCOMP_RET_ALLOW);
    const sock_fprog program{static_cast<unsigned short>(size_), code_};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, allThreads ? SECCOMP_FILTER_FLAG_TSYNC : 0, &program) == 0) {
      return true;
    }
    return !allThreads && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  static constexpr size_t kCapacity = 1024;

  static constexpr uint32_t lowerHalf(int argument) {
    return static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8 * static_cast<uint32_t>(argument);
  }

  void add(uint16_t code, uint32_t k, uint8_t ifTrue, uint8_t ifFalse) {
    if (size_ < kCapacity) code_[size_++] = sock_filter{code, ifTrue, ifFalse, k};
  }

  void load(uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }

  void answer(uint32_t result) { add(BPF_RET | BPF_K, result, 0, 0); }

  void refuseUnless(uint32_t value, uint32_t error) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    answer(SECCOMP_RET_ERRNO | error);
  }

  sock_filter code_[kCapacity];
  size_t size_ = 0;
};

/** The filter that Node starts under. `mayDial`: for a model that another inference server computes. */
inline bool applyLaunchFilter(bool mayDial) {
  FilterProgram program;
  program.always(kFrequentCalls, SECCOMP_RET_ALLOW);
  program.always(kRefusedCalls, SECCOMP_RET_ERRNO | EPERM);
  program.always(kUnknownCalls, SECCOMP_RET_ERRNO | ENOSYS);
  if (mayDial) program.internetSocketsOnly();
  else program.always(kNetworkCalls, SECCOMP_RET_ERRNO | EPERM);
  const auto self = static_cast<uint32_t>(getpid());
  program.unlessArgument(SYS_kill, 0, self, self);
  program.unlessArgument(SYS_tgkill, 0, self, self);
  program.unlessArgument(SYS_prlimit64, 0, 0, self);
  // A thread is one's own, a process is not.
  program.unlessBits(SYS_clone, 0, 0x00010000 /* CLONE_THREAD */);
  program.ifArgument(SYS_ioctl, 1, 0x5412 /* TIOCSTI */);
  return program.apply(false);
}

/** No other program from now on, in any thread. */
inline bool applyNoExecFilter() {
  FilterProgram program;
  constexpr uint32_t refused[] = {SYS_execve, SYS_execveat};
  program.always(kFrequentCalls, SECCOMP_RET_ALLOW);
  program.always(refused, SECCOMP_RET_ERRNO | EPERM);
  return program.apply(true);
}

}  // namespace deephealth

#endif
