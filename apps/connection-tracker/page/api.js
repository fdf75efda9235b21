let token;

/** What was asked and refused; `status` 0: no answer at all. */
export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function setToken(given) {
  token = given;
}

export function getToken() {
  return token;
}

/** The JSON answer of a path of the API. */
export async function getJson(path, query = {}, signal = undefined) {
  const response = await open(path, query, { signal });
  return await response.json();
}

/** The answer as it comes. */
export async function open(path, query, { signal, headers = {} } = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  const sent = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
  let response;
  try {
    response = await fetch(url, { headers: sent, signal, cache: 'no-cache' });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'The tracker does not answer');
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new ApiError(response.status, problem.detail ?? `The tracker answers ${response.status}`);
}

/** The lines of an answer as they come, many at a time. */
export async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    if (parts.length > 0) yield parts;
  }
  if (rest !== '') yield [rest];
}
