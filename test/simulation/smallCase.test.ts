import { describeOrders } from "./smallCaseOrders.ts";

describeOrders(0);
