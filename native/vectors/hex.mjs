// Small pieces of packets as hex text, kept free of any decoder of this repository.

export const u8 = (value) => (value & 0xff).toString(16).padStart(2, '0');
export const u16 = (value) => (value & 0xffff).toString(16).padStart(4, '0');
export const u32 = (value) => (value >>> 0).toString(16).padStart(8, '0');
export const zeros = (bytes) => '00'.repeat(bytes);
export const bytesOf = (hex) => hex.length / 2;

/** IPv4 header and payload. `total` overrides the total length; the checksum is left 0: decoders do not look at it. */
export function ip4({
  protocol,
  payload = '',
  source = 'c0000201',
  destination = 'c6336402',
  options = '',
  identification = 0x1234,
  offset = 0,
  more = false,
  df = false,
  total,
  ihl,
}) {
  const headerLength = 20 + bytesOf(options);
  const flags = (df ? 0x4000 : 0) | (more ? 0x2000 : 0) | (offset / 8);
  return (
    u8(0x40 | (ihl ?? headerLength / 4)) +
    '00' +
    u16(total ?? headerLength + bytesOf(payload)) +
    u16(identification) +
    u16(flags) +
    '40' +
    u8(protocol) +
    '0000' +
    source +
    destination +
    options +
    payload
  );
}

/** IPv6 header and payload; `payload` begins with any extension headers. */
export function ip6({
  next,
  payload = '',
  source = '20010db8000000000000000000000001',
  destination = '20010db8000000000000000000000002',
  length,
}) {
  return '60000000' + u16(length ?? bytesOf(payload)) + u8(next) + '40' + source + destination + payload;
}

export const tcp = (source, destination, rest = u32(1) + u32(0) + '5002' + 'ffff' + '0000' + '0000') =>
  u16(source) + u16(destination) + rest;
export const udp = (source, destination, data = '') =>
  u16(source) + u16(destination) + u16(8 + bytesOf(data)) + '0000' + data;
export const sctp = (source, destination) => u16(source) + u16(destination) + u32(0xdeadbeef) + u32(0);
export const echo = (type, identifier, sequence = 1) =>
  u8(type) + '00' + '0000' + u16(identifier) + u16(sequence);
export const icmpError = (type, code, quote, rest = '00000000') =>
  u8(type) + u8(code) + '0000' + rest + quote;

/** One extension header of the common form (hop-by-hop, destination options, routing): 8 x (length + 1) bytes. */
export const extension = (next, length = 0) => u8(next) + u8(length) + zeros(6 + 8 * length);
export const fragment6 = (next, offset, more, identification) =>
  u8(next) + '00' + u16(offset | (more ? 1 : 0)) + u32(identification);
export const authentication = (next, words = 4) => u8(next) + u8(words) + zeros(4 * (words + 2) - 2);

/** A Geneve option; `length` overrides the length field, in words. */
export const option = (optionClass, type, data, length) =>
  u16(optionClass) + u8(type) + u8(length ?? bytesOf(data) / 4) + data;
export const gwlbOptions = (eni = '0123456789ab0000', attachment = 'fedcba9876543210', cookie = '5eedc0de') =>
  option(0x0108, 1, eni) + option(0x0108, 2, attachment) + option(0x0108, 3, cookie);

/** A Geneve header; `words` overrides Opt Len. */
export const geneve = ({
  options = '',
  flags = 0,
  protocol = 0x0800,
  vni = 0,
  reserved = 0,
  version = 0,
  words,
}) =>
  u8((version << 6) | (words ?? bytesOf(options) / 4)) +
  u8(flags) +
  u16(protocol) +
  u32((vni << 8) | reserved) +
  options;
