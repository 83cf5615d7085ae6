#include "../registration.h"
#include "engine-session.h"

namespace deephealth {

void registerEngine(Napi::Env env, Napi::Object exports) {
  exports.Set("EngineSession", EngineSession::define(env));
}

}  // namespace deephealth
