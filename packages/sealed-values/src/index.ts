export { createRecipient, NotForThis, type Recipient } from './recipient.ts';
export { type PublicKey, type Purpose, sealFor } from './seal.ts';
