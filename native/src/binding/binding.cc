// The addon's face: glue only. C++ exceptions are off; errors leave as JavaScript exceptions with a code.
#include <cerrno>
#include <mutex>

#include "kernel_path.h"
#include "kernel_pins.h"
#include "values.h"

namespace geneve {
namespace {

/// Events on their way to the event loop: bounded, never waited for. Outlives both ends.
struct EventBridge {
  std::mutex mutex;
  bool closed = true;
  Napi::ThreadSafeFunction function;
  std::atomic<uint64_t> dropped{0};

  void post(EngineEvent&& event) {
    auto* copy = new EngineEvent(std::move(event));
    const std::lock_guard guard(mutex);
    const auto deliver = [](Napi::Env env, Napi::Function callback, EngineEvent* delivered) {
      const std::unique_ptr<EngineEvent> owned(delivered);
      if (env == nullptr || callback.IsEmpty()) return;
      const Napi::HandleScope scope(env);
      callback.Call({toObject(env, *owned)});
    };
    if (!closed && function.NonBlockingCall(copy, deliver) == napi_ok) return;
    delete copy;
    dropped.fetch_add(1, std::memory_order_relaxed);
  }

  void close() {
    const std::lock_guard guard(mutex);
    if (!std::exchange(closed, true)) function.Release();
  }
};

class StopWorker final : public Napi::AsyncWorker {
 public:
  StopWorker(Napi::Function done, std::shared_ptr<Engine> engine, std::shared_ptr<EventBridge> bridge, unsigned drainMs)
      : Napi::AsyncWorker(done), engine_(std::move(engine)), bridge_(std::move(bridge)), drainMs_(drainMs) {}
  void Execute() override { engine_->stop(drainMs_); }
  void OnOK() override {
    // Events posted while stopping are queued before the release and still arrive.
    bridge_->close();
    Callback().Call({});
  }

 private:
  std::shared_ptr<Engine> engine_;
  std::shared_ptr<EventBridge> bridge_;
  unsigned drainMs_;
};

class EngineObject final : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine",
                       {InstanceMethod<&EngineObject::endpointReady>("endpointReady"),
                        InstanceMethod<&EngineObject::removeEndpoint>("removeEndpoint"),
                        InstanceMethod<&EngineObject::setDecapOnly>("setDecapOnly"),
                        InstanceMethod<&EngineObject::setCapture>("setCapture"),
                        InstanceMethod<&EngineObject::readCapture>("readCapture"),
                        InstanceMethod<&EngineObject::expireFlows>("expireFlows"),
                        InstanceMethod<&EngineObject::stats>("stats"), InstanceMethod<&EngineObject::stop>("stop")});
  }

  explicit EngineObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EngineObject>(info) {
    const Napi::Env env = info.Env();
    bridge_ = std::make_shared<EventBridge>();
    bridge_->function = Napi::ThreadSafeFunction::New(
        env, info[1].As<Napi::Function>(), "geneve events", 1024, 1, [bridge = bridge_](Napi::Env) {
          const std::lock_guard guard(bridge->mutex);
          bridge->closed = true;
        });
    bridge_->closed = false;
    Failure failure;
    engine_ = startUserEngine(toConfig(info[0].As<Napi::Object>()),
                              [bridge = bridge_](EngineEvent&& event) { bridge->post(std::move(event)); }, failure);
    if (engine_) return;
    bridge_->close();
    toError(env, failure).ThrowAsJavaScriptException();
  }

  ~EngineObject() override {
    if (engine_) engine_->stop(0);
    if (bridge_) bridge_->close();
  }

 private:
  static uint64_t eniOf(const Napi::CallbackInfo& info) {
    bool lossless;
    return info[0].As<Napi::BigInt>().Uint64Value(&lossless);
  }

  Napi::Value endpointReady(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), engine_->endpointReady(eniOf(info)));
  }
  Napi::Value removeEndpoint(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), engine_->removeEndpoint(eniOf(info)));
  }
  void setDecapOnly(const Napi::CallbackInfo& info) { engine_->setDecapOnly(info[0].As<Napi::Boolean>().Value()); }
  void setCapture(const Napi::CallbackInfo& info) {
    engine_->setCapture(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Number>().Uint32Value(),
                        info[2].As<Napi::Number>().Uint32Value());
  }
  Napi::Value readCapture(const Napi::CallbackInfo& info) {
    auto array = Napi::Array::New(info.Env());
    for (const CaptureRecord& record : engine_->readCapture()) array.Set(array.Length(), toObject(info.Env(), record));
    return array;
  }
  Napi::Value expireFlows(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(engine_->expireFlows()));
  }
  Napi::Value stats(const Napi::CallbackInfo& info) { return toObject(info.Env(), engine_->snapshot(), bridge_->dropped); }
  void stop(const Napi::CallbackInfo& info) {
    (new StopWorker(info[1].As<Napi::Function>(), engine_, bridge_, info[0].As<Napi::Number>().Uint32Value()))->Queue();
  }

  std::shared_ptr<Engine> engine_;
  std::shared_ptr<EventBridge> bridge_;
};

Napi::Value start(const Napi::CallbackInfo& info) {
  auto* constructor = info.Env().GetInstanceData<Napi::FunctionReference>();
  return constructor->New({info[0], info[1]});
}

/// (directory, dryRun): what a process left under the directory, which without dryRun is removed.
Napi::Value kernelState(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string directory = info[0].As<Napi::String>().Utf8Value();
  std::vector<Remnant> remnants;
  Failure failure;
  const bool isDone = info[1].As<Napi::Boolean>().Value() ? listRemnants(directory, remnants, failure.message)
                                                          : removeRemnants(directory, remnants, failure.message);
  if (!isDone) {
    failure.errnoValue = errno;
    failure.code = errno == EPERM || errno == EACCES ? "NET_NATIVE_PRIVILEGE" : "NET_NATIVE_KERNEL_PATH";
    toError(env, failure).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto array = Napi::Array::New(env);
  for (const Remnant& remnant : remnants) {
    auto one = Napi::Object::New(env);
    one.Set("kind", remnant.kind);
    one.Set("name", remnant.name);
    one.Set("device", remnant.device);
    array.Set(array.Length(), one);
  }
  return array;
}

/// (): the programs as this kernel loads them, or why it does not.
Napi::Value probeKernelPath(const Napi::CallbackInfo& info) {
  std::string reason;
  auto object = Napi::Object::New(info.Env());
  object.Set("programs", toObject(info.Env(), KernelPath::probe(reason)));
  object.Set("reason", reason);
  return object;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Napi::FunctionReference(Napi::Persistent(EngineObject::define(env))));
  exports.Set("version", GENEVE_VERSION);
  exports.Set("counterNames", counterNames(env));
  exports.Set("start", Napi::Function::New(env, start));
  exports.Set("kernelState", Napi::Function::New(env, kernelState));
  exports.Set("probeKernelPath", Napi::Function::New(env, probeKernelPath));
  exports.Set("decodeBatch", Napi::Function::New(env, decodeBatch));
  return exports;
}

}  // namespace
}  // namespace geneve

static Napi::Object InitAddon(Napi::Env env, Napi::Object exports) { return geneve::init(env, exports); }
NODE_API_MODULE(geneve_native, InitAddon)
