export { bodyText } from './body.ts';
export { dial } from './dial.ts';
export { type Headers, headerOf } from './headers.ts';
export { type HttpAnswer, type HttpProxy, type HttpRequest, httpCall, MOST_BYTES } from './http-call.ts';
export { ADDRESS_GROUPS, type AddressGroup, createOutgoingRules, type OutgoingOptions } from './outgoing-rules.ts';
export { allowedAddresses, portOf, type Reachable, type Resolve, reachable, systemResolve } from './reachable.ts';
