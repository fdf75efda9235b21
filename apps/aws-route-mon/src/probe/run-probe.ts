import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ProbeResult } from '../model/snapshot.js';
import type { Probes } from '../observe/observer.js';
import { type ProbeSpec, probeFor } from './parse-probe.js';

/** Which probes are configured. */
export interface ProbeSettings {
  readonly own: readonly ProbeSpec[];
  readonly path: readonly ProbeSpec[];
  readonly owner: readonly ProbeSpec[];
  readonly timeoutMs: number;
}

/** The probes of a monitor. Of several of one kind one that passes is enough: a single far end may be down itself. */
export function createProbes(settings: ProbeSettings): Probes {
  const { timeoutMs } = settings;
  const all =
    (specs: readonly ProbeSpec[]) =>
    (signal?: AbortSignal): Promise<ProbeResult> =>
      anyOf(specs, timeoutMs, signal);
  return {
    own: settings.own.length === 0 ? undefined : all(settings.own),
    path: settings.path.length === 0 ? undefined : all(settings.path),
    owner:
      settings.owner.length === 0
        ? undefined
        : (address, signal) =>
            anyOf(
              settings.owner.map((spec) => probeFor(spec, address)),
              timeoutMs,
              signal,
            ),
  };
}

/** Runs one probe. Never rejects. */
export async function runProbe(
  spec: ProbeSpec,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  const name = nameOf(spec);
  try {
    return { ok: true, detail: `${name} ${await RUN[spec.kind](spec as never, either)}` };
  } catch (error) {
    if (limit.aborted) return { ok: false, detail: `${name} did not answer within ${timeoutMs} ms` };
    return { ok: false, detail: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function anyOf(
  specs: readonly ProbeSpec[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const results = await Promise.all(specs.map((spec) => runProbe(spec, timeoutMs, signal)));
  return (
    results.find(({ ok }) => ok) ?? { ok: false, detail: results.map(({ detail }) => detail).join('; ') }
  );
}

const RUN: {
  readonly [K in ProbeSpec['kind']]: (
    spec: Extract<ProbeSpec, { kind: K }>,
    signal: AbortSignal,
  ) => Promise<string>;
} = {
  tcp: ({ host, port }, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, signal });
      socket.once('error', (error) => {
        socket.destroy();
        reject(error);
      });
      socket.once('connect', () => {
        socket.destroy();
        resolve('connects');
      });
    }),
  http: ({ url }, signal) =>
    new Promise((resolve, reject) => {
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      // A connection of its own each time: a kept one would say nothing about the path now.
      const outgoing = send(url, { method: 'GET', agent: false, signal }, (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        if (status >= 200 && status < 400) resolve(`answers ${status}`);
        else reject(new Error(`it answers ${status}`));
      });
      outgoing.once('error', reject);
      outgoing.end();
    }),
  command: ({ program, args }, signal) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...args], { stdio: 'ignore', signal, killSignal: 'SIGKILL' });
      child.once('error', reject);
      child.once('close', (code, ended) => {
        if (code === 0) resolve('succeeds');
        else reject(new Error(ended === null ? `it ended with ${code ?? '?'}` : `it was ended by ${ended}`));
      });
    }),
};

function nameOf(spec: ProbeSpec): string {
  switch (spec.kind) {
    case 'tcp':
      return `tcp://${spec.host.includes(':') ? `[${spec.host}]` : spec.host}:${spec.port}`;
    case 'http':
      return spec.url;
    case 'command':
      return [spec.program, ...spec.args].join(' ');
  }
}
