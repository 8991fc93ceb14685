import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** By the monotonic clock, in microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Says which part of the work a frame belongs to; undefined: whoever called it knows. */
export type StageOf = (frame: {
  readonly name: string;
  readonly url: string;
}) => string | undefined;

/** Between two readings of the monotonic clock, in microseconds. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Microseconds of each stage in the profile of the first worker thread of a process that has ended. */
export async function stagesOfThread(
  folder: string,
  window: Window,
  stageOf: StageOf,
): Promise<Readonly<Record<string, number>>> {
  // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile; thread 0 is the main one.
  const file = (await readdir(folder)).find((name) => /\.1\.\d+\.cpuprofile$/.test(name));
  if (file === undefined) throw new Error(`no profile of a thread in ${folder}`);
  return stagesOf(
    JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile,
    window,
    stageOf,
  );
}

function stagesOf(
  profile: Profile,
  { fromMicros, toMicros }: Window,
  stageOf: StageOf,
): Readonly<Record<string, number>> {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const stages = new Map<number, string>();
  const mark = (node: ProfileNode, inherited: string): void => {
    const { functionName: name, url } = node.callFrame;
    const stage = stageOf({ name, url }) ?? inherited;
    stages.set(node.id, stage);
    for (const child of node.children ?? []) mark(byId.get(child) as ProfileNode, stage);
  };
  mark(profile.nodes[0] as ProfileNode, 'other');
  const micros: Record<string, number> = {};
  let atMicros = profile.startTime;
  for (const [index, sample] of profile.samples.entries()) {
    atMicros += profile.timeDeltas[index] ?? 0;
    if (atMicros < fromMicros || atMicros > toMicros) continue;
    const stage = stages.get(sample) ?? 'other';
    micros[stage] = (micros[stage] ?? 0) + Math.max(0, profile.timeDeltas[index] ?? 0);
  }
  return micros;
}
