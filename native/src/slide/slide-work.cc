#include "slide-work.h"

#include <new>
#include <string>
#include <utility>

namespace deephealth {

namespace {

/** Rejects with an Error whose `code` says what kind of failure it was. */
class SlideWork : public Napi::AsyncWorker {
 public:
  SlideWork(Napi::Env env, std::shared_ptr<SlideContent> content)
      : Napi::AsyncWorker(env, "deephealth.slide"), content_(std::move(content)), ended_(env) {}

  Napi::Promise promise() const { return ended_.Promise(); }

 protected:
  virtual void work(SlideContent& content) = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

  void Execute() final {
    try {
      work(*content_);
    } catch (const SlideFailure& thrown) {
      code_ = thrown.code();
      // An empty text would be no error.
      SetError(*thrown.what() == '\0' ? "OpenSlide gives no reason" : thrown.what());
    } catch (const std::bad_alloc&) {
      code_ = "memory";
      SetError("there is not enough memory");
    } catch (const std::exception& thrown) {
      code_ = "failed";
      SetError(thrown.what());
    }
  }

  void OnOK() final { ended_.Resolve(result(Env())); }

  void OnError(const Napi::Error& error) final {
    error.Value().As<Napi::Object>().Set("code", Napi::String::New(Env(), code_));
    ended_.Reject(error.Value());
  }

 private:
  std::shared_ptr<SlideContent> content_;
  Napi::Promise::Deferred ended_;
  const char* code_ = "failed";
};

class OpenWork final : public SlideWork {
 public:
  using SlideWork::SlideWork;

 protected:
  void work(SlideContent& content) override { description_ = content.open(); }

  Napi::Value result(Napi::Env env) override {
    auto levels = Napi::Array::New(env, description_.levels.size());
    for (uint32_t index = 0; index < description_.levels.size(); index++) {
      const auto& [width, height, downsample] = description_.levels[index];
      auto extents = Napi::Array::New(env, 3);
      extents.Set(0u, Napi::Number::New(env, static_cast<double>(width)));
      extents.Set(1u, Napi::Number::New(env, static_cast<double>(height)));
      extents.Set(2u, Napi::Number::New(env, downsample));
      levels.Set(index, extents);
    }
    auto properties = Napi::Object::New(env);
    for (const auto& [name, value] : description_.properties) properties.Set(name, Napi::String::New(env, value));
    auto described = Napi::Object::New(env);
    described.Set("levels", levels);
    described.Set("properties", properties);
    return described;
  }

 private:
  SlideDescription description_;
};

class ReadWork final : public SlideWork {
 public:
  ReadWork(Napi::Env env, std::shared_ptr<SlideContent> content, const SlideRegion& region)
      : SlideWork(env, std::move(content)), region_(region) {}

 protected:
  void work(SlideContent& content) override { pixels_ = content.read(region_); }

  Napi::Value result(Napi::Env env) override {
    const auto bytes = static_cast<size_t>(region_.width * region_.height * 3);
    const auto free = [](Napi::Env, uint8_t* memory) { std::free(memory); };
    const auto handed = Napi::Buffer<uint8_t>::NewOrCopy(env, pixels_.get(), bytes, free);
    static_cast<void>(pixels_.release());
    return handed;
  }

 private:
  const SlideRegion region_;
  SlidePixels pixels_;
};

/** A worker deletes itself when it has ended. */
Napi::Value start(SlideWork* work) {
  const Napi::Promise promise = work->promise();
  work->Queue();
  return promise;
}

}  // namespace

Napi::Value openInThread(Napi::Env env, std::shared_ptr<SlideContent> content) {
  return start(new OpenWork(env, std::move(content)));
}

Napi::Value readInThread(Napi::Env env, std::shared_ptr<SlideContent> content, const SlideRegion& region) {
  return start(new ReadWork(env, std::move(content), region));
}

}  // namespace deephealth
