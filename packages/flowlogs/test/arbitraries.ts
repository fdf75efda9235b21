import fc from 'fast-check';
import { type Field, type FieldKind, fields } from '../src/format/fields.js';
import { LogFormat } from '../src/format/log-format.js';
import { formatIpv4, formatIpv6 } from '../src/record/address.js';

/** Formats: any documented fields in any order, sometimes with unknown ones. */
export const anyFormat: fc.Arbitrary<LogFormat> = fc
  .uniqueArray(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...fields.map((field) => field.name)) },
      { weight: 1, arbitrary: fc.constantFrom('new-field', 'other_new_field', 'zzz9') },
    ),
    { minLength: 1, maxLength: 16 },
  )
  .map((names) => LogFormat.fromFields(names));

const address = fc.nat(0xffffffff);
const values: Readonly<Record<FieldKind, fc.Arbitrary<string>>> = {
  address: fc.oneof(
    address.map(formatIpv4),
    fc.tuple(address, address, address, address).map((words) => formatIpv6(...words)),
    fc.tuple(fc.constantFrom(0, 0xfe800000, 0x20010db8), address).map(([a, d]) => formatIpv6(a, 0, 0, d)),
    address.map((value) => `::ffff:${formatIpv4(value)}`),
    fc.constantFrom('::', '::1', '0:0:0:0:0:0:0:1', 'FE80::1', '64:ff9b::192.0.2.33', '1:2:3:4:5:6:7::'),
  ),
  port: fc.oneof(fc.nat(65_535), fc.constantFrom(0, 65_535)).map(String),
  byte: fc.nat(255).map(String),
  integer: fc.oneof(fc.nat(0x7fffffff), fc.nat(10)).map(String),
  count: fc.oneof(fc.maxSafeNat(), fc.nat(2000), fc.constant(Number.MAX_SAFE_INTEGER)).map(String),
  time: fc.oneof(fc.nat(4_000_000_000), fc.integer({ min: 1e12, max: 2e12 })).map(String),
  action: fc.constantFrom('ACCEPT', 'REJECT'),
  status: fc.constantFrom('OK', 'OK', 'OK', 'OK', 'NODATA', 'SKIPDATA'),
  text: fc.oneof(
    fc.nat().map((value) => `eni-0${value.toString(16)}`),
    fc.constantFrom(
      'vpc-0',
      'arn:aws:ecs:eu-west-1:1:cluster/x',
      'é',
      '日本',
      'unknown',
      'x',
      'ab',
      'abc',
      'abcd',
    ),
  ),
};
const orAbsent = Object.fromEntries(
  Object.entries(values).map(([kind, value]) => [
    kind,
    kind === 'status'
      ? value
      : fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constant('-') }),
  ]),
) as typeof values;

/** A text that is a value of the field, absent at times: often an edge of its range. */
export function anyValue(field: Field): fc.Arbitrary<string> {
  return orAbsent[field.kind];
}

/** Lines of a format that are all good. */
export function anyLines(format: LogFormat, maxLines = 6): fc.Arbitrary<string[]> {
  return fc.array(
    fc.tuple(...format.fields.map(anyValue)).map((texts) => texts.join(' ')),
    { minLength: 1, maxLength: maxLines },
  );
}
