import { memoryOf } from '../testbed/process-cost.ts';
import { type Asked, ask, type MeasuredServer } from './measure.ts';

export interface MemoryLook {
  readonly requests: number;
  readonly rssBytes: number;
}

/** After how many requests memory is looked at. */
const LOOKS = [10_000, 50_000, 100_000];

/** One process under steady load: how much it holds as the requests add up. */
export async function watchMemory(
  server: MeasuredServer,
  asked: Pick<Asked, 'client' | 'texts' | 'status'>,
  progress: (text: string) => void,
): Promise<readonly MemoryLook[]> {
  const looks: MemoryLook[] = [];
  let done = 0;
  for (const requests of LOOKS) {
    await ask(server, asked, requests - done);
    done = requests;
    const { rssBytes } = memoryOf(server.pid);
    progress(`memory after ${requests} requests: ${Math.round(rssBytes / 2 ** 20)} MiB`);
    looks.push({ requests, rssBytes });
  }
  return looks;
}
