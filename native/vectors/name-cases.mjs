// Digits 0-9, a-z, A-X; most significant first, no padding. 60^10 = 604661760000000000, 60^11 > 2^64 - 1 > 60^10.
export const nameCases = [
  { name: 'zero', eni: '0000000000000000', suffix: '0', hook: '00000000000000000' },
  { name: 'one', eni: '0000000000000001', suffix: '1', hook: '00000000000000001' },
  { name: 'nine', eni: '0000000000000009', suffix: '9', hook: '00000000000000009' },
  { name: 'ten', eni: '000000000000000a', suffix: 'a', hook: '0000000000000000a' },
  { name: 'thirty-five', eni: '0000000000000023', suffix: 'z', hook: '00000000000000023' },
  { name: 'thirty-six', eni: '0000000000000024', suffix: 'A', hook: '00000000000000024' },
  { name: 'fifty-nine, the last digit', eni: '000000000000003b', suffix: 'X', hook: '0000000000000003b' },
  { name: 'sixty', eni: '000000000000003c', suffix: '10', hook: '0000000000000003c' },
  { name: '3599', eni: '0000000000000e0f', suffix: 'XX', hook: '00000000000000e0f' },
  { name: '3600', eni: '0000000000000e10', suffix: '100', hook: '00000000000000e10' },
  { name: '60^10 - 1', eni: '086430aac60fffff', suffix: 'XXXXXXXXXX', hook: '0086430aac60fffff' },
  { name: '60^10', eni: '086430aac6100000', suffix: '10000000000', hook: '0086430aac6100000' },
  {
    name: 'as seen from the original',
    eni: '0123456789ab0000',
    suffix: '887epl1g9A',
    hook: '00123456789ab0000',
  },
  {
    name: "the help text's example",
    eni: '2b8ee1d4db0c51c4',
    suffix: '5bqWvzLwwkk',
    hook: '02b8ee1d4db0c51c4',
  },
  {
    name: 'the highest: 11 digits, 15 with the prefix',
    eni: 'ffffffffffffffff',
    suffix: 'uur953OEv0f',
    hook: '0ffffffffffffffff',
  },
];
