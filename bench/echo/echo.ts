/** Returns the frame it was sent, untouched: no parsing, no tables, no posts. */
export async function handler(event: { body?: string }) {
  return { statusCode: 200, body: event.body };
}
