import { Type } from 'typebox';
import { type Callback, PRIORITIES, readBotInput } from '../../../domain/runs/index.ts';
import { Anything, Id } from '../wire.ts';

/* What the versions of a deployment's body have in common (contract a §9). */

/** Numbers or texts of digits; null and an empty text count as none. */
export const Ids = Type.Optional(Type.Array(Id));

/** Tolerated by all versions, documented for one or the other. */
export const CommonParts = {
  automationName: Type.Optional(Type.String({ maxLength: 255 })),
  description: Type.Optional(Type.String({ maxLength: 4_000 })),
  botLabel: Type.Optional(Type.String({ maxLength: 100 })),
  automationPriority: Type.Optional(Type.Enum([...PRIORITIES])),
  runElevated: Type.Optional(Type.Boolean()),
  hideBotAgentUi: Type.Optional(Type.Boolean()),
  rdpEnabled: Type.Optional(Type.Boolean()),
  // An object, or an empty text where a client has none to give.
  botInput: Type.Optional(Anything),
  // `callBackInfo`, as one client spells it, is the same: keys are matched without letter case.
  callbackInfo: Type.Optional(Anything),
};

interface CommonBody {
  readonly automationName?: string;
  readonly description?: string;
  readonly botLabel?: string;
  readonly automationPriority?: (typeof PRIORITIES)[number];
  readonly runElevated?: boolean;
  readonly hideBotAgentUi?: boolean;
  readonly rdpEnabled?: boolean;
  readonly botInput?: unknown;
  readonly callbackInfo?: unknown;
}

/** Those parts as the domain takes them. @throws invalid for a botInput of unknown types */
export function readCommonParts(body: CommonBody) {
  return {
    automationName: body.automationName,
    description: body.description,
    botLabel: body.botLabel,
    priority: body.automationPriority,
    runElevated: body.runElevated,
    hideAgentUi: body.hideBotAgentUi,
    rdpEnabled: body.rdpEnabled,
    botInput: readBotInput(body.botInput),
    callback: readCallback(body.callbackInfo),
  };
}

/** Headers may come without an address: then nobody is told (contract a §9.3). */
export function readCallback(given: unknown): Callback | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { url, headers } = given as { readonly url?: unknown; readonly headers?: unknown };
  if (typeof url !== 'string' || url.trim() === '') return undefined;
  const entries = typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
  return {
    url: url.trim(),
    headers: Object.fromEntries(
      entries.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]])),
    ),
  };
}

export const Receipt = Type.Object({ deploymentId: Type.String(), automationName: Type.String() });
