// Memory that two processes share, without a name: it is reached by its descriptor alone, and gone
// with the last process that has it, however that ends. Sealed, so that no side can take pages away
// from under the other.
#if defined(__linux__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstring>
#include <string>

#include "../arguments.h"
#include "../registration.h"

namespace deephealth {

#if defined(__linux__)

namespace {

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

// Node takes no larger memory from outside.
constexpr int64_t kLargestSegment = (int64_t{1} << 32) - 1;

Napi::Error systemError(Napi::Env env, const char* what) {
  return Napi::Error::New(env, std::string(what) + ": " + std::strerror(errno));
}

/** An ArrayBuffer over the whole segment; unmapped when JavaScript has let go of it. */
Napi::Value map(Napi::Env env, int fd, size_t bytes, bool isWritable) {
  void* memory = mmap(nullptr, bytes, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) throw systemError(env, "mapping shared memory");
  napi_value buffer;
  const auto unmap = [](napi_env, void* data, void* hint) { munmap(data, reinterpret_cast<size_t>(hint)); };
  const napi_status status =
      napi_create_external_arraybuffer(env, memory, bytes, unmap, reinterpret_cast<void*>(bytes), &buffer);
  if (status != napi_ok) {
    munmap(memory, bytes);
    throw Napi::Error::New(env, "this engine of JavaScript takes no memory from outside");
  }
  return Napi::Value(env, buffer);
}

/** createSegment(bytes, mayOthersWrite) -> { fd, memory } */
Napi::Value createSegment(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int64_t bytes = integer(info, 0, "bytes", 1, kLargestSegment);
  const bool mayOthersWrite = boolean(info, 1, "mayOthersWrite");
  const int fd = memfd_create("deephealth", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw systemError(env, "creating shared memory");
  try {
    if (ftruncate(fd, bytes) != 0) throw systemError(env, "sizing shared memory");
    const Napi::Value memory = map(env, fd, static_cast<size_t>(bytes), true);
    // The mapping above stays writable; whoever gets the descriptor can make none like it.
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | (mayOthersWrite ? 0 : F_SEAL_FUTURE_WRITE);
    if (fcntl(fd, F_ADD_SEALS, seals) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) != 0) {
      throw systemError(env, "sealing shared memory");
    }
    Napi::Object segment = Napi::Object::New(env);
    segment.Set("fd", Napi::Number::New(env, fd));
    segment.Set("memory", memory);
    return segment;
  } catch (...) {
    close(fd);
    throw;
  }
}

int descriptor(const Napi::CallbackInfo& info) { return static_cast<int>(integer(info, 0, "fd", 0, 1 << 20)); }

/** openSegment(fd, isWritable) -> ArrayBuffer. Refuses memory that its owner could take away. */
Napi::Value openSegment(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = descriptor(info);
  const bool isWritable = boolean(info, 1, "isWritable");
  struct stat described{};
  if (fstat(fd, &described) != 0) throw systemError(env, "opening shared memory");
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) throw Napi::Error::New(env, "the shared memory is not sealed");
  return map(env, fd, static_cast<size_t>(described.st_size), isWritable);
}

/** reserveSegment(fd, offset, bytes) -> false if the system has no such memory; a write there is then fatal. */
Napi::Value reserveSegment(const Napi::CallbackInfo& info) {
  const int64_t offset = integer(info, 1, "offset", 0, kLargestSegment);
  const int64_t bytes = integer(info, 2, "bytes", 1, kLargestSegment);
  return Napi::Boolean::New(info.Env(), fallocate(descriptor(info), FALLOC_FL_KEEP_SIZE, offset, bytes) == 0);
}

/** releaseSegment(fd, offset, bytes): gives the pages back to the system; they read as zeros from then on. */
Napi::Value releaseSegment(const Napi::CallbackInfo& info) {
  const int64_t offset = integer(info, 1, "offset", 0, kLargestSegment);
  const int64_t bytes = integer(info, 2, "bytes", 1, kLargestSegment);
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return Napi::Boolean::New(info.Env(), fallocate(descriptor(info), mode, offset, bytes) == 0);
}

}  // namespace

void registerMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("createSegment", Napi::Function::New(env, createSegment));
  exports.Set("openSegment", Napi::Function::New(env, openSegment));
  exports.Set("reserveSegment", Napi::Function::New(env, reserveSegment));
  exports.Set("releaseSegment", Napi::Function::New(env, releaseSegment));
}

#else

void registerMemory(Napi::Env, Napi::Object) {}

#endif

}  // namespace deephealth
