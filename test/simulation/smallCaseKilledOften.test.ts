/** Beside smallCase.test.ts, so that both run at the same time. */
import { describeKilledOften } from "./smallCaseOrders.ts";

describeKilledOften();
