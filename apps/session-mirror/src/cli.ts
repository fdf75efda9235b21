import path from 'node:path';

// What Node this needs is said in package.json; the SDK's own advice would be the first line of every run.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const { runApp } = await import('./app.js');

// The four programs of the original are one here: its name says the command.
const name = path.basename(process.argv[1] ?? '').replace(/\.js$/, '');
const command = /^session_mirror_(tap|config_vpc|blacklist|whitelist)$/.exec(name)?.[1]?.replace('_', '-');
const argv = process.argv.slice(2);

process.exitCode = await runApp({ argv: command === undefined ? argv : [command, ...argv] });
