/** What the control API answers to those who ask what there is. */
export const manual = `EC2 in memory, over the wire. Any AWS SDK speaks to it; this is what a test commands beside it. Bodies and answers are JSON.

GET    /_branchline/health
GET    /_branchline/snapshot                subnets, instances with their attachments, interfaces with their tags, associations, tokens left by action
GET    /_branchline/calls                   the last calls, what came of them, and what a fault did to them; DELETE forgets them and the counts
GET    /_branchline/counts                  calls by action; refusals by code; what faults did
GET    /_branchline/observations            what EC2 saw and a careful controller does not do
GET    /_branchline/violations              those of them that are never right
GET    /_branchline/settings                POST changes some: {"latency": 50, "latencies": {"DescribeNetworkInterfaces": {"min": 100, "max": 1500}},
                                            "throttle": "off" | "documented" | {"mutating": {"capacity": 50, "refill": 5}, "describing": …, "actions": {"CreateTags": …}},
                                            "describeLag": 2000, "vlanCooldown": 3000, "releaseDelay": 2000, "attachDelay": 1000, "anyGroup": true,
                                            "interfacesPerRegion": 5000, "groupsPerInterface": 5}; times are milliseconds
POST   /_branchline/control/<method>        the rest of the world acts; the body is a JSON array of arguments:
                                            addSubnet [{"cidr": "10.0.0.0/19", "zone": "us-west-2a"}], addSecurityGroup [{"groupId": "sg-0…"}],
                                            removeSecurityGroup ["sg-0…"], launchInstance [{"type": "m5.large", "subnetId": "subnet-0…"}],
                                            terminateInstance ["i-0…"], forgetInstance ["i-0…"], deleteInterfaceByHand ["eni-0…"],
                                            createForeignInterface [{"subnetId": "subnet-0…", "type": "trunk", "attachTo": {"instanceId": "i-0…", "deviceIndex": 2}}],
                                            setFreeAddresses ["subnet-0…", 0] (null gives all back)
POST   /_branchline/faults                  {"action": "AssociateTrunkInterface" | "*", "when": "before" | "after" (the effect),
                                            "answer": {"code": "RequestLimitExceeded"} | "lost" | "hold", "match": {"VlanId": "1"}, "skip": 0, "times": 1,
                                            "probability": 0.5, "delay": 100} answers {"id": "1"}; without "answer" calls are late by "delay" only
GET    /_branchline/faults                  all of them; DELETE removes all, and held calls go on
GET    /_branchline/faults/<id>             how often it struck, and how many calls it holds; DELETE removes it
GET    /_branchline/faults/<id>/wait        answers when it has struck ?count=1 calls, after ?timeout=30000 milliseconds at the latest
POST   /_branchline/faults/<id>/release     ?as=go lets held calls go on, ?as=cut cuts their connections: of "before" without an effect
PUT    /_branchline/policy                  ?principal=<access key or role ARN>, * for all: an IAM policy document that is enforced; DELETE lifts it, GET tells all
PUT    /_branchline/roles                   [{"arn": "arn:aws:iam::111122223333:role/x", "externalId": "y"}]: what STS lets be assumed; null: anything
`
