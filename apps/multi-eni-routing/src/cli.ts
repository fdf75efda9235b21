import { runApp } from './app.js';

process.exitCode = await runApp();
