import type { Logger } from '#core/ports/logger.ts';
import type { InterfaceFile } from '../render/interface-file.ts';
import { type MasqueradedInterface, renderMasquerade } from '../render/masquerade.ts';
import { readInterfaceFiles } from './interface-files.ts';
import type { HaproxyNamespace } from './namespace.ts';

/**
 * Loads the masquerading rules of all interfaces; those of one that is not there are of no consequence. Where the
 * kernel refuses them only UDP and SCTP listeners suffer: that is logged, and HAProxy serves on.
 */
export async function applyMasquerade(
  namespace: HaproxyNamespace,
  interfaceFolder: string,
  logger: Logger,
): Promise<void> {
  const files = await readInterfaceFiles(interfaceFolder);
  const rules = renderMasquerade(files.flatMap(masqueraded));
  const result = await namespace.exec(['nft', '-f', '-'], rules);
  if (result.status !== 0)
    logger.warn({ output: result.output }, 'UDP and SCTP are not masqueraded: nft refused');
}

/** What an interface file asks for, in the words of Octavia's script for it. */
function masqueraded(file: InterfaceFile): readonly MasqueradedInterface[] {
  return file.scripts.up.flatMap(({ command }) => {
    const match = /lvs-masquerade\.sh add ipv([46]) (\w+)( sriov)?$/.exec(command);
    if (match === null) return [];
    const family = match[1] === '4' ? 4 : 6;
    return [{ name: match[2] ?? file.name, family, isSriov: match[3] !== undefined }];
  });
}
