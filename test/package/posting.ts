/** What `POSTING_CLIENT: sdk` changes in a package: what posts, and nothing else. */
import { expect, it } from "vitest";
import { commandsIn, packagesIn, poster, sdkPoster } from "./bundles.ts";
import { functionNames, postingFunctions } from "./functions.ts";
import type { Packaged } from "./packaged.ts";
import { grantsOf } from "./roles.ts";

export function describePosting(packaged: () => Packaged, withSdk: () => Packaged): void {
  it.each(["connect", ...postingFunctions])("holds it in %s in place of ours", async (name) => {
    const bundle = await withSdk().bundle(name);
    expect(bundle.sources).not.toContain(poster);
    expect(commandsIn(bundle, sdkPoster)).toEqual(["DeleteConnection", "PostToConnection"]);
  });

  it.each(["authorize", "fanOut"])("holds neither in %s, which does not post", async (name) => {
    const bundle = await withSdk().bundle(name);
    expect(bundle.sources).not.toContain(poster);
    expect(packagesIn(bundle)).not.toContain(sdkPoster);
  });

  it.each(functionNames)("has the rights of %s as they were", (name) => {
    expect(grantsOf(withSdk(), name)).toEqual(grantsOf(packaged(), name));
  });
}
