import type { Getter } from '../run/exec.ts';
import type { BotValue } from '../value.ts';

/** Where a value comes from: known when the bot is compiled, or asked for at each run of the node. */
export type Source<T = BotValue> =
  | { readonly kind: 'constant'; readonly value: T }
  | { readonly kind: 'computed'; readonly get: Getter<T> };

export function constant<T>(value: T): Source<T> {
  return { kind: 'constant', value };
}

export function computed<T>(get: Getter<T>): Source<T> {
  return { kind: 'computed', get };
}

export function getterOf<T>(source: Source<T>): Getter<T> {
  if (source.kind === 'computed') return source.get;
  const { value } = source;
  return () => value;
}

/** Applies a conversion: now for a constant (it may throw), at each asking otherwise. */
export function mapSource<T, U>(source: Source<T>, convert: (value: T) => U): Source<U> {
  if (source.kind === 'constant') return constant(convert(source.value));
  const { get } = source;
  return computed((frame) => convert(get(frame)));
}
