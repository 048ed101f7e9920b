import type { WakeUps } from './wake-ups.ts';

/**
 * What is read at every request and seldom changes (a session, a queue's definition), kept in memory until a wake-up on
 * `topic` names it, or one on a topic of `clearedBy` comes. While wake-ups may be missed nothing is kept, so that a log-out counts on every replica at once.
 */
export interface Remembered<Value> {
  get(id: string): Promise<Value>;
  /** What is remembered, for hot paths: undefined also where it has to be loaded first. */
  peek(id: string): Value | undefined;
  forget(id: string): void;
}

export function remember<Value>(
  wakeUps: WakeUps,
  topic: string,
  load: (id: string) => Promise<Value>,
  { most = 10_000, clearedBy = [] }: { readonly most?: number; readonly clearedBy?: readonly string[] } = {},
): Remembered<Value> {
  const kept = new Map<string, { readonly loading: Promise<Value>; value?: Value }>();
  for (const other of clearedBy) wakeUps.on(other, () => kept.clear());
  wakeUps.on(topic, (id) => (id === '*' ? kept.clear() : kept.delete(id)));
  wakeUps.onGap(() => kept.clear());
  return {
    get: (id) => {
      const known = kept.get(id);
      if (known) return known.loading;
      const loading = load(id);
      if (wakeUps.listening()) {
        const oldest = kept.size >= most ? kept.keys().next().value : undefined;
        if (oldest !== undefined) kept.delete(oldest);
        const entry: { readonly loading: Promise<Value>; value?: Value } = { loading };
        kept.set(id, entry);
        loading.then(
          (value) => {
            entry.value = value;
          },
          () => kept.delete(id),
        );
      }
      return loading;
    },
    peek: (id) => kept.get(id)?.value,
    forget: (id) => {
      kept.delete(id);
    },
  };
}
