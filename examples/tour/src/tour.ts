import { defineApp, defineCommand, main, option } from '@net/cli';

import type { Narrator, Stage } from './stage.js';
import { awsRouteMon } from './stages/aws-route-mon.js';
import { connectionTracker } from './stages/connection-tracker.js';
import { gwlbtun } from './stages/gwlbtun.js';
import { multiEniRouting } from './stages/multi-eni-routing.js';
import { sessionMirror } from './stages/session-mirror.js';

const stages: readonly Stage[] = [awsRouteMon, multiEniRouting, gwlbtun, sessionMirror, connectionTracker];

const run = defineCommand({
  name: 'run',
  summary: 'Show the tools at work, one after the other',
  options: {
    stage: option.choice({
      describe: 'Only this stage',
      choices: stages.map(({ tool }) => tool),
      repeatable: true,
    }),
  },
  handler: async ({ options, signal, out }) => {
    const wanted = options.stage;
    const began = performance.now();
    for (const stage of stages) {
      if (wanted.length > 0 && !wanted.includes(stage.tool)) continue;
      signal.throwIfAborted();
      const from = performance.now();
      out.line('');
      out.line(`== ${stage.tool}: ${stage.purpose}`);
      const narrator: Narrator = {
        step: (text) => {
          out.line(`   ${text}`);
        },
        detail: (text) => {
          out.line(`     ${text}`);
        },
      };
      await stage.run(narrator, signal);
      out.line(`   took ${seconds(from)}; for real: ${stage.command}`);
    }
    out.line('');
    out.line(`The tour took ${seconds(began)}. Everything it made has been removed.`);
    return 0;
  },
});

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

await main(
  defineApp({
    name: 'net-tour',
    summary: 'Shows the @net tools at work, on an AWS on loopback and in network namespaces of their own',
    version: '0.1.0',
    envPrefix: 'NET_TOUR',
    commands: [run],
    defaultCommand: 'run',
    examples: [
      { command: 'npm start', does: 'every stage' },
      { command: 'npm start -- --stage gwlbtun', does: 'one stage' },
    ],
  }),
);
