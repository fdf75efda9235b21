import { z } from 'zod';
import type { Route } from './route.js';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 description of these routes, made of the schemas that validate requests. */
export function openApi(routes: readonly Route[], version: string, hasAuth: boolean): Json {
  const paths: Json = {};
  for (const route of routes) {
    const { answer, contentTypes = ['application/json'] } = route;
    const content = contentTypes.map((type) => [
      type,
      { schema: type === 'application/json' ? schemaOf(answer, 'output') : { type: 'string' } },
    ]);
    paths[route.path] = {
      get: {
        operationId: route.operationId,
        summary: route.summary,
        tags: [route.tag],
        parameters: parametersOf(route).map(({ place, name, required, description, schema }) => ({
          in: place,
          name,
          required,
          ...(description === undefined ? {} : { description }),
          schema,
        })),
        responses: {
          200: { description: 'The answer', content: Object.fromEntries(content) as Json },
          default: {
            description: 'A refusal (RFC 9457)',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        },
        ...(hasAuth ? { security: [{ bearer: [] }] } : {}),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Connections', version },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      ...(hasAuth ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

/** The Swagger 2.0 description of the original's routes, as the original served it. */
export function swagger(routes: readonly Route[], hasAuth: boolean): Json {
  const paths: Json = {};
  for (const route of routes) {
    paths[route.path] = {
      get: {
        operationId: route.operationId,
        summary: route.summary,
        parameters: parametersOf(route).map(({ place, name, required, description, schema }) => ({
          in: place,
          name,
          required,
          ...(description === undefined ? {} : { description }),
          type: 'string',
          ...pick(schema, ['pattern', 'format']),
        })),
        responses: { 200: { description: 'The answer' } },
        ...(hasAuth ? { security: [{ oauth2: ['uid'] }] } : {}),
      },
    };
  }
  return {
    swagger: '2.0',
    info: { title: 'Connections', version: '0.1' },
    consumes: ['application/json'],
    produces: ['application/json'],
    ...(hasAuth
      ? {
          securityDefinitions: {
            oauth2: {
              type: 'oauth2',
              flow: 'implicit',
              authorizationUrl: 'https://example.com/oauth2/dialog',
              scopes: { uid: 'Unique identifier of the user accessing the service.' },
            },
          },
        }
      : {}),
    paths,
  };
}

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};

interface Parameter {
  readonly place: 'path' | 'query';
  readonly name: string;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: Json;
}

function parametersOf(route: Route): Parameter[] {
  return (['path', 'query'] as const).flatMap((place) => {
    const { properties, required } = schemaOf(place === 'path' ? route.params : route.query, 'input') as {
      readonly properties?: Readonly<Record<string, Json>>;
      readonly required?: readonly string[];
    };
    return Object.entries(properties ?? {}).map(([name, { description, ...schema }]) => ({
      place,
      name,
      required: required?.includes(name) === true,
      description: description as string | undefined,
      schema,
    }));
  });
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

function pick(from: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}
