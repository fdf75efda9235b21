#include "geneve_header.h"
#include "values.h"

namespace geneve {
namespace {

constexpr size_t kStride = 8;

Napi::Value rangeError(Napi::Env env, const char* message) {
  Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace

Napi::Value decodeBatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsTypedArray() || !info[1].IsTypedArray() || !info[2].IsTypedArray())
    return rangeError(env, "decodeBatch needs a Uint8Array and two Uint32Arrays");
  const auto data = info[0].As<Napi::Uint8Array>();
  const auto offsets = info[1].As<Napi::Uint32Array>();
  auto out = info[2].As<Napi::Uint32Array>();
  if (data.TypedArrayType() != napi_uint8_array || offsets.TypedArrayType() != napi_uint32_array ||
      out.TypedArrayType() != napi_uint32_array)
    return rangeError(env, "decodeBatch needs a Uint8Array and two Uint32Arrays");
  const size_t packets = offsets.ElementLength() == 0 ? 0 : offsets.ElementLength() - 1;
  if (out.ElementLength() < packets * kStride) return rangeError(env, "out is too small: eight numbers a packet");
  const uint8_t* bytes = data.Data();
  const uint32_t* at = offsets.Data();
  uint32_t* result = out.Data();
  uint32_t accepted = 0;
  for (size_t i = 0; i < packets; ++i, result += kStride) {
    if (at[i] > at[i + 1] || at[i + 1] > data.ElementLength()) return rangeError(env, "offsets must ascend within data");
    GeneveHeader header{};
    const GeneveVerdict verdict = decodeGeneve({bytes + at[i], at[i + 1] - at[i]}, header);
    const bool good = verdict.reason == DropReason::kNone;
    accepted += good;
    result[0] = good ? 0 : 1 + static_cast<uint32_t>(verdict.reason);
    result[1] = header.headerLength;
    result[2] = header.protocol;
    result[3] = header.vni;
    result[4] = static_cast<uint32_t>(header.eni >> 32);
    result[5] = static_cast<uint32_t>(header.eni);
    result[6] = header.cookie;
    result[7] = verdict.offset;
  }
  return Napi::Number::New(env, accepted);
}

}  // namespace geneve
