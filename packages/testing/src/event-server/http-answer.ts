import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A complete answer, to a request or to an upgrade. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

/** An error in the API's own form. */
export function apiError(status: number, code: string, message: string): HttpAnswer {
  return jsonAnswer(status, { message, code, requestId: randomUUID() });
}

/** An unknown route, in the form of the framework below the API. */
export function routeNotFound(method: string, url: string): HttpAnswer {
  return jsonAnswer(404, { message: `Route ${method}:${url} not found`, error: 'Not Found', statusCode: 404 });
}

export function answerRequest(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** Answers an upgrade request on its bare socket and closes the connection. */
export function answerUpgrade(socket: Duplex, { status, headers, body }: HttpAnswer): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (status !== 204 && status !== 304) lines.push(`content-length: ${Buffer.byteLength(body)}`);
  lines.push(`Date: ${new Date().toUTCString()}`, 'connection: close');
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
