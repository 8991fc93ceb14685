import { flow } from '../flow.ts';
import { markActive } from '../steps/load-balancer.ts';
import { guardRefresh, refreshAmphora } from '../steps/refresh.ts';

/** Brings an amphora up to date that missed a change which the other of its pair took. Nothing is worse when it fails. */
export const amphoraRefresh = flow('amphora-refresh', [guardRefresh, refreshAmphora, markActive]);
