#include "ring-answers.h"

#if defined(__linux__)

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace deephealth {

namespace {

constexpr double kTinyRunUs = 20;
constexpr size_t kMostUntold = 8;
constexpr size_t kPlacedBytes = 64 * 1024;

size_t rounded(size_t bytes) { return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine; }

}  // namespace

RingAnswers::RingAnswers(const OnnxRuntime& runtime, const RingOptions& options, const RingSlots& slots)
    : runtime_(runtime),
      options_(options),
      slots_(slots),
      arena_(options.answers, kAnswerRingBytes, options.answerBytes) {}

void RingAnswers::place(const ClaimedRequest& request, const std::vector<size_t>& wanted, std::vector<OrtValue*>& values,
                        std::vector<size_t>& placed) {
  for (size_t index = 0; index < wanted.size(); index++) {
    const DeclaredTensor& spec = options_.outputs[wanted[index]];
    std::vector<int64_t> shape = spec.shape;
    // An open first extent is the batch where every tensor has one, and the request then has one row.
    if (!shape.empty() && shape[0] == -1 && options_.isBatched) shape[0] = request.inputs[0].shape[0];
    size_t bytes = spec.elementBytes;
    bool isKnown = true;
    for (const int64_t extent : shape) {
      isKnown = isKnown && extent >= 0 && !__builtin_mul_overflow(bytes, static_cast<size_t>(extent), &bytes);
    }
    if (!isKnown || bytes < kPlacedBytes) continue;
    const size_t offset = arena_.take(bytes);
    if (offset == 0) continue;
    placed[index] = offset;
    values[index] =
        runtime_.createTensor(options_.answers + offset, bytes, shape.data(), shape.size(), spec.elementType);
  }
}

void RingAnswers::giveBack(const std::vector<size_t>& placed) {
  for (const size_t offset : placed) {
    if (offset != 0) arena_.giveBack(offset);
  }
}

bool RingAnswers::write(const std::vector<ClaimedRequest>& group, size_t first, size_t count,
                        const std::vector<size_t>& wanted, const std::vector<OrtValue*>& values,
                        const std::vector<size_t>& placed) {
  std::vector<OnnxRuntime::TensorView> views;
  std::vector<size_t> rowBytes;
  for (size_t index = 0; index < wanted.size(); index++) {
    const DeclaredTensor& spec = options_.outputs[wanted[index]];
    OnnxRuntime::TensorView view = runtime_.view(values[index]);
    if (view.type != spec.elementType || view.shape.size() > kMaxRank) return false;
    if (count > 1) {
      if (view.shape.empty() || view.shape[0] != static_cast<int64_t>(count)) return false;
      view.shape[0] = 1;
    }
    if (!keepsShape(spec, view.shape)) return false;
    size_t elements = 1;
    for (const int64_t extent : view.shape) elements *= static_cast<size_t>(extent);
    if (!keepsValues(spec, view.data, elements * count)) return false;
    rowBytes.push_back(elements * spec.elementBytes);
    views.push_back(std::move(view));
  }
  for (size_t row = 0; row < count; row++) {
    const size_t slot = group[first + row].slot;
    double* answered = slots_.answer(slot);
    std::vector<size_t> regions;
    size_t inlineAt = kInlineOffset;
    for (size_t index = 0; index < wanted.size(); index++) {
      const OnnxRuntime::TensorView& view = views[index];
      const size_t bytes = rowBytes[index];
      size_t offset = placed[index];
      if (offset != 0) {
        // It is there already.
      } else if (inlineAt + bytes <= kSlotBytes) {
        offset = kAnswerSlots + slot * kSlotBytes + inlineAt;
        inlineAt = std::min(inlineAt + rounded(bytes), kSlotBytes);
      } else {
        offset = arena_.take(bytes);
        if (offset == 0) {
          giveBack(regions);
          if (count == 1) return false;
          setStatus(slot, kAgain);
          break;
        }
        regions.push_back(offset);
      }
      if (placed[index] == 0) {
        std::memcpy(options_.answers + offset, static_cast<const uint8_t*>(view.data) + row * bytes, bytes);
      }
      double* tensor = answered + kTensorFields + index * kFieldsPerTensor;
      tensor[0] = view.type;
      tensor[1] = static_cast<double>(view.shape.size());
      tensor[2] = static_cast<double>(offset);
      tensor[3] = static_cast<double>(bytes);
      for (size_t axis = 0; axis < view.shape.size(); axis++) tensor[4 + axis] = static_cast<double>(view.shape[axis]);
      if (index + 1 == wanted.size()) {
        answered[kOutputCount] = static_cast<double>(wanted.size());
        setStatus(slot, kAnswered);
      }
    }
  }
  return true;
}

void RingAnswers::finish(const ClaimedRequest& request) {
  __atomic_store_n(slots_.state(request.slot), (request.state & ~kStateMask) | kSlotDone, __ATOMIC_RELEASE);
  mustTell_ = true;
  hasAnswered_ = true;
}

bool RingAnswers::mayTellLater(size_t answered, bool isMoreWaiting, double lastRunUs) {
  untold_ += answered;
  if (isMoreWaiting && lastRunUs <= kTinyRunUs && untold_ < kMostUntold) return true;
  untold_ = 0;
  return false;
}

void RingAnswers::tell() {
  if (!mustTell_) return;
  mustTell_ = false;
  __atomic_fetch_add(slots_.answerWord(0), 1u, __ATOMIC_SEQ_CST);
  // A server that has not come to the last bell yet finds these answers with the others.
  if (__atomic_exchange_n(slots_.answerWord(kCacheLine), 0u, __ATOMIC_SEQ_CST) == 0) return;
  const char ring = 1;
  (void)!send(options_.bell, &ring, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace deephealth

#endif
