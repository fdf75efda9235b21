/** A systemd unit: sections, and in each the directives in order; a directive may stand several times. */
export type UnitFile = Readonly<Record<string, readonly (readonly [name: string, value: string])[]>>;

/** Reads a unit file by systemd.syntax(7), without line continuations; throws for a line that is none. */
export function readUnitFile(text: string): UnitFile {
  const sections: Record<string, [string, string][]> = {};
  let current: [string, string][] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || /^[#;]/.test(line)) continue;
    const header = /^\[([A-Z][A-Za-z]*)\]$/.exec(line);
    if (header) {
      current = sections[header[1]!] ??= [];
      continue;
    }
    const [, name, value] = /^([A-Z][A-Za-z0-9]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || current === undefined || value.endsWith('\\'))
      throw new Error(`line ${index + 1} is no directive: ${line}`);
    current.push([name, value]);
  }
  return sections;
}

/** The last value of a directive. */
export function directive(unit: UnitFile, section: string, name: string): string | undefined {
  return unit[section]?.findLast(([each]) => each === name)?.[1];
}
