import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  decodeFlow,
  decodeGeneve,
  decodeGwlb,
  endpointNames,
  fromBase60,
  fromHex,
  isReversed,
  toHex,
} from '../src/index.js';

const folder = new URL('../../../native/vectors/', import.meta.url);

interface Fault {
  readonly code: string;
  readonly offset: number;
}

function table<T>(file: string): (T & { readonly name: string })[] {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as (T & { readonly name: string })[];
}

test('the tables are what their generator writes', () => {
  execFileSync(process.execPath, [new URL('generate.mjs', folder).pathname, '--check']);
});

interface GeneveCase {
  readonly hex: string;
  readonly expect?: object;
  readonly error?: Fault;
  readonly gwlb?: { readonly expect?: object; readonly error?: Fault };
}

describe('geneve.json', () => {
  test.each(table<GeneveCase>('geneve.json'))('$name', ({ hex, expect: expected, error, gwlb }) => {
    const bytes = fromHex(hex);
    const header = decodeGeneve(bytes);
    const admitted = decodeGwlb(bytes);
    if (error !== undefined) {
      expect(header).toMatchObject({ ok: false, error });
      expect(admitted).toMatchObject({ ok: false, error });
      return;
    }
    if (!header.ok) throw new Error(header.error.code);
    const { control, critical, protocol, vni, headerLength } = header.value;
    const options = header.value.options.map((option) => ({
      offset: option.offset,
      class: option.optionClass,
      type: option.type,
      critical: option.critical,
      data: toHex(option.data),
    }));
    expect({ control, critical, protocol, vni, headerLength, options }).toEqual(expected);
    if (gwlb?.error !== undefined) expect(admitted).toMatchObject({ ok: false, error: gwlb.error });
    else {
      if (!admitted.ok) throw new Error(admitted.error.code);
      expect({
        eni: admitted.value.endpointId.toString(16).padStart(16, '0'),
        attachment: admitted.value.attachmentId.toString(16).padStart(16, '0'),
        cookie: admitted.value.flowCookie.toString(16).padStart(8, '0'),
      }).toEqual(gwlb?.expect);
      expect(admitted.value.headerLength).toBe(headerLength);
    }
  });
});

interface FlowCase {
  readonly hex: string;
  readonly expect?: object;
  readonly error?: Fault;
}

describe('flow.json', () => {
  test.each(table<FlowCase>('flow.json'))('$name', ({ hex, expect: expected, error }) => {
    const result = decodeFlow(fromHex(hex));
    if (error !== undefined) {
      expect(result).toMatchObject({ ok: false, error });
      return;
    }
    if (!result.ok) throw new Error(result.error.code);
    const flow = result.value;
    expect({
      ...flow,
      source: toHex(flow.source),
      destination: toHex(flow.destination),
      reversed: isReversed(flow),
      fragment: flow.fragment ?? null,
    }).toEqual(expected);
  });
});

interface NameCase {
  readonly eni: string;
  readonly suffix: string;
  readonly hook: string;
}

describe('names.json', () => {
  test.each(table<NameCase>('names.json'))('$name', ({ eni, suffix, hook }) => {
    const names = endpointNames(BigInt(`0x${eni}`));
    expect(names).toEqual({ ingress: `gwi-${suffix}`, egress: `gwo-${suffix}`, hex17: hook, hex16: eni });
    expect(names.ingress.length).toBeLessThanOrEqual(15);
    expect(fromBase60(suffix)).toBe(BigInt(`0x${eni}`));
  });
});
