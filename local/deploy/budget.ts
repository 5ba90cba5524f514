/** The resources of `BUDGET_USD`: a budget of the account, which notifies the team's topic. */
import type { CompiledTemplate } from "./compiledTemplate.ts";
import { tickets } from "./signals.ts";

/** In per cent of the budget. */
const spentAlready = 80;
const forecast = 100;

export function budgetResources(usd: number): CompiledTemplate["Resources"] {
  return {
    Budget: {
      Type: "AWS::Budgets::Budget",
      // A budget is refused whose topic it may not notify.
      DependsOn: "TicketsTopicPolicy",
      Properties: {
        Budget: {
          BudgetName: { "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}` },
          BudgetType: "COST",
          TimeUnit: "MONTHLY",
          BudgetLimit: { Amount: usd, Unit: "USD" },
        },
        NotificationsWithSubscribers: [
          notification("ACTUAL", spentAlready),
          notification("FORECASTED", forecast),
        ],
      },
    },
    // A topic's default policy lets alarms publish. This one replaces it, so it lets them, too.
    TicketsTopicPolicy: {
      Type: "AWS::SNS::TopicPolicy",
      Properties: {
        Topics: [{ Ref: tickets }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"] },
              Action: "sns:Publish",
              Resource: { Ref: tickets },
              Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
            },
          ],
        },
      },
    },
  };
}

function notification(NotificationType: "ACTUAL" | "FORECASTED", Threshold: number) {
  return {
    Notification: {
      NotificationType,
      ComparisonOperator: "GREATER_THAN",
      Threshold,
      ThresholdType: "PERCENTAGE",
    },
    Subscribers: [{ SubscriptionType: "SNS", Address: { Ref: tickets } }],
  };
}
