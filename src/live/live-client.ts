/** A connected viewer, as the hub sees it. */
export interface LiveClient {
  /** Hands a message to the socket. Only called while `congested` is false; may end the connection (`LiveHub.leave`). */
  send(message: string): void;
  /** True while the socket still holds what it could not send, or is closed: nothing more is given to it. */
  readonly congested: boolean;
}
