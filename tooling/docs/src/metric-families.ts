/** Families of an exposition in Prometheus's text format, with their kind. */
export function exposedFamilies(exposition: string): Map<string, string> {
  return new Map([...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1]!, match[2]!]));
}

const KINDS = ['counter', 'gauge', 'histogram'];

/** Metrics in the first column of a document's tables, with what the second column says of their kind. */
export function documentedFamilies(markdown: string): Map<string, string> {
  const families = new Map<string, string>();
  for (const line of markdown.split('\n')) {
    const [, names = '', kinds = ''] = /^\| (`[a-z][^|]*`) *\| ([a-z, ]+?) *\|/.exec(line) ?? [];
    const listed = [...names.matchAll(/`([a-z][a-z0-9_]*_[a-z0-9_]+)`/g)].map((match) => match[1]!);
    const words = kinds.split(', ');
    if (!words.every((word) => KINDS.includes(word))) continue;
    listed.forEach((name, index) => families.set(name, words[index] ?? words.at(-1)!));
  }
  return families;
}

/** The family that a sample belongs to: a histogram's parts belong to the histogram. */
export function familyOf(sample: string, families: ReadonlyMap<string, string>): string {
  const whole = sample.replace(/_(?:bucket|sum|count)$/, '');
  return families.get(whole) === 'histogram' ? whole : sample;
}
