export {
  type LambdaRecords,
  type SubscriptionData,
  readLambdaEvent,
  readSubscription,
  subscriptionLines,
} from './read-subscription.js';
