import { dataOperations } from './data.ts';
import { robotFileOperations } from './files.ts';
import { reservationOperations } from './reservations.ts';

export const runtimeOperations = [...dataOperations, ...robotFileOperations, ...reservationOperations];
