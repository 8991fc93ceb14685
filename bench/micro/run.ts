import { readdir } from 'node:fs/promises';
import Benchmark from 'benchmark';
import type { MicroBench } from './micro-bench.ts';

/** Microseconds a call of one case. */
export interface MicroResult {
  readonly stage: string;
  readonly name: string;
  readonly micros: number;
  /** Half the 95 % interval of that, in percent. */
  readonly errorPercent: number;
  readonly samples: number;
}

const NOT_A_BENCH = new Set(['run.ts', 'micro-bench.ts']);

/** Runs every bench of this folder whose file name contains one of the words; all when there are none. */
export async function runMicro(words: readonly string[]): Promise<readonly MicroResult[]> {
  const files = (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_A_BENCH.has(file))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
  const results: MicroResult[] = [];
  for (const file of files) {
    const { bench } = (await import(new URL(file, import.meta.url).href)) as { bench: MicroBench };
    for (const [name, run] of Object.entries(bench.cases))
      results.push(measure(bench.stage, name, run));
  }
  return results;
}

function measure(stage: string, name: string, run: () => unknown): MicroResult {
  const benchmark = new Benchmark(name, run).run();
  if (benchmark.error) throw new Error(`${stage}, ${name}`, { cause: benchmark.error });
  const result = {
    stage,
    name,
    micros: benchmark.stats.mean * 1e6,
    errorPercent: benchmark.stats.rme,
    samples: benchmark.stats.sample.length,
  };
  process.stderr.write(`${stage}: ${name}: ${result.micros.toFixed(2)} µs\n`);
  return result;
}
