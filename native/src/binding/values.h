// JavaScript values to the core's structures and back. The JavaScript side has checked types and ranges already.
#pragma once
#include <napi.h>

#include "engine.h"

namespace geneve {

EngineConfig toConfig(Napi::Object from);
Napi::Object toObject(Napi::Env env, const EngineEvent& event);
Napi::Object toObject(Napi::Env env, const EngineSnapshot& snapshot, uint64_t eventsDropped);
Napi::Object toObject(Napi::Env env, const CaptureRecord& record);
Napi::Array toObject(Napi::Env env, const std::vector<ProgramSnapshot>& programs);
Napi::Object counterNames(Napi::Env env);
Napi::Value decodeBatch(const Napi::CallbackInfo& info);
/// An Error with `code` and `errnoName`.
Napi::Error toError(Napi::Env env, const Failure& failure);

}  // namespace geneve
