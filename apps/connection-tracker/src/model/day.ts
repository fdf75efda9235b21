/** Milliseconds of a UTC day; days have no leap seconds in POSIX time. */
export const DAY_MS = 86_400_000;

/** The UTC day of a time in milliseconds since 1970, as `YYYY-MM-DD`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** Milliseconds since 1970 of a day's first moment; undefined for what is no day of the calendar as `YYYY-MM-DD`. */
export function dayStartMs(day: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const startMs = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(startMs) || dayOf(startMs) !== day ? undefined : startMs;
}

/** All days from one to another, both included; empty when the last is before the first or one of them is no day. */
export function daysBetween(from: string, to: string): string[] {
  const firstMs = dayStartMs(from);
  const lastMs = dayStartMs(to);
  if (firstMs === undefined || lastMs === undefined) return [];
  const days: string[] = [];
  for (let timeMs = firstMs; timeMs <= lastMs; timeMs += DAY_MS) days.push(dayOf(timeMs));
  return days;
}
