// The part of a provider that runs inside the API: it says yes or no, and hands the work over. See README.md.

/** Where the work goes; `agent.mjs` listens there. */
export const CHANNEL = 'octavia_example_provider';

const SIZES = ['small', 'large'];

export function createProvider(host) {
  host.logger.info({ api_version: host.apiVersion }, 'example provider made');
  return {
    name: host.name,
    ...flavorsOf(host),
    ...loadBalancersOf(host),
    ...listeners,
    // What is not here (pools, members, …) is answered 501: this provider only takes connections.
  };
}

/** What its flavors may say. */
function flavorsOf(host) {
  return {
    async getSupportedFlavorMetadata() {
      return { size: `How large it is. One of: ${SIZES.join(', ')}` };
    },
    async validateFlavor(metadata) {
      for (const [key, value] of Object.entries(metadata))
        if (key !== 'size' || !SIZES.includes(value))
          throw host.unsupportedOption(
            `${key} ${JSON.stringify(value)}; size may be ${SIZES.join(' or ')}`,
          );
    },
  };
}

// There is no `createVipPort`: Octavia makes the VIP port itself, and removes it with the load balancer.
function loadBalancersOf(host) {
  return {
    async loadBalancerCreate(order, call) {
      if (order.additionalVips.length > 0)
        throw host.unsupportedOption('additional_vips: there is one address only');
      for (const { id } of order.listeners) await tell(call, 'listeners', id, 'ACTIVE');
      await tell(call, 'loadbalancers', order.id, 'ACTIVE');
    },
    loadBalancerUpdate: ({ id }, _changes, call) => tell(call, 'loadbalancers', id, 'ACTIVE'),
    loadBalancerDelete: ({ id }, _isCascade, call) => tell(call, 'loadbalancers', id, 'DELETED'),
    async loadBalancerFailover() {
      throw host.unsupportedAction('it has nothing to fail over to');
    },
  };
}

const listeners = {
  listenerCreate: (listener, call) => listenerIs(listener, 'ACTIVE', call),
  listenerUpdate: (listener, _changes, call) => listenerIs(listener, 'ACTIVE', call),
  listenerDelete: (listener, call) => listenerIs(listener, 'DELETED', call),
};

async function listenerIs({ id, loadBalancerId }, status, call) {
  await tell(call, 'listeners', id, status);
  await tell(call, 'loadbalancers', loadBalancerId, 'ACTIVE');
}

/**
 * Hands the work over in the request's own transaction: PostgreSQL delivers the message when the request is committed,
 * and never when it is refused after all. A message is lost when no agent listens; a provider that must not lose any
 * writes it to a table of its own instead, in the same transaction.
 */
async function tell({ tx, requestId }, noun, id, status) {
  const work = JSON.stringify({ noun, id, status, requestId });
  await tx.query('select pg_notify($1, $2)', [CHANNEL, work]);
}
