/**
 * Two releases at once, as they are while a deployment goes on: the kept one's functions and
 * today's, on one gateway, the same tables and the same stream (docs/decisions/0062).
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { packageProject, retains } from "../package/packaged.ts";
import { grantsOf, guardOf } from "../roles/grants.ts";
import { packagedService } from "../roles/packagedService.ts";
import { runPackaged } from "../roles/running.ts";
import { perform, type Scene } from "../roles/scene.ts";
import { nodeBinaries } from "../support/nodeBinaries.ts";
import { isSurprising } from "../support/surprises.ts";
import { meet, talk } from "./conversation.ts";
import { keptBytesMost, keptPath, readKeptRelease, runnable } from "./keptRelease.ts";
import { type MixedService, mixedService, mixesOf } from "./mixedService.ts";

const kept = await readKeptRelease();
/** Only bounds a hang. */
const hangMs = 900_000;
/** The Node that Lambda has. */
const nodes = nodeBinaries(["24"]);

it("keeps a release that is small, has a name, and says nothing of the machine it is from", () => {
  expect(readFileSync(keptPath).length).toBeLessThanOrEqual(keptBytesMost);
  expect(kept.manifest.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(kept.manifest.committedOn).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(JSON.stringify(kept)).not.toMatch(/file:\/\/|\/(home|root|tmp|Users|work)\//);
});

it("has each function meet each other one both ways", () => {
  const names = Object.keys(kept.code);
  const mixes = mixesOf(names);
  for (const one of names) {
    for (const other of names.filter((name) => name !== one)) {
      const isMet = mixes.some((mix) => mix.includes(one) && !mix.includes(other));
      expect(isMet, `${one} of the kept release beside ${other} of today's`).toBe(true);
    }
  }
});

const title = "serves people with every mix of the kept release and today's";
it.each(nodes)(title, { timeout: hangMs }, async ({ path }) => {
  const today = await packageProject(retains);
  const guard = guardOf(grantsOf(today));
  /** What a function complains of says more than what its client waits for in vain. */
  let complain: (line: string) => void = () => {};
  const complained = new Promise<never>((_, reject) => {
    complain = (line) => reject(new Error(line));
  });
  complained.catch(() => {});
  let mixed: MixedService | undefined;
  await using at = await runPackaged(
    async (settle) => {
      mixed = mixedService(
        await packagedService(today, path, settle),
        await packagedService(await runnable(kept), path, settle),
      );
      return mixed.service;
    },
    { guard, onLine: (line) => isSurprising(line) && complain(line) },
  );
  const { names, keep } = mixed as MixedService;

  /** Connections stay, and functions end when they have nothing to do. */
  async function deploy(scene: Scene, keptNames: readonly string[]): Promise<void> {
    await scene.untilSo(async () => !at.processes().some(({ isBusy }) => isBusy));
    for (const name of keep(keptNames)) await scene.restart(name);
  }

  /** With today's alone, then through every mix, and with today's alone again. */
  async function act(scene: Scene): Promise<void> {
    const place = await meet(scene);
    for (const keptNames of [[], ...mixesOf(names), []]) {
      await deploy(scene, keptNames);
      await talk(scene, place).catch((error) => {
        const which = `${keptNames.join(", ") || "nothing"} of ${kept.manifest.commit}`;
        throw new Error(`with ${which}: ${error.message}`, { cause: error });
      });
    }
  }
  await perform({ title, act }, at, complained, hangMs);
  expect(guard.refused).toEqual([]);
});
