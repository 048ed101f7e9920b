import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { createLogger } from './log.ts';
import { createShutdown, type SignalSource } from './shutdown.ts';

function setUp() {
  const lines: string[] = [];
  const shutdown = createShutdown(createLogger('info', { write: (line) => void lines.push(line) }));
  return { shutdown, logged: () => lines.join('') };
}

class FakeProcess extends EventEmitter implements SignalSource {
  readonly exit = vi.fn();
}

describe('shutdown', () => {
  it('runs the phases in order, whatever the order of registration', async () => {
    const { shutdown } = setUp();
    const seen: string[] = [];
    shutdown.onShutdown('close', 'pool', () => seen.push('close'));
    shutdown.onShutdown('hand back leases', 'work', () => seen.push('hand back leases'));
    shutdown.onShutdown('stop accepting', 'http', () => seen.push('stop accepting'));
    shutdown.onShutdown('drain', 'http', async () => {
      await Promise.resolve();
      seen.push('drain');
    });
    expect(await shutdown.run('test')).toBe(true);
    expect(seen).toEqual(['stop accepting', 'drain', 'hand back leases', 'close']);
  });

  it('begins the last registered first within a phase', async () => {
    const { shutdown } = setUp();
    const seen: string[] = [];
    shutdown.onShutdown('close', 'first', () => seen.push('first'));
    shutdown.onShutdown('close', 'second', () => seen.push('second'));
    await shutdown.run('test');
    expect(seen).toEqual(['second', 'first']);
  });

  it('logs what fails, by name, and goes on', async () => {
    const { shutdown, logged } = setUp();
    const close = vi.fn();
    shutdown.onShutdown('drain', 'rejecting', () => Promise.reject(new Error('no')));
    shutdown.onShutdown('drain', 'throwing', () => {
      throw new Error('never');
    });
    shutdown.onShutdown('close', 'pool', close);
    expect(await shutdown.run('test')).toBe(false);
    expect(close).toHaveBeenCalledOnce();
    expect(logged()).toContain('"handler":"rejecting"');
    expect(logged()).toContain('"handler":"throwing"');
  });

  it('leaves behind what takes too long, and tells it so', async () => {
    const { shutdown, logged } = setUp();
    let told = false;
    const hang = (timeUp: AbortSignal) => {
      timeUp.addEventListener('abort', () => {
        told = true;
      });
      return new Promise(() => {});
    };
    shutdown.onShutdown('drain', 'hanging', hang, { timeLimitMs: 5 });
    expect(await shutdown.run('test')).toBe(false);
    expect(told).toBe(true);
    expect(logged()).toContain('took too long');
  });

  it('runs once, however often it is asked', async () => {
    const { shutdown } = setUp();
    const close = vi.fn();
    shutdown.onShutdown('close', 'pool', close);
    await Promise.all([shutdown.run('one'), shutdown.run('two')]);
    expect(close).toHaveBeenCalledOnce();
    expect(shutdown.begun.aborted).toBe(true);
  });

  it('does not run what was taken off', async () => {
    const { shutdown } = setUp();
    const handler = vi.fn();
    shutdown.onShutdown('close', 'gone', handler)();
    await shutdown.run('test');
    expect(handler).not.toHaveBeenCalled();
  });

  it('ends the process after a signal, with 0 when all went well', async () => {
    const { shutdown } = setUp();
    const process = new FakeProcess();
    shutdown.listenForSignals(process);
    process.emit('SIGTERM', 'SIGTERM');
    await vi.waitFor(() => expect(process.exit).toHaveBeenCalledExactlyOnceWith(0));
  });

  it('ends the process at once at the second signal', () => {
    const { shutdown } = setUp();
    const process = new FakeProcess();
    shutdown.onShutdown('drain', 'hanging', () => new Promise(() => {}), { timeLimitMs: 50 });
    shutdown.listenForSignals(process);
    process.emit('SIGINT', 'SIGINT');
    expect(process.exit).not.toHaveBeenCalled();
    process.emit('SIGINT', 'SIGINT');
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(1);
  });
});
