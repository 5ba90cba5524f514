/** Beside smallCase.test.ts, so that both run at the same time. */
import { describeOrders } from "./smallCaseOrders.ts";

describeOrders(2);
describeOrders(3);
