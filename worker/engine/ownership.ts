import { DBOS } from '@dbos-inc/dbos-sdk';
import { currentOwnerXid } from '@dbos-inc/dbos-sdk/internal/context';

export interface Ownership {
  readonly flowId: string;
  /** What the engine wrote beside the flow when it gave it to this executor. */
  readonly ownerToken: string;
}

/** Which flow the engine runs here, and by what it knows this run to be its owner. */
export function ownership(): Ownership {
  const flowId = DBOS.workflowID;
  const ownerToken = flowId && currentOwnerXid(flowId);
  if (!flowId || !ownerToken) throw new Error('a flow was called from outside the engine');
  return { flowId, ownerToken };
}
