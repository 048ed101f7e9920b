/**
 * What the actions of a package remember during one run, such as the text on the clipboard. One key a package and
 * purpose, made once at module level; the key itself holds nothing.
 *
 *   const CLIPBOARD = new StoreKey('clipboard', () => ({ text: '' }));
 *   host.store.of(CLIPBOARD).text = 'x';
 */
export class StoreKey<T> {
  /** For people who look into a store; two keys of one name stay two. */
  readonly name: string;
  readonly create: () => T;

  constructor(name: string, create: () => T) {
    this.name = name;
    this.create = create;
  }
}

/** One a run, the same for the bot and every bot it calls: sub-bots see the clipboard of their caller. Gone with the run. */
export class Store {
  readonly #contents = new Map<unknown, unknown>();

  /** What stands under the key; made by the key at the first asking. */
  of<T>(key: StoreKey<T>): T {
    if (!this.#contents.has(key)) this.#contents.set(key, key.create());
    // Under a StoreKey<T> stands only what its own `create` gave.
    return this.#contents.get(key) as T;
  }
}
