import type { EndpointReport, FlowReport, HealthReport, ThreadReport, TunnelReport } from './report.js';

/** The report as the original's JSON, flow caches as the objects that were meant, and what the original does not know beside it. */
export function toJson(report: HealthReport): string {
  const { statistics } = report;
  return JSON.stringify({
    ...originalFields(report, (flows) => ({
      cacheName: flows.cacheName,
      size: flows.size,
      timedOut: flows.justTimedOut,
      idleTimeoutSecs: report.idleTimeoutSeconds,
    })),
    schemaVersion: 1,
    healthy: report.verdict.healthy,
    reasons: report.verdict.reasons,
    uptimeSecs: report.uptimeSeconds,
    flows: statistics.flows,
    drops: dropTotals(report),
    features: statistics.features,
    endpointsCreated: statistics.endpointsCreated,
    endpointsRefused: statistics.endpointsRefused,
  });
}

/** Exactly the original's JSON, with the flow caches as the lists of pairs that they are there. */
export function toOriginalJson(report: HealthReport): string {
  return JSON.stringify(
    originalFields(report, (flows) => [
      ['cacheName', flows.cacheName],
      ['size', flows.size],
      ['timedOut', flows.justTimedOut],
      'idleTimeoutSecs',
      report.idleTimeoutSeconds,
    ]),
  );
}

/** The original's page. */
export function toHtml(report: HealthReport): string {
  return `<!DOCTYPE html>\n<html lang="en-us">\n<head><title>Health check</title></head><body>${toText(report)}\n</body></html>`;
}

/** The original's lines. */
export function toText(report: HealthReport): string {
  const lines = [`UDP receiver threads for port number ${report.portNumber}:`];
  for (const thread of report.receivers)
    lines.push(
      `UDP receiver thread ${thread.threadNumber} (ID ${thread.threadId}): ${thread.healthy ? 'Healthy' : 'NOT healthy'}, ` +
        `${thread.packetsIn} packets in, ${thread.bytesIn} bytes in, ${seconds(thread.secondsSinceLastPacket)} since last packet.`,
    );
  lines.push('');
  for (const endpoint of report.endpoints) {
    lines.push(
      `Handler for ENI ${endpoint.hex17}`,
      ...tunnelLines(endpoint.tunnelIn),
      ...tunnelLines(endpoint.tunnelOut),
    );
    for (const flows of [endpoint.flows4, endpoint.flows6])
      lines.push(
        `${flows.cacheName} : Contains ${flows.size} elements, of which ${flows.justTimedOut} were just timed out ` +
          `(idle timeout is ${report.idleTimeoutSeconds} seconds).`,
      );
    lines.push('');
  }
  for (const reason of report.verdict.reasons) lines.push(`Not healthy: ${reason}.`);
  return `${lines.join('\n')}\n`;
}

/** Drops of all threads by reason. */
export function dropTotals(report: HealthReport): Record<string, number> {
  const totals: Record<string, number> = { udpKernelDrops: 0 };
  for (const lane of report.statistics.lanes) {
    totals['udpKernelDrops'] = (totals['udpKernelDrops'] ?? 0) + lane.counters.udpKernelDrops;
    for (const [reason, count] of Object.entries(lane.drops)) totals[reason] = (totals[reason] ?? 0) + count;
  }
  return totals;
}

function tunnelLines(tunnel: TunnelReport): string[] {
  return [
    `Interface ${tunnel.device}:`,
    `${tunnel.packetsOut} packets out to OS, ${tunnel.bytesOut} bytes out to OS, ${seconds(tunnel.secondsSinceLastPacket)} since last packet.`,
    ...tunnel.threads.map(
      (thread) =>
        `Tunnel handler thread ${thread.threadNumber} (ID ${thread.threadId}): ${thread.healthy ? 'Healthy' : 'NOT healthy'}, ` +
        `${thread.packetsIn} packets in from OS, ${thread.bytesIn} bytes in from OS, ${seconds(thread.secondsSinceLastPacket)} since last packet.`,
    ),
    '',
  ];
}

function seconds(value: number): string {
  return `${value.toFixed(3)}s`;
}

/** The original's fields; note its two spellings of the seconds since the last packet. */
function originalFields(
  report: HealthReport,
  cache: (flows: FlowReport) => unknown,
): Record<string, unknown> {
  return {
    enis: report.endpoints.map((endpoint: EndpointReport) => ({
      eniStr: endpoint.hex17,
      tunnelIn: originalTunnel(endpoint.tunnelIn),
      tunnelOut: originalTunnel(endpoint.tunnelOut),
      v4FlowCache: cache(endpoint.flows4),
      v6FlowCache: cache(endpoint.flows6),
    })),
    udp: {
      UDPPacketReceiver: {
        portNumber: report.portNumber,
        threads: report.receivers.map((thread) => originalThread(thread, 'secsSinceLastPacket')),
      },
    },
  };
}

function originalTunnel(tunnel: TunnelReport): Record<string, unknown> {
  return {
    bytesOut: tunnel.bytesOut,
    devname: tunnel.device,
    pktsOut: tunnel.packetsOut,
    secsSincelastPacket: tunnel.secondsSinceLastPacket,
    threads: tunnel.threads.map((thread) => originalThread(thread, 'secsSincelastPacket')),
  };
}

function originalThread(thread: ThreadReport, sinceName: string): Record<string, unknown> {
  return {
    bytesIn: thread.bytesIn,
    healthy: thread.healthy,
    pktsIn: thread.packetsIn,
    [sinceName]: thread.secondsSinceLastPacket,
    threadId: thread.threadId,
    threadNumber: thread.threadNumber,
    valid: true,
  };
}
