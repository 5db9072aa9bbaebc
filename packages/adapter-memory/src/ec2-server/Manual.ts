/** What the control API answers to those who ask what there is. */
export const manual = `EC2 in memory, over the wire. Any AWS SDK speaks to it; this is what a test commands beside it.

GET    /_branchline/health
GET    /_branchline/snapshot                everything there is: subnets, instances, interfaces with their tags, associations
GET    /_branchline/calls                   the last calls, with what came of them; DELETE forgets them and the counts
GET    /_branchline/counts                  calls by action, and refusals by code
GET    /_branchline/observations            what EC2 saw and a careful controller does not do (invariant violations)
GET    /_branchline/settings                POST changes some: {"latency": 50, "latencies": {"DescribeNetworkInterfaces": 1500},
                                            "throttle": "off" | "documented" | {"mutating": {"capacity": 50, "refill": 5}}, "describeLag": 2000, "vlanCooldown": 3000, ...}
POST   /_branchline/control/<method>        the rest of the world acts; the body is a JSON array of arguments:
                                            addSubnet, addSecurityGroup, removeSecurityGroup, launchInstance, terminateInstance, forgetInstance,
                                            deleteInterfaceByHand, createForeignInterface, setFreeAddresses
POST   /_branchline/faults                  {"action": "AssociateTrunkInterface" | "*", "when": "before" | "after",
                                            "answer": {"code": "RequestLimitExceeded"} | "lost" | "hold", "match": {"VlanId": "1"}, "skip": 0, "times": 1,
                                            "probability": 0.5, "delay": 100} answers {"id": "1"}
GET    /_branchline/faults/<id>             how often it struck, and how many calls it holds; DELETE removes it
GET    /_branchline/faults/<id>/wait        until it has struck ?count=1, at most ?timeout=30000 milliseconds
POST   /_branchline/faults/<id>/release     ?as=go lets held calls go on, ?as=cut cuts their connections
PUT    /_branchline/policy                  ?principal=<access key or role ARN>, * for all: an IAM policy document that is enforced; DELETE lifts it
PUT    /_branchline/roles                   [{"arn": "arn:aws:iam::111122223333:role/x", "externalId": "y"}]: what STS lets be assumed; null: anything
`
