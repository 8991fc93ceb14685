import type { FlowName } from '#core/queue/flows.ts';
import type { Flow } from '../engine/flow.ts';
import type { World } from '../world.ts';
import { amphoraCertificateRotate } from './amphora-certificate-rotate.ts';
import { amphoraConfigUpdate } from './amphora-config-update.ts';
import { amphoraDelete } from './amphora-delete.ts';
import { amphoraFailover } from './amphora-failover.ts';
import { amphoraRefresh } from './amphora-refresh.ts';
import { healthMonitorCreate } from './health-monitor-create.ts';
import { healthMonitorDelete } from './health-monitor-delete.ts';
import { healthMonitorUpdate } from './health-monitor-update.ts';
import { l7PolicyCreate } from './l7-policy-create.ts';
import { l7PolicyDelete } from './l7-policy-delete.ts';
import { l7PolicyUpdate } from './l7-policy-update.ts';
import { l7RuleCreate } from './l7-rule-create.ts';
import { l7RuleDelete } from './l7-rule-delete.ts';
import { l7RuleUpdate } from './l7-rule-update.ts';
import { listenerCreate } from './listener-create.ts';
import { listenerDelete } from './listener-delete.ts';
import { listenerUpdate } from './listener-update.ts';
import { loadBalancerCreate } from './load-balancer-create.ts';
import { loadBalancerDelete } from './load-balancer-delete.ts';
import { loadBalancerFailover } from './load-balancer-failover.ts';
import { loadBalancerUpdate } from './load-balancer-update.ts';
import { memberBatchUpdate } from './member-batch-update.ts';
import { memberCreate } from './member-create.ts';
import { memberDelete } from './member-delete.ts';
import { memberUpdate } from './member-update.ts';
import { poolCreate } from './pool-create.ts';
import { poolDelete } from './pool-delete.ts';
import { poolUpdate } from './pool-update.ts';

/** Every flow that may be enqueued. A name without a flow does not compile. */
export const FLOWS: { readonly [Name in FlowName]: Flow<Name, World> } = {
  'load-balancer-create': loadBalancerCreate,
  'load-balancer-update': loadBalancerUpdate,
  'load-balancer-delete': loadBalancerDelete,
  'load-balancer-failover': loadBalancerFailover,
  'listener-create': listenerCreate,
  'listener-update': listenerUpdate,
  'listener-delete': listenerDelete,
  'pool-create': poolCreate,
  'pool-update': poolUpdate,
  'pool-delete': poolDelete,
  'member-create': memberCreate,
  'member-update': memberUpdate,
  'member-delete': memberDelete,
  'member-batch-update': memberBatchUpdate,
  'health-monitor-create': healthMonitorCreate,
  'health-monitor-update': healthMonitorUpdate,
  'health-monitor-delete': healthMonitorDelete,
  'l7-policy-create': l7PolicyCreate,
  'l7-policy-update': l7PolicyUpdate,
  'l7-policy-delete': l7PolicyDelete,
  'l7-rule-create': l7RuleCreate,
  'l7-rule-update': l7RuleUpdate,
  'l7-rule-delete': l7RuleDelete,
  'amphora-failover': amphoraFailover,
  'amphora-refresh': amphoraRefresh,
  'amphora-config-update': amphoraConfigUpdate,
  'amphora-delete': amphoraDelete,
  'amphora-certificate-rotate': amphoraCertificateRotate,
};
