import type { FastifyReply } from 'fastify';

// oxlint-disable-next-line no-control-regex -- the range is the point
const NOT_ASCII = /[\u007f-\uffff]/g;

/** Characters. */
const LONG = 16_384;

/** JSON in plain ASCII, without a charset: what clients of Octavia have always been sent. */
export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return sendJsonText(reply, JSON.stringify(body));
}

export function sendJsonText(reply: FastifyReply, json: string): FastifyReply {
  return reply
    .header('content-type', 'application/json')
    .serializer(asItIs)
    .send(inBytes(inAscii(json)));
}

/** With a serializer Fastify adds no charset. */
const asItIs = (text: unknown): string => text as string;

/**
 * A short text goes out with its headers in one piece, which a Buffer does not; a long one is encoded faster as what it is,
 * ASCII, than as UTF-8 (15 % of a list of a hundred load balancers).
 */
function inBytes(ascii: string): string | Buffer {
  return ascii.length < LONG ? ascii : Buffer.from(ascii, 'latin1');
}

export function toAsciiJson(body: unknown): string {
  return inAscii(JSON.stringify(body));
}

function inAscii(json: string): string {
  return isAscii(json) ? json : json.replace(NOT_ASCII, escaped);
}

/** Counting bytes is many times faster than looking at each character of a long list. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length && !text.includes('\u007f');
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A number with one digit behind its point, also where that is a zero: JSON.stringify knows no such number. */
export function oneDecimal(value: number | null): unknown {
  return value === null ? null : rawJson(value.toFixed(1));
}

// TypeScript's library does not know it yet.
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
