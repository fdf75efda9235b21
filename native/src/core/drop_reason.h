// Why a packet ends here. The order is that of `dropReasonNames` in src/js/statistics.ts; loading compares the names.
#pragma once
#include <cstdint>

#define GENEVE_DROP_REASONS(X)                                   \
  X(GeneveTooShort, "geneveTooShort")                            \
  X(GeneveVersion, "geneveVersion")                              \
  X(GeneveOptionsPastEnd, "geneveOptionsPastEnd")                \
  X(GeneveOptionPastEnd, "geneveOptionPastEnd")                  \
  X(GeneveControl, "geneveControl")                              \
  X(GeneveProtocol, "geneveProtocol")                            \
  X(GwlbOptionLength, "gwlbOptionLength")                        \
  X(GwlbOptionDuplicate, "gwlbOptionDuplicate")                  \
  X(GeneveOptionCritical, "geneveOptionCritical")                \
  X(GwlbOptionsMissing, "gwlbOptionsMissing")                    \
  X(IpTooShort, "ipTooShort")                                    \
  X(IpVersion, "ipVersion")                                      \
  X(IpHeaderLength, "ipHeaderLength")                            \
  X(IpTotalLength, "ipTotalLength")                              \
  X(IpPayloadLength, "ipPayloadLength")                          \
  X(SourceNotAllowed, "sourceNotAllowed")                        \
  X(OuterTruncated, "outerTruncated")                            \
  X(EndpointNotAllowed, "endpointNotAllowed")                    \
  X(EndpointLimit, "endpointLimit")                              \
  X(EndpointRate, "endpointRate")                                \
  X(EndpointDevice, "endpointDevice")                            \
  X(EndpointGone, "endpointGone")                                \
  X(PendingOverflow, "pendingOverflow")                          \
  X(TunLost, "tunLost")                                          \
  X(TunWriteFailed, "tunWriteFailed")                            \
  X(TunPacketInvalid, "tunPacketInvalid")                        \
  X(NoFlow, "noFlow")                                            \
  X(FlowTableFull, "flowTableFull")                              \
  X(TooBig, "tooBig")                                            \
  X(SendFailed, "sendFailed")                                    \
  X(SendQueueFull, "sendQueueFull")                              \
  X(DecapOnly, "decapOnly")                                      \
  X(RouterSolicitation, "routerSolicitation")                    \
  X(FragmentUnmatched, "fragmentUnmatched")

namespace geneve {

enum class DropReason : uint8_t {
#define X(name, text) k##name,
  GENEVE_DROP_REASONS(X)
#undef X
      kCount,
  kNone = 0xff,
};

}  // namespace geneve
