/**
 * Begins with the test files that compute for minutes, so that none of them is left for the end,
 * where it would run alone. The rest follows in vitest's own order.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const dearest = [
  "test/package/validation.test.ts",
  "test/simulation/smallCaseKilled.test.ts",
  "test/simulation/smallCase.test.ts",
  "test/roles/roles.test.ts",
  "test/cluster/demo.test.ts",
  "test/fault/fault.test.ts",
  "test/mixed/mixed.test.ts",
  "test/simulation/smallCaseKilledOften.test.ts",
  "test/package/moto.test.ts",
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
