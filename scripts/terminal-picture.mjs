#!/usr/bin/env node
// Draws what a command printed as a terminal, in SVG: reads stdin, writes stdout.
//   npm start > tour.txt && node scripts/terminal-picture.mjs --command 'npm start' < tour.txt > docs/tour.svg
// Lines are cut at --columns (default 118).
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    command: { type: 'string', default: '' },
    columns: { type: 'string', default: '118' },
    lines: { type: 'string', default: '1000' },
  },
});
const columns = Number(values.columns);
const [lineHeight, charWidth, margin, bar] = [18, 7.83, 18, 30];

const printed = (await text(process.stdin)).replace(/\n+$/, '').split('\n');
const lines = [`$ ${values.command}`, ...printed].slice(0, Number(values.lines)).map((line) => {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
});
const width = Math.ceil(columns * charWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin + bar;
const rows = lines.map((line, index) => {
  const y = bar + margin + index * lineHeight + 12;
  return `<text x="${margin}" y="${y}" class="${styleOf(line)}" xml:space="preserve">${escape(line)}</text>`;
});
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(values.command)}">
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6deeb }
.prompt { fill: #9ece6a; font-weight: bold }
.stage { fill: #7dcfff; font-weight: bold }
.end { fill: #e0af68 }
.quoted { fill: #9aa5ce }
</style>
<rect width="${width}" height="${height}" rx="9" fill="#16161e"/>
<circle cx="20" cy="17" r="5.5" fill="#f7768e"/><circle cx="38" cy="17" r="5.5" fill="#e0af68"/><circle cx="56" cy="17" r="5.5" fill="#9ece6a"/>
${rows.join('\n')}
</svg>
`);

function styleOf(line) {
  if (line.startsWith('$ ')) return 'prompt';
  if (line.startsWith('== ')) return 'stage';
  if (/^ {3}took /.test(line)) return 'end';
  return /^ {5}/.test(line) ? 'quoted' : 'said';
}

function escape(words) {
  return words.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}
