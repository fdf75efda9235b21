import type { DurationUnit, Option } from './option.js';

/** Why a text is not a value of its option; the caller adds which option and where it stood. */
export class ValueError extends Error {}

/** Reads one item of an option from its text. Throws {@link ValueError} with the reason in words. */
export function decodeText(declared: Option<unknown>, text: string): unknown {
  switch (declared.kind) {
    case 'boolean':
      return decodeBoolean(text);
    case 'string':
      if (text === '') throw new ValueError('is empty');
      return text;
    case 'integer':
      if (!/^[+-]?\d{1,15}$/.test(text)) throw new ValueError('is not a whole number');
      return inRange(declared, Number(text));
    case 'number':
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text))
        throw new ValueError('is not a number');
      return inRange(declared, Number(text));
    case 'duration':
      return inRange(declared, decodeDuration(text, declared.bareUnit ?? 's'), formatDuration);
    case 'choice':
      if (!declared.choices?.includes(text)) {
        throw new ValueError(`is not one of ${(declared.choices ?? []).join(', ')}`);
      }
      return text;
    case 'value':
      if (text === '') throw new ValueError('is empty');
      return callParse(declared, text);
  }
}

/** Reads one item from a value of a JSON or YAML file. Numbers and booleans must be such in the file. */
export function decodeFileValue(declared: Option<unknown>, value: unknown): unknown {
  switch (declared.kind) {
    case 'boolean':
      if (typeof value !== 'boolean') throw new ValueError('must be true or false');
      return value;
    case 'integer':
    case 'number':
      if (typeof value !== 'number') throw new ValueError('must be a number');
      return decodeText(declared, String(value));
    case 'duration':
      if (typeof value !== 'number' && typeof value !== 'string') {
        throw new ValueError('must be a duration such as 60s');
      }
      return decodeText(declared, String(value));
    case 'string':
    case 'choice':
    case 'value':
      if (typeof value !== 'string') throw new ValueError('must be a string (put it in quotes)');
      return decodeText(declared, value);
  }
}

const unitMs: Readonly<Record<DurationUnit, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/** Reads `500ms`, `60s`, `1.5m`, `1h30m` or a bare number in `bareUnit`; gives milliseconds. */
export function decodeDuration(text: string, bareUnit: DurationUnit = 's'): number {
  if (/^\d{1,12}(?:\.\d{1,6})?$/.test(text)) return roundMs(Number(text) * unitMs[bareUnit]);
  if (!/^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) {
    throw new ValueError('is not a duration (write 500ms, 60s, 5m, 1h30m)');
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * unitMs[unit as DurationUnit];
  }
  return roundMs(total);
}

/** Milliseconds in the largest units that say them exactly: 90000 is `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = unit === 'ms' ? rest : Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text;
}

function roundMs(ms: number): number {
  const rounded = Math.round(ms);
  if (!Number.isSafeInteger(rounded)) throw new ValueError('is too long a duration');
  return rounded;
}

function decodeBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (word === '1' || word === 'true' || word === 'yes' || word === 'on') return true;
  if (word === '0' || word === 'false' || word === 'no' || word === 'off') return false;
  throw new ValueError('is not one of 1, 0, true, false, yes, no');
}

function inRange(declared: Option<unknown>, value: number, show: (value: number) => string = String): number {
  const { min, max } = declared;
  if (min !== undefined && value < min) throw new ValueError(`is below the least value ${show(min)}`);
  if (max !== undefined && value > max) throw new ValueError(`is above the greatest value ${show(max)}`);
  return value;
}

function callParse(declared: Option<unknown>, text: string): unknown {
  try {
    return declared.parse?.(text);
  } catch (error) {
    throw new ValueError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
