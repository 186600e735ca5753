/** What a request is refused with: an HTTP status, and a text as error replies have. */
export class HttpRefusal extends Error {
  override name = "HttpRefusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The refusal of what nobody sends who keeps to the protocol. */
export const badRequest = (message: string): HttpRefusal => new HttpRefusal(400, `ERR ${message}`);

/** The refusal of a body past a limit. */
export const tooLarge = (size: number | string, limit: number): HttpRefusal =>
  new HttpRefusal(413, `ERR max request size exceeded. Limit: ${limit} bytes, Actual: ${size}`);

/** What the answer to a refusal says. */
export function refusalResponse({ status, message, headers }: HttpRefusal): Response {
  return Response.json({ error: message }, {
    status,
    headers: { "access-control-allow-origin": "*", ...headers },
  });
}
