export { bodyText } from './body.ts';
export { type Headers, headerOf } from './headers.ts';
export { type HttpAnswer, type HttpProxy, type HttpRequest, httpCall, MOST_BYTES } from './http-call.ts';
export { ADDRESS_GROUPS, type AddressGroup, createOutgoingRules, type OutgoingOptions } from './outgoing-rules.ts';
export { allowedAddresses, type Resolve, systemResolve } from './resolve.ts';
