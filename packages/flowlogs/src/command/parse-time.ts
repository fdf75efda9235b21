const AGO: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Milliseconds since 1970 of ISO 8601, of `YYYY-MM-DD HH:MM:SS` (UTC, as flowlogs-reader takes it), of seconds or
 * milliseconds since 1970, and of a time ago such as `2h`.
 *
 * @throws {Error} for anything else
 */
export function parseTime(text: string, nowMs: number): number {
  const [, amount, unit] = /^(\d+)([smhdw])(?: ago)?$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return nowMs - Number(amount) * (AGO[unit] ?? 0);
  if (/^\d{9,13}$/.test(text)) return Number(text) * (text.length > 11 ? 1 : 1_000);
  const isPlain = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?$/.test(text);
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(text)
    ? Date.parse(isPlain ? `${text.replace(' ', 'T')}Z` : text)
    : Number.NaN;
  if (Number.isNaN(timeMs)) throw new Error('is no time');
  return timeMs;
}
