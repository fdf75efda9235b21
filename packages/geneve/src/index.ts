export {
  decodeGeneve,
  encodeGeneve,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  GENEVE_PORT,
  type GeneveHeader,
  type GeneveHeaderInput,
  type GeneveOption,
  type GeneveOptionInput,
} from './geneve.js';
export { decodeGwlb, encodeGwlb, GWLB_OPTION_CLASS, gwlbOptions, type GwlbMetadata } from './gwlb.js';
export { canonicalFlowKey, decodeFlow, type Flow, isReversed } from './flow.js';
export { type Fragment, MAX_EXTENSION_HEADERS } from './ip.js';
export { endpointNames, type EndpointNames, fromBase60, toBase60 } from './interface-name.js';
export { fromHex, toHex } from './bytes.js';
export { GeneveError } from './errors.js';
export type {
  Decoded,
  DecodeError,
  DecodeErrorCode,
  GeneveErrorCode,
  GwlbErrorCode,
  IpErrorCode,
  PcapErrorCode,
} from './result.js';
export { formatAddress, parseAddress } from './address.js';
export { crc32c, internetChecksum } from './checksum.js';
export { fragmentPacket } from './fragmenting.js';
export { buildOuter, type OuterInput } from './outer.js';
export {
  type Addresses,
  buildIp,
  echo,
  gre,
  icmp,
  type IpPacketInput,
  type Ipv6Extension,
  raw,
  scapyExpression,
  sctp,
  tcp,
  type TcpFields,
  type TransportPart,
  udp,
} from './packet-builder.js';
export {
  decodePcap,
  encodePcap,
  encodePcapHeader,
  encodePcapRecord,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  type PcapFile,
  type PcapRecord,
} from './pcap.js';
