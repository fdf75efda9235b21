// What Node this needs is said in package.json; the SDK's own advice would be the first line of every run.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const { runApp } = await import('./app.js');

process.exitCode = await runApp();
