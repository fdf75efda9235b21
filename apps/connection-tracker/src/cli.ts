import path from 'node:path';

// What Node this needs is said in package.json; the SDK's own advice would be the first line of every run.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const { runApp } = await import('./app.js');

// The programs of the original are one here: its name says the command.
const name = path.basename(process.argv[1] ?? '').replace(/\.(?:js|py|sh)$/, '');
const commands = [
  'list-connections',
  'report-suspicious',
  'scan-endpoints',
  'account-graph',
  'generate-account-graph',
];
const argv = process.argv.slice(2);

process.exitCode = await runApp({ argv: commands.includes(name) ? [name, ...argv] : argv });
