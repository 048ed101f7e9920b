export { type Actor, type AuditEntry, actorOf, recordAudit } from './audit.ts';
