import type { Declaration } from '@signalbox/taskbot';
import { forwardEmail, replyAllEmail, replyEmail } from './answer.ts';
import { closeEmail, emailConnect } from './connect.ts';
import { emailIterator } from './email-iterator.ts';
import { changeStatus, checkFolder, deleteMessage, moveEmail } from './message-actions.ts';
import { saveAllAttachments, saveAttachment, saveEmail } from './save.ts';
import { sendMail } from './send-mail.ts';

export const emailPackage: readonly Declaration[] = [
  changeStatus,
  checkFolder,
  closeEmail,
  deleteMessage,
  emailConnect,
  emailIterator,
  forwardEmail,
  moveEmail,
  replyAllEmail,
  replyEmail,
  saveAllAttachments,
  saveAttachment,
  saveEmail,
  sendMail,
];
