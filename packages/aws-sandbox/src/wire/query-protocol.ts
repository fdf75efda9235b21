import type { ApiError } from '../errors.js';
import type { Protocol, WireRequest, WireResponse } from './protocol.js';
import { readQuery } from './query-reader.js';
import { escapeXml, writeMembers } from './xml-writer.js';

/** The EC2 query protocol: flattened lists, capitalised keys, `<ActionResponse>` without a result wrapper. */
export function ec2QueryProtocol(options: { readonly xmlNamespace: string }): Protocol {
  return {
    dialect: 'ec2-query',
    action: (request) => formFields(request).get('Action') ?? undefined,
    read: (request, shape) => readQuery(shape.input, operationFields(request), 'ec2-query'),
    write: (shape, output, requestId) =>
      xmlResponse(
        200,
        requestId,
        `<${shape.name}Response xmlns="${options.xmlNamespace}"><requestId>${requestId}</requestId>` +
          `${writeMembers(shape.output, output)}</${shape.name}Response>`,
      ),
    writeError: (error, requestId) =>
      xmlResponse(
        error.status,
        requestId,
        `<Response><Errors><Error><Code>${escapeXml(error.code)}</Code>` +
          `<Message>${escapeXml(error.message)}</Message></Error></Errors>` +
          `<RequestID>${requestId}</RequestID></Response>`,
      ),
  };
}

/** The AWS query protocol of STS, Auto Scaling, Elastic Load Balancing, RDS. */
export function queryProtocol(options: { readonly xmlNamespace: string }): Protocol {
  return {
    dialect: 'query',
    action: (request) => formFields(request).get('Action') ?? undefined,
    read: (request, shape) => readQuery(shape.input, operationFields(request), 'query'),
    write: (shape, output, requestId) =>
      xmlResponse(
        200,
        requestId,
        `<${shape.name}Response xmlns="${options.xmlNamespace}">` +
          `<${shape.name}Result>${writeMembers(shape.output, output)}</${shape.name}Result>` +
          `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${shape.name}Response>`,
      ),
    writeError: (error, requestId) =>
      xmlResponse(error.status, requestId, queryError(error, requestId, options.xmlNamespace)),
  };
}

/** Form fields of the body, else of the query string. */
export function formFields(request: WireRequest): URLSearchParams {
  return new URLSearchParams(request.body.length > 0 ? request.body.toString('utf8') : request.query);
}

function operationFields(request: WireRequest): [string, string][] {
  return [...formFields(request)].filter(
    ([key]) => key !== 'Action' && key !== 'Version' && !key.startsWith('X-Amz-'),
  );
}

function queryError(error: ApiError, requestId: string, xmlNamespace: string): string {
  const members = Object.entries(error.members)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('');
  return (
    `<ErrorResponse xmlns="${xmlNamespace}"><Error><Type>${error.status >= 500 ? 'Receiver' : 'Sender'}</Type>` +
    `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>${members}</Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

function xmlResponse(status: number, requestId: string, xml: string): WireResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}
