// Work on a slide in a thread of libuv's, with a promise of its end.
#pragma once

#include <napi.h>

#include <memory>

#include "slide-content.h"

namespace deephealth {

/** Promise of { levels: [[width, height, downsample], ...], properties: { name: text } }. */
Napi::Value openInThread(Napi::Env env, std::shared_ptr<SlideContent> content);

/** Promise of RGB, [height, width, 3]. */
Napi::Value readInThread(Napi::Env env, std::shared_ptr<SlideContent> content, const SlideRegion& region);

}  // namespace deephealth
