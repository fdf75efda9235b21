#include "checksum.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace geneve {
namespace {

// Sums in host order: the one's complement sum does not mind byte order as long as the result is swapped once
// (RFC 1071, section 2, B).
uint64_t hostSum(const uint8_t* at, size_t length) {
  uint64_t sum = 0;
#if defined(__SSE2__)
  if (length >= 64) {
    const __m128i zero = _mm_setzero_si128();
    __m128i a = zero, b = zero, c = zero, d = zero;
    while (length >= 64) {
      const auto* block = reinterpret_cast<const __m128i*>(at);
      const __m128i w = _mm_loadu_si128(block), x = _mm_loadu_si128(block + 1);
      const __m128i y = _mm_loadu_si128(block + 2), z = _mm_loadu_si128(block + 3);
      a = _mm_add_epi64(a, _mm_add_epi64(_mm_unpacklo_epi32(w, zero), _mm_unpackhi_epi32(w, zero)));
      b = _mm_add_epi64(b, _mm_add_epi64(_mm_unpacklo_epi32(x, zero), _mm_unpackhi_epi32(x, zero)));
      c = _mm_add_epi64(c, _mm_add_epi64(_mm_unpacklo_epi32(y, zero), _mm_unpackhi_epi32(y, zero)));
      d = _mm_add_epi64(d, _mm_add_epi64(_mm_unpacklo_epi32(z, zero), _mm_unpackhi_epi32(z, zero)));
      at += 64;
      length -= 64;
    }
    alignas(16) uint64_t lanes[2];
    _mm_store_si128(reinterpret_cast<__m128i*>(lanes), _mm_add_epi64(_mm_add_epi64(a, b), _mm_add_epi64(c, d)));
    sum = lanes[0] + lanes[1];
  }
#endif
  while (length >= 4) {
    uint32_t word;
    std::memcpy(&word, at, 4);
    sum += word;
    at += 4;
    length -= 4;
  }
  if (length > 0) {
    uint32_t word = 0;
    std::memcpy(&word, at, length);
    sum += word;
  }
  return sum;
}

}  // namespace

uint64_t partialSum(ConstBytes data) { return __builtin_bswap16(fold(hostSum(data.data(), data.size()))); }

uint64_t pseudoSum(ConstBytes source, ConstBytes destination, uint8_t protocol, uint32_t length) {
  uint64_t sum = protocol + (length >> 16) + (length & 0xffff);
  for (size_t at = 0; at < source.size(); at += 4) {
    sum += load16(&source[at]) + load16(&source[at + 2]);
    sum += load16(&destination[at]) + load16(&destination[at + 2]);
  }
  return sum;
}

void setIpv4Checksum(Bytes header) {
  store16(&header[10], 0);
  uint64_t sum = 0;
  for (size_t at = 0; at < header.size(); at += 2) sum += load16(&header[at]);
  store16(&header[10], finish(sum));
}

}  // namespace geneve
