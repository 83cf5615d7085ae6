// What can be given up only once Node runs: other programs, and being looked into.
#include "../registration.h"
#include "system-call-filter.h"

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace deephealth {

namespace {

/** sealProcess() -> whether no thread of this process can become another program any more */
Napi::Value sealProcess(const Napi::CallbackInfo& info) {
#if defined(DEEPHEALTH_HAS_FILTER)
  // Neither a core nor a debugger of the same user sees its memory.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Each filter is one more to pass for every call.
  static const bool isSealed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && applyNoExecFilter();
  return Napi::Boolean::New(info.Env(), isSealed);
#else
  return Napi::Boolean::New(info.Env(), false);
#endif
}

}  // namespace

void registerIsolation(Napi::Env env, Napi::Object exports) {
  exports.Set("sealProcess", Napi::Function::New(env, sealProcess));
}

}  // namespace deephealth
