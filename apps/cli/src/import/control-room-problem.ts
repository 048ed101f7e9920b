/** The Control Room could not be reached, refused, or holds what must not be overwritten. */
export class ControlRoomProblem extends Error {
  override readonly name = 'ControlRoomProblem';
}
