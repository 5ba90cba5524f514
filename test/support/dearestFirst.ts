/**
 * Begins with the test files that take minutes, so that none of them is left for the end, where it
 * would run alone. The rest follows in vitest's own order.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const dearest = [
  "test/simulation/smallCase.test.ts",
  "test/roles/roles.test.ts",
  "test/package/moto.test.ts",
  "test/local/start.test.ts",
  "test/web/chat.test.ts",
  "test/local/restart.test.ts",
  "test/scenarios/outages.test.ts",
  "test/web/rooms.test.ts",
  "test/cluster/demo.test.ts",
  "test/local/terminal.test.ts",
  "test/local/cluster/cluster.test.ts",
];

export default class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = dearest.findIndex((path) => moduleId.endsWith(path));
      return place < 0 ? dearest.length : place;
    };
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
