import { flow } from '../flow.ts';
import { updateAgentConfig } from '../steps/amphora-upkeep.ts';

/**
 * Gives an amphora's agent the configuration that it would boot with now. Traffic is not touched. When it fails the
 * agent goes on with what it has: in ERROR the amphora would serve unseen, with nobody to tell it of changes or to
 * replace it.
 */
export const amphoraConfigUpdate = flow('amphora-config-update', [updateAgentConfig]);
