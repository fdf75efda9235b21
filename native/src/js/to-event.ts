import type { AddonEvent } from './addon.js';
import type { EngineEvent } from './events.js';

type LogEvent = Extract<EngineEvent, { type: 'log' }>;
type RefusedEvent = Extract<EngineEvent, { type: 'endpoint-refused' }>;

/** The engine's flat record as the event its type says. */
export function toEvent(event: AddonEvent): EngineEvent {
  const { eniId, gwi, gwo } = event;
  switch (event.type) {
    case 'endpoint-created':
      return { type: event.type, eniId, gwi, gwo, ...(event.detail === 'adopted' ? { adopted: true } : {}) };
    case 'endpoint-removed':
      return { type: event.type, eniId, gwi, gwo };
    case 'endpoint-idle':
      return { type: event.type, eniId, gwi, gwo, idleSeconds: event.number };
    case 'tun-lost':
      return { type: event.type, eniId, gwi, gwo, device: event.detail };
    case 'endpoint-refused':
      return { type: event.type, eniId, reason: event.detail as RefusedEvent['reason'], message: event.text };
    case 'lane-stuck':
      return { type: event.type, lane: event.number, seconds: Number(event.detail) };
    case 'lane-recovered':
      return { type: event.type, lane: event.number };
    default:
      return {
        type: 'log',
        level: event.detail as LogEvent['level'],
        section: event.section as LogEvent['section'],
        message: event.text,
      };
  }
}
