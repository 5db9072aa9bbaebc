export * as AwsEc2 from "./AwsEc2.js"
