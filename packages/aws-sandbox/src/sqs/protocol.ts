import { jsonProtocol } from '../wire/json-protocol.js';
import type { Protocol } from '../wire/protocol.js';

/** Host and port that the request came to: queue URLs lead back there. */
export const requestHost: unique symbol = Symbol('request host');

/** An input that knows its host. */
export interface WithHost {
  [requestHost]?: string;
}

const json = jsonProtocol({ version: '1.0', targetPrefix: 'AmazonSQS', queryCompatible: true });

/** AWS JSON 1.0, with the request's host handed to the operations. */
export const sqsProtocol: Protocol = {
  ...json,
  read: (request, shape) => {
    const { input, unknown } = json.read(request, shape);
    return { input: Object.assign(input, { [requestHost]: request.headers['host'] }), unknown };
  },
};
