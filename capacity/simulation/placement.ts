/** Where everybody is before anything happens: they came one by one, over hours, and asked. */
import { randomOf } from "../../test/simulation/random.ts";
import { advice } from "./advice.ts";
import { type FleetShape, fleet as fleetOf } from "./fleet.ts";

export async function placed(shape: FleetShape, users: number, seed: number) {
  const fleet = fleetOf(shape);
  const homes = new Uint16Array(users);
  let nowMs = 0;
  const advise = advice(fleet, randomOf(seed), () => nowMs);
  for (let user = 0; user < users; user += 1) {
    const answer = await advise(`user-${user}`, []);
    if (!("gateway" in answer)) throw new Error("the gateways have no room for so many users");
    homes[user] = answer.gateway;
    fleet.came(answer.gateway);
    nowMs += arrivalMs;
  }
  return homes;
}

/** Between two arrivals. */
const arrivalMs = 20;
