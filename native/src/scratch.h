// Scratch memory of a kernel can be refused by the machine; callers then get an Error, not an abort.
#pragma once

#include <napi.h>

#include <new>
#include <stdexcept>

namespace deephealth {

/** Runs `work`, and turns what std::vector throws for want of memory into an Error of JavaScript. */
template <typename Work>
auto withScratch(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "not enough memory for the kernel's scratch");
  } catch (const std::length_error&) {
    throw Napi::Error::New(env, "not enough memory for the kernel's scratch");
  }
}

}  // namespace deephealth
