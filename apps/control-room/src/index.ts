export { type ControlRoom, startControlRoom } from './compose.ts';
export { type Configuration, ConfigurationError, readConfiguration } from './kernel/configuration.ts';
export { createLogger } from './kernel/log.ts';
