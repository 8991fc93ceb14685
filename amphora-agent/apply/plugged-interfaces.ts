import { readIfPresent, writeWhole } from './atomic-file.ts';

export interface PluggedInterface {
  readonly macAddress: string;
  readonly name: string;
}

const MODE = 0o644;

/** The NICs that belong into the namespace, with the names they have there: `<mac> <name>` a line. */
export async function readPlugged(file: string): Promise<readonly PluggedInterface[]> {
  const text = (await readIfPresent(file))?.toString('utf8') ?? '';
  return text.split('\n').flatMap((line) => {
    const [macAddress, name, ...rest] = line.split(' ');
    return macAddress && name && rest.length === 0 ? [{ macAddress, name }] : [];
  });
}

/** A MAC that is listed stays as it is. */
export async function addPlugged(file: string, added: PluggedInterface): Promise<void> {
  const plugged = await readPlugged(file);
  if (plugged.some(({ macAddress }) => macAddress === added.macAddress)) return;
  await store(file, [...plugged, added]);
}

export async function removePlugged(file: string, macAddress: string): Promise<void> {
  const plugged = await readPlugged(file);
  await store(
    file,
    plugged.filter((each) => each.macAddress !== macAddress),
  );
}

async function store(file: string, plugged: readonly PluggedInterface[]): Promise<void> {
  const lines = plugged.map(({ macAddress, name }) => `${macAddress} ${name}\n`);
  await writeWhole(file, lines.join(''), MODE);
}
