import { flow } from '../flow.ts';
import { guardAmphora, markAmphoraDeleted, removeOneAmphora } from '../steps/amphora-upkeep.ts';

/** Removes what is left of an amphora that failed; it holds no load balancer, since it serves none. */
export const amphoraDelete = flow('amphora-delete', [
  guardAmphora,
  removeOneAmphora,
  markAmphoraDeleted,
]);
