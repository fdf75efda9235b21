// Writes the table of operations into README.md between its markers: `node scripts/write-operations-table.mjs`
// after a build. With --check it only says whether the table is up to date.
import { readFile, writeFile } from 'node:fs/promises';

import { services } from '../dist/services.js';

const begin = '<!-- operations: written by scripts/write-operations-table.mjs -->';
const end = '<!-- end of operations -->';

const rows = services.flatMap((service) => [
  `| **${service.id}** | ${Object.keys(service.operations).length} operations | |`,
  ...Object.entries(service.operations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, operation]) => {
      const accepted = operation.accepts.join(', ') || '(none)';
      const ignored = operation.ignores?.length ? `; without effect: ${operation.ignores.join(', ')}` : '';
      return `| ${name} | ${operation.access} | ${accepted}${ignored} |`;
    }),
]);
const table = ['| operation | | members |', '| --- | --- | --- |', ...rows].join('\n');

const path = new URL('../README.md', import.meta.url);
const readme = await readFile(path, 'utf8');
const [head, rest] = readme.split(begin);
const tail = rest?.split(end)[1];
if (head === undefined || tail === undefined) throw new Error('README.md lacks the markers of the table');
const updated = `${head}${begin}\n\n${table}\n\n${end}${tail}`;
if (process.argv.includes('--check')) {
  // A formatter may have aligned the table.
  const plain = (text) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  if (plain(updated) !== plain(readme)) {
    console.error(
      'README.md: the table of operations is out of date; run node scripts/write-operations-table.mjs',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(path, updated);
}
