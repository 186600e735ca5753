/** Sends requests to a REST API, and reads the answers. */

/** What a request may have beside its path. */
export interface RequestOptions {
  readonly method?: string;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A status and what was answered with it: JSON, or the text if it is none. */
export type Answer = readonly [status: number, body: unknown];

/** Sends a request. A body that is not text or bytes goes as JSON. */
export async function ask(
  url: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Answer> {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method: body === undefined ? "GET" : "POST",
    ...body !== undefined && { body: (isRaw ? body : JSON.stringify(body)) as BodyInit },
    ...options,
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return [response.status, isJson ? JSON.parse(text) : text];
}
