// 192.0.2.1 -> 198.51.100.2 and 2001:db8::1 -> 2001:db8::2: the source is the lower end.
export const A4 = 'c0000201';
export const B4 = 'c6336402';
export const A6 = '20010db8000000000000000000000001';
export const B6 = '20010db8000000000000000000000002';

export const four = (fields) => ({
  version: 4,
  protocol: 0,
  source: A4,
  destination: B4,
  sourcePort: 0,
  destinationPort: 0,
  identifier: 0,
  reversed: false,
  quoted: false,
  truncated: false,
  fragment: null,
  ...fields,
});
export const six = (fields) => four({ version: 6, source: A6, destination: B6, ...fields });
export const back4 = { source: B4, destination: A4 };
export const back6 = { source: B6, destination: A6 };
export const error = (code, offset) => ({ error: { code, offset } });
export const ports = (sourcePort, destinationPort) => ({ sourcePort, destinationPort });
