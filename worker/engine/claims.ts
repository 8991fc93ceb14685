import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import type { FlowWaits } from './flow-waits.ts';
import type { QueueNews } from './queue-news.ts';

/** Has the launched engine claim flows when there is news of a queue; by itself it asks the database at every interval. */
export function claimOnNews(news: QueueNews, waits: FlowWaits): void {
  const engine = DBOSExecutor.globalInstance?.systemDatabase;
  if (engine === undefined) throw new Error('the engine has not been launched');
  const claim = engine.findAndMarkStartableWorkflows.bind(engine);
  engine.findAndMarkStartableWorkflows = async (queue, executor, version, partition, ...rest) => {
    if (!(await news.wait(queue.name))) return [];
    const [, partitionRunning, ownerToken] = rest;
    // Counted anew: what ran when we began to wait for news may have ended.
    const running = engine.countRunningWorkflowsForQueue(queue.name) - waits.of(queue.name);
    try {
      const claimed = await claim(
        queue,
        executor,
        version,
        partition,
        running,
        partitionRunning,
        ownerToken,
      );
      // There may be more than was claimed.
      if (claimed.length > 0) news.tell(queue.name);
      return claimed;
    } catch (error) {
      news.tell(queue.name);
      throw error;
    }
  };
}
