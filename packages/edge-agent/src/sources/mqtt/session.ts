/** What outlives a connection, as the broker's session does; it lasts for as long as this process. */
export class Session {
  /** Ids of QoS 2 messages that are durable and whose release has not come: sent again, they are known. */
  received = new Set<number>();
  /** The broker has the subscriptions. */
  subscribed = false;

  /** The broker has no session for this client (any more). */
  forget(): void {
    // A new set: what is still to be recorded for the old session must not reach the new one.
    this.received = new Set();
    this.subscribed = false;
  }
}
