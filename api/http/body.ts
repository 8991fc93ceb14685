import type { FastifyInstance } from 'fastify';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { missingArgument, unknownArgument } from '../faults.ts';

const JSON_TYPES = ['application/json', 'text/javascript', 'application/javascript'];
const FORM = 'application/x-www-form-urlencoded';

// Deeper than any body that means something, and shallow enough for every recursive function behind it.
const DEPTH_MAX = 64;

export class UnknownMimetype extends Error {
  readonly contentType: string;

  constructor(contentType: string) {
    super(`Unknown mimetype: ${contentType}`);
    this.contentType = contentType;
  }
}

/** A form in place of JSON: its first field is an argument that no resource has. */
class FormBody {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Makes the server read bodies as Octavia does; size is bounded by the server's `bodyLimit`. */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, raw, done) => {
    try {
      done(null, parseBody(request.headers['content-type'], raw as Buffer));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function parseBody(contentType: string | undefined, raw: Buffer): unknown {
  const type = (contentType ?? FORM).split(';')[0]?.trim().toLowerCase() ?? FORM;
  if (JSON_TYPES.includes(type)) return raw.length === 0 ? undefined : parseJson(raw);
  if (type === FORM || type === '') return new FormBody(raw.toString('latin1'));
  throw new UnknownMimetype(contentType ?? '');
}

/** @throws OctaviaError when a form was sent where JSON is needed */
export function jsonOf(body: unknown, argument: string | undefined): unknown {
  if (!(body instanceof FormBody)) return body;
  const name = [...new URLSearchParams(body.text).keys()][0];
  if (name === undefined) throw missingArgument(argument ?? 'body');
  throw unknownArgument(name.slice(0, 255));
}

function parseJson(raw: Buffer): unknown {
  const text = decodeUtf8(raw);
  if (text === null || isTooDeep(text)) throw notJson();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw notJson();
  }
}

function notJson(): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, 'Request is not in valid JSON format');
}

function decodeUtf8(raw: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    return null;
  }
}

/** Counts brackets outside strings; stops at the limit. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isInString) {
      if (character === '\\') index++;
      else if (character === '"') isInString = false;
      continue;
    }
    if (character === '"') isInString = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}
