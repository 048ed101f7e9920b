export {
  Client,
  ControlRoomError,
  type ListAnswer,
  type ListRequest,
  type LoadReceipt,
  type LogIn,
  type QueueExplanation,
  type WorkItem,
} from './client.ts';
export { startControlRoom, type TestControlRoom } from './start-control-room.ts';
