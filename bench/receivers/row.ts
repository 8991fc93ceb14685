import { type Row, whole } from '../testbed/table.ts';
import type { ReceiverResult } from './measure.ts';

export function receiverRow(result: ReceiverResult): Row {
  return {
    receiver: result.kind,
    wire: result.wire,
    threads: whole(result.threads),
    'rate/s': `${whole(result.ratePerSecond)}${result.isSenderLimited ? ' (sender)' : ''}`,
    'µs a datagram': result.microsPerDatagram.toFixed(2),
    'at/s': whole(result.fixedRatePerSecond),
  };
}
