import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('tell about the process and about every request', async () => {
    const metrics = createMetrics();
    metrics.observeHttp({ operation: 'create-queue', method: 'POST', status: 201, seconds: 0.02 });
    const { contentType, text } = await metrics.render();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain(
      'signalbox_http_request_duration_seconds_count{operation="create-queue",method="POST",status="201"} 1',
    );
  });

  it('count, with labels', async () => {
    const metrics = createMetrics();
    metrics.counter('claims_total', 'Claims.', ['queue']).inc({ queue: 'invoices' }, 3);
    expect((await metrics.render()).text).toContain('signalbox_claims_total{queue="invoices"} 3');
  });

  it('read a gauge at the time of rendering', async () => {
    const metrics = createMetrics();
    let depth = 1;
    metrics.gauge('queue_depth', 'Waiting items.', [], (gauge) => gauge.set(depth));
    depth = 7;
    expect((await metrics.render()).text).toContain('signalbox_queue_depth 7');
  });

  it('give the same counter for the same name, and refuse the name for another kind', () => {
    const metrics = createMetrics();
    expect(metrics.counter('x_total', 'x')).toBe(metrics.counter('x_total', 'x'));
    expect(() => metrics.gauge('x_total', 'x')).toThrow(/already there/);
  });

  it('are not shared between two servers in one process', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter('mine_total', 'Mine.').inc();
    expect((await other.render()).text).not.toContain('mine_total');
  });
});
