import { bytesOf, geneve, gwlbOptions, ip4, option, udp, zeros } from './hex.mjs';

const inner = ip4({ protocol: 17, payload: udp(1000, 53, 'abcd') });
const eni = '0123456789ab0000';
const attachment = 'fedcba9876543210';
const cookie = '5eedc0de';
const accepted = { expect: { eni, attachment, cookie } };
const refused = (code, offset) => ({ error: { code, offset } });

/** The three options as GWLB sends them: at 8, 20 and 32, header 40 bytes long. */
const three = [
  { offset: 8, class: 0x0108, type: 1, critical: false, data: eni },
  { offset: 20, class: 0x0108, type: 2, critical: false, data: attachment },
  { offset: 32, class: 0x0108, type: 3, critical: false, data: cookie },
];
const base = { control: false, critical: false, protocol: 0x0800, vni: 0, headerLength: 40, options: three };
const bare = { ...base, headerLength: 8, options: [] };
const gwlb = gwlbOptions();
const one = option(0x0108, 1, eni);
const two = option(0x0108, 2, attachment);
const last = option(0x0108, 3, cookie);

export const geneveCases = [
  {
    name: 'as GWLB sends it',
    // Written out whole once, so that the pieces above are themselves checked.
    hex:
      '0800080000000000' +
      '010801020123456789ab0000' +
      '01080202fedcba9876543210' +
      '010803015eedc0de' +
      inner,
    expect: base,
    gwlb: accepted,
  },
  { name: 'built from the pieces', hex: geneve({ options: gwlb }) + inner, expect: base, gwlb: accepted },
  {
    name: 'IPv6 inside',
    hex: geneve({ options: gwlb, protocol: 0x86dd }) + zeros(40),
    expect: { ...base, protocol: 0x86dd },
    gwlb: accepted,
  },
  { name: 'no byte', hex: '', error: { code: 'GENEVE_TOO_SHORT', offset: 0 } },
  { name: 'one byte', hex: '08', error: { code: 'GENEVE_TOO_SHORT', offset: 1 } },
  { name: 'seven bytes', hex: '08000800000000', error: { code: 'GENEVE_TOO_SHORT', offset: 7 } },
  {
    name: 'eight bytes without options',
    hex: '0000080000000000',
    expect: bare,
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'version 1',
    hex: geneve({ options: gwlb, version: 1 }) + inner,
    error: { code: 'GENEVE_VERSION', offset: 0 },
  },
  {
    name: 'version 3',
    hex: geneve({ options: gwlb, version: 3 }) + inner,
    error: { code: 'GENEVE_VERSION', offset: 0 },
  },
  {
    name: 'version before option length',
    hex: '7f00080000000000',
    error: { code: 'GENEVE_VERSION', offset: 0 },
  },
  {
    name: 'options one word past the end',
    hex: geneve({ options: gwlb, words: 9 }),
    error: { code: 'GENEVE_OPTIONS_PAST_END', offset: 0 },
  },
  {
    name: 'options cut by one byte',
    hex: geneve({ options: gwlb }).slice(0, -2),
    error: { code: 'GENEVE_OPTIONS_PAST_END', offset: 0 },
  },
  {
    name: 'option length 63 in an eight-byte packet',
    hex: '3f00080000000000',
    error: { code: 'GENEVE_OPTIONS_PAST_END', offset: 0 },
  },
  { name: 'header without inner packet', hex: geneve({ options: gwlb }), expect: base, gwlb: accepted },
  {
    name: 'last option past the end of the list, bytes behind it present',
    hex: geneve({ options: one + two + option(0x0108, 3, cookie, 2) }) + inner,
    error: { code: 'GENEVE_OPTION_PAST_END', offset: 32 },
  },
  {
    name: 'option header alone that claims 124 bytes',
    hex: geneve({ options: option(0x0108, 1, '', 31) }) + zeros(124),
    error: { code: 'GENEVE_OPTION_PAST_END', offset: 8 },
  },
  {
    name: 'first option swallows the others',
    hex: geneve({ options: option(0x0108, 1, eni, 7) + two + last }) + inner,
    expect: {
      ...base,
      options: [{ offset: 8, class: 0x0108, type: 1, critical: false, data: eni + two + last }],
    },
    gwlb: refused('GWLB_OPTION_LENGTH', 8),
  },
  {
    name: 'VNI and reserved byte',
    hex: geneve({ options: gwlb, vni: 0xabcdef, reserved: 0xff }) + inner,
    expect: { ...base, vni: 0xabcdef },
    gwlb: accepted,
  },
  {
    name: 'all six reserved flag bits',
    hex: geneve({ options: gwlb, flags: 0x3f }) + inner,
    expect: base,
    gwlb: accepted,
  },
  {
    name: 'control bit',
    hex: geneve({ options: gwlb, flags: 0x80 }) + inner,
    expect: { ...base, control: true },
    gwlb: refused('GENEVE_CONTROL', 1),
  },
  {
    name: 'critical bit without a critical option',
    hex: geneve({ options: gwlb, flags: 0x40 }) + inner,
    expect: { ...base, critical: true },
    gwlb: accepted,
  },
  {
    name: 'control before protocol',
    hex: geneve({ options: gwlb, flags: 0x80, protocol: 0x6558 }) + inner,
    expect: { ...base, control: true, protocol: 0x6558 },
    gwlb: refused('GENEVE_CONTROL', 1),
  },
  {
    name: 'Ethernet inside',
    hex: geneve({ options: gwlb, protocol: 0x6558 }) + inner,
    expect: { ...base, protocol: 0x6558 },
    gwlb: refused('GENEVE_PROTOCOL', 2),
  },
  {
    name: 'protocol 0',
    hex: geneve({ options: gwlb, protocol: 0 }) + inner,
    expect: { ...base, protocol: 0 },
    gwlb: refused('GENEVE_PROTOCOL', 2),
  },
  {
    name: 'protocol before missing options',
    hex: '0000655800000000',
    expect: { ...bare, protocol: 0x6558 },
    gwlb: refused('GENEVE_PROTOCOL', 2),
  },
  {
    name: 'GWLB options in another order',
    hex: geneve({ options: last + two + one }) + inner,
    expect: {
      ...base,
      options: [
        { ...three[2], offset: 8 },
        { ...three[1], offset: 16 },
        { ...three[0], offset: 28 },
      ],
    },
    gwlb: accepted,
  },
  {
    name: 'unknown options before, between and after, one of them empty',
    hex:
      geneve({
        options:
          option(0x0101, 0x7f, '') +
          one +
          option(0xfff0, 2, '0011223344556677') +
          two +
          last +
          option(0x0108, 4, 'cafebabe'),
      }) + inner,
    expect: {
      ...base,
      headerLength: 64,
      options: [
        { offset: 8, class: 0x0101, type: 0x7f, critical: false, data: '' },
        { ...three[0], offset: 12 },
        { offset: 24, class: 0xfff0, type: 2, critical: false, data: '0011223344556677' },
        { ...three[1], offset: 36 },
        { ...three[2], offset: 48 },
        { offset: 56, class: 0x0108, type: 4, critical: false, data: 'cafebabe' },
      ],
    },
    gwlb: accepted,
  },
  {
    name: 'reserved bits of an option length are not part of the length',
    hex: geneve({ options: option(0x0108, 1, eni, 0xe2) + two + last }) + inner,
    expect: base,
    gwlb: accepted,
  },
  {
    name: 'unknown critical option, C bit set',
    hex: geneve({ options: gwlb + option(0x0104, 0x81, '00000001'), flags: 0x40 }) + inner,
    expect: {
      ...base,
      critical: true,
      headerLength: 48,
      options: [...three, { offset: 40, class: 0x0104, type: 0x81, critical: true, data: '00000001' }],
    },
    gwlb: refused('GENEVE_OPTION_CRITICAL', 40),
  },
  {
    name: 'unknown critical option, C bit clear',
    hex: geneve({ options: option(0x0104, 0x80, '') + gwlb }) + inner,
    expect: {
      ...base,
      headerLength: 44,
      options: [
        { offset: 8, class: 0x0104, type: 0x80, critical: true, data: '' },
        { ...three[0], offset: 12 },
        { ...three[1], offset: 24 },
        { ...three[2], offset: 36 },
      ],
    },
    gwlb: refused('GENEVE_OPTION_CRITICAL', 8),
  },
  {
    name: 'GWLB type 1 with the critical bit is another type',
    hex: geneve({ options: option(0x0108, 0x81, eni) + two + last, flags: 0x40 }) + inner,
    expect: {
      ...base,
      critical: true,
      options: [{ ...three[0], type: 0x81, critical: true }, three[1], three[2]],
    },
    gwlb: refused('GENEVE_OPTION_CRITICAL', 8),
  },
  {
    name: 'endpoint id of 4 bytes',
    hex: geneve({ options: option(0x0108, 1, '01234567') + two + last }) + inner,
    expect: {
      ...base,
      headerLength: 36,
      options: [
        { ...three[0], data: '01234567' },
        { ...three[1], offset: 16 },
        { ...three[2], offset: 28 },
      ],
    },
    gwlb: refused('GWLB_OPTION_LENGTH', 8),
  },
  {
    name: 'cookie of 8 bytes',
    hex: geneve({ options: one + two + option(0x0108, 3, cookie + cookie) }) + inner,
    expect: {
      ...base,
      headerLength: 44,
      options: [three[0], three[1], { ...three[2], data: cookie + cookie }],
    },
    gwlb: refused('GWLB_OPTION_LENGTH', 32),
  },
  {
    name: 'empty attachment id',
    hex: geneve({ options: one + option(0x0108, 2, '') + last }) + inner,
    expect: {
      ...base,
      headerLength: 32,
      options: [three[0], { ...three[1], data: '' }, { ...three[2], offset: 24 }],
    },
    gwlb: refused('GWLB_OPTION_LENGTH', 20),
  },
  {
    name: 'endpoint id twice',
    hex: geneve({ options: one + two + one + last }) + inner,
    expect: {
      ...base,
      headerLength: 52,
      options: [three[0], three[1], { ...three[0], offset: 32 }, { ...three[2], offset: 44 }],
    },
    gwlb: refused('GWLB_OPTION_DUPLICATE', 32),
  },
  {
    name: 'the first faulty option decides',
    hex: geneve({ options: one + one + option(0x0104, 0x80, '') }) + inner,
    expect: {
      ...base,
      headerLength: 36,
      options: [
        three[0],
        { ...three[0], offset: 20 },
        { offset: 32, class: 0x0104, type: 0x80, critical: true, data: '' },
      ],
    },
    gwlb: refused('GWLB_OPTION_DUPLICATE', 20),
  },
  {
    name: 'structure is judged before the options mean anything',
    hex: geneve({ options: one + one + option(0x0108, 3, cookie, 9), flags: 0x80 }) + inner,
    error: { code: 'GENEVE_OPTION_PAST_END', offset: 32 },
  },
  {
    name: 'no endpoint id',
    hex: geneve({ options: two + last }) + inner,
    expect: {
      ...base,
      headerLength: 28,
      options: [
        { ...three[1], offset: 8 },
        { ...three[2], offset: 20 },
      ],
    },
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'no attachment id',
    hex: geneve({ options: one + last }) + inner,
    expect: { ...base, headerLength: 28, options: [three[0], { ...three[2], offset: 20 }] },
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'no cookie',
    hex: geneve({ options: one + two }) + inner,
    expect: { ...base, headerLength: 32, options: [three[0], three[1]] },
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'the same types under another class are not the GWLB options',
    hex: geneve({ options: gwlb.replaceAll('0108', '0107') }) + inner,
    expect: { ...base, options: three.map((item) => ({ ...item, class: 0x0107 })) },
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'the longest header: 252 bytes of options',
    hex: geneve({ options: gwlb + option(0x0101, 1, zeros(124)) + option(0x0101, 2, zeros(88)) }) + inner,
    expect: {
      ...base,
      headerLength: 260,
      options: [
        ...three,
        { offset: 40, class: 0x0101, type: 1, critical: false, data: zeros(124) },
        { offset: 168, class: 0x0101, type: 2, critical: false, data: zeros(88) },
      ],
    },
    gwlb: accepted,
  },
  {
    name: '63 empty options',
    hex: geneve({ options: option(0x0101, 1, '').repeat(63) }),
    expect: {
      ...base,
      headerLength: 260,
      options: Array.from({ length: 63 }, (_, index) => ({
        offset: 8 + 4 * index,
        class: 0x0101,
        type: 1,
        critical: false,
        data: '',
      })),
    },
    gwlb: refused('GWLB_OPTIONS_MISSING', 8),
  },
  {
    name: 'ids of all ones',
    hex: geneve({ options: gwlbOptions('ffffffffffffffff', 'ffffffffffffffff', 'ffffffff') }) + inner,
    expect: {
      ...base,
      options: [
        { ...three[0], data: 'ffffffffffffffff' },
        { ...three[1], data: 'ffffffffffffffff' },
        { ...three[2], data: 'ffffffff' },
      ],
    },
    gwlb: { expect: { eni: 'ffffffffffffffff', attachment: 'ffffffffffffffff', cookie: 'ffffffff' } },
  },
];

for (const item of geneveCases)
  if (item.expect && item.expect.headerLength > bytesOf(item.hex))
    throw new Error(`${item.name}: header length`);
