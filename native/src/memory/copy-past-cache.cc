#include <cstring>

#include "../arguments.h"
#include "../registration.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace deephealth {

namespace {

constexpr size_t kBlock = 64;

/**
 * Copies bytes without first reading what they replace, and without pushing the rest out of the
 * caches: for more than these hold, it saves a third of the traffic. Source and target do not overlap.
 */
void copyPastCache(uint8_t* target, const uint8_t* source, size_t bytes) {
#if defined(__SSE2__)
  // Streaming stores need their alignment.
  const size_t head = (kBlock - reinterpret_cast<uintptr_t>(target) % kBlock) % kBlock;
  if (bytes < head + kBlock) {
    std::memcpy(target, source, bytes);
    return;
  }
  std::memcpy(target, source, head);
  size_t at = head;
  for (; at + kBlock <= bytes; at += kBlock) {
    const auto* from = reinterpret_cast<const __m128i*>(source + at);
    auto* to = reinterpret_cast<__m128i*>(target + at);
    const __m128i a = _mm_loadu_si128(from);
    const __m128i b = _mm_loadu_si128(from + 1);
    const __m128i c = _mm_loadu_si128(from + 2);
    const __m128i d = _mm_loadu_si128(from + 3);
    _mm_stream_si128(to, a);
    _mm_stream_si128(to + 1, b);
    _mm_stream_si128(to + 2, c);
    _mm_stream_si128(to + 3, d);
  }
  // Streaming stores keep no order of their own: whoever is told of the bytes afterwards must find them.
  _mm_sfence();
  std::memcpy(target + at, source + at, bytes - at);
#else
  std::memcpy(target, source, bytes);
#endif
}

/** copyBytes(target, targetOffset, source, sourceOffset, bytes) */
Napi::Value copyBytes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto target = typedArray<uint8_t>(info, 0, "target");
  const auto to = static_cast<size_t>(integer(info, 1, "targetOffset", 0, int64_t{1} << 53));
  const auto source = typedArray<const uint8_t>(info, 2, "source");
  const auto from = static_cast<size_t>(integer(info, 3, "sourceOffset", 0, int64_t{1} << 53));
  const auto bytes = static_cast<size_t>(integer(info, 4, "bytes", 0, int64_t{1} << 53));
  if (to > target.length || bytes > target.length - to || from > source.length || bytes > source.length - from) {
    throw Napi::RangeError::New(env, "the bytes lie outside of the source or the target");
  }
  const Span<uint8_t> written{target.data + to, bytes};
  requireApart(env, "target", written, {Span<const uint8_t>{source.data + from, bytes}});
  if (bytes > 0) copyPastCache(written.data, source.data + from, bytes);
  return env.Undefined();
}

}  // namespace

void registerCopy(Napi::Env env, Napi::Object exports) {
  exports.Set("copyBytes", Napi::Function::New(env, copyBytes));
}

}  // namespace deephealth
