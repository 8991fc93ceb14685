import { readdirSync, readFileSync } from 'node:fs';
import type { ListenerTree, LoadBalancerTree } from '../../domain/load-balancer-tree.ts';
import { type GoldenObjects, treeOf } from '../../haproxy/testing/golden-tree.ts';
import { IMAGE_NAMESPACE, type LvsContext } from '../context.ts';

/** A recorded case: what the original was given, and the file it wrote. */
export interface GoldenLvs {
  readonly tree: LoadBalancerTree;
  readonly listener: ListenerTree;
  readonly config: string;
}

const DIRECTORY = new URL('../testdata/', import.meta.url);

/** Where things lie in an amphora of the original. */
export const IMAGE_CONTEXT: LvsContext = {
  basePath: '/var/lib/octavia',
  namespace: IMAGE_NAMESPACE,
};

export function goldenLvsNames(): readonly string[] {
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith('.json'));
  return files.map((file) => file.replace('.json', '')).toSorted();
}

export function readGoldenLvs(name: string): GoldenLvs {
  const file = JSON.parse(readText(`${name}.json`)) as GoldenObjects;
  const tree = treeOf({ ...file, amphorae: [], l7policies: [], l7rules: [] }, 'SINGLE');
  const [listener] = tree.listeners;
  if (listener === undefined) throw new Error(`${name} has no listener`);
  return { tree, listener, config: readText(`${name}.conf`) };
}

function readText(file: string): string {
  return readFileSync(new URL(file, DIRECTORY), 'utf8');
}
