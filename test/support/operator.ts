/** What an operator does about gateways. */
import { runToEnd } from "../local/processes.ts";

/** `npm run gateways -- …args`, on the tables of the copy whose first port this is. */
export async function manageGateways(port: number | string, ...args: string[]): Promise<string> {
  const ended = await runToEnd("gateways.ts", { args: [...args, "--port", String(port)] });
  return ended.code === 0 ? ended.output : ended.errors;
}
