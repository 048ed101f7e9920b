/** Whom a deployment tells about the end of each of its runs. */
export interface Callback {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a sealed callback is bound to. */
export const callbackOf = (deploymentId: string): string => `deployment-callback:${deploymentId}`;
