import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, frameReader, type Received } from './frame.ts';

function readInPieces(bytes: Buffer, sizes: readonly number[], sizeMax = 1000): Received {
  const reader = frameReader(sizeMax);
  let at = 0;
  let received: Received = { kind: 'incomplete' };
  for (let piece = 0; at < bytes.length && received.kind === 'incomplete'; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    received = reader.push(bytes.subarray(at, at + size));
    at += size;
  }
  return received;
}

test('a request is read however it was cut on its way', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 900 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (body, sizes) => {
        const bytes = Buffer.concat([Buffer.from(`${body.length}\n`), body, Buffer.from('tail')]);
        expect(readInPieces(bytes, sizes)).toEqual({ kind: 'whole', body: Buffer.from(body) });
      },
    ),
  );
});

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (bytes, sizes) => {
        expect(() => readInPieces(Buffer.from(bytes), sizes)).not.toThrow();
      },
    ),
  );
});

test.each(['{"listeners": []}', '-1\n', '1e3\n', ' 5\n', '0x10\n', '\n', '99999999999\n'])(
  'what does not begin with a length is refused: %j',
  (text) => {
    expect(readInPieces(Buffer.from(text), [100])).toMatchObject({ kind: 'malformed' });
  },
);

test('a request that announces more than is allowed is refused with both sizes', () => {
  expect(readInPieces(Buffer.from('1001\n'), [100])).toEqual({
    kind: 'malformed',
    reason: 'the request has 1001 bytes; at most 1000 are accepted',
  });
});

test('an answer counts bytes, not characters', () => {
  expect(encodeFrame({ a: 'é' }).toString('utf8')).toBe('10\n{"a":"é"}');
});
