import { flow } from '../flow.ts';
import { guardAmphora, updateAgentConfig } from '../steps/amphora-upkeep.ts';

/** Gives an amphora's agent the configuration that it would boot with now. Traffic is not touched. */
export const amphoraConfigUpdate = flow('amphora-config-update', [guardAmphora, updateAgentConfig]);
