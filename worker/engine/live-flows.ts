import { ENGINE_SCHEMA } from './schema.ts';

/**
 * SQL for the first arguments of all flows that have not ended, one jsonb `input` a row. As a part of a larger
 * statement it shares that statement's snapshot: an object that a flow's transaction made pending and its flow are
 * seen both or neither.
 */
export const LIVE_FLOW_INPUTS = `
  select (given.inputs::jsonb -> 'positionalArgs' -> 0) as input
  from ${ENGINE_SCHEMA}.workflow_status flow join ${ENGINE_SCHEMA}.workflow_input given using (workflow_uuid)
  where flow.status in ('ENQUEUED', 'PENDING', 'DELAYED')`;
