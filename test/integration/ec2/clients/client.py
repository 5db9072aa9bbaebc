"""Drives EC2 by boto3 through a trunk's and a branch's life, and prints what each step saw: one JSON object a line."""

import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

scene = json.loads(os.environ["EC2_SCENE"])
# One try a call: what EC2 refuses is to be seen, not to be tried again.
ec2 = boto3.client("ec2", config=Config(retries={"total_max_attempts": 1}))


def tell(step, saw):
    print(json.dumps({"step": step, "saw": saw}), flush=True)


def refused(step, call, **parameters):
    try:
        call(**parameters)
        tell(step, "not refused")
    except ClientError as error:
        tell(step, f'{error.response["Error"]["Code"]} {error.response["ResponseMetadata"]["HTTPStatusCode"]}')


def described(eni_id):
    return ec2.describe_network_interfaces(NetworkInterfaceIds=[eni_id])["NetworkInterfaces"][0]


def create(**parameters):
    return ec2.create_network_interface(SubnetId=scene["subnetId"], Groups=[scene["groupId"]], **parameters)["NetworkInterface"]


def tags(**values):
    return [{"ResourceType": "network-interface", "Tags": [{"Key": key, "Value": value} for key, value in values.items()]}]


def permit(eni_id):
    answer = ec2.create_network_interface_permission(NetworkInterfaceId=eni_id, AwsAccountId=scene["account"], Permission="INSTANCE-ATTACH")
    return answer["InterfacePermission"]["PermissionState"]["State"]


# A trunk on the instance.
trunk = create(InterfaceType="trunk", Description="aws-k8s-trunk-eni", TagSpecifications=tags(owner="boto3"))
trunk_id = trunk["NetworkInterfaceId"]
tell("create trunk", f'{trunk["InterfaceType"]} {trunk["Status"]} {trunk["TagSet"]}')
ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[trunk_id], WaiterConfig={"Delay": 1, "MaxAttempts": 5})
tell("wait until available", described(trunk_id)["Status"])
refused("attach without permission", ec2.attach_network_interface, NetworkInterfaceId=trunk_id, InstanceId=scene["instanceId"], DeviceIndex=2)
tell("permit", permit(trunk_id))
refused("device index taken", ec2.attach_network_interface, NetworkInterfaceId=trunk_id, InstanceId=scene["instanceId"], DeviceIndex=0)
refused("device index too high", ec2.attach_network_interface, NetworkInterfaceId=trunk_id, InstanceId=scene["instanceId"], DeviceIndex=3)
refused("no such instance", ec2.attach_network_interface, NetworkInterfaceId=trunk_id, InstanceId="i-0123456789abcdef0", DeviceIndex=2)
attachment_id = ec2.attach_network_interface(NetworkInterfaceId=trunk_id, InstanceId=scene["instanceId"], DeviceIndex=2)["AttachmentId"]
ec2.modify_network_interface_attribute(NetworkInterfaceId=trunk_id, Attachment={"AttachmentId": attachment_id, "DeleteOnTermination": True})
attachment = described(trunk_id)["Attachment"]
tell("attach", f'{attachment["Status"]} at {attachment["DeviceIndex"]}, ends with its instance: {attachment["DeleteOnTermination"]}')
refused("attached trunk deleted", ec2.delete_network_interface, NetworkInterfaceId=trunk_id)

# A branch under it.
asked = {"Description": "aws-k8s-branch-eni", "ClientToken": "boto3-branch", "TagSpecifications": tags(owner="boto3", vlan="1")}
branch_id = create(**asked)["NetworkInterfaceId"]
tell("create again by its token", "the same" if create(**asked)["NetworkInterfaceId"] == branch_id else "another")
refused("token with other parameters", create, **{**asked, "Description": "another"})
association = {"TrunkInterfaceId": trunk_id, "BranchInterfaceId": branch_id, "VlanId": 1}
refused("associate without permission", ec2.associate_trunk_interface, **association)
permit(branch_id)
made = ec2.associate_trunk_interface(ClientToken="boto3-association", **association)["InterfaceAssociation"]
tell("associate", f'{made["InterfaceProtocol"]} {made["VlanId"]}')
again = ec2.associate_trunk_interface(ClientToken="boto3-association", **association)["InterfaceAssociation"]
tell("associate again by its token", "the same" if again == made else "another")
branch = described(branch_id)
tell("branch", f'{branch["InterfaceType"]} {branch["Status"]}')
refused("already associated", ec2.associate_trunk_interface, **{**association, "VlanId": 2})
other_id = create()["NetworkInterfaceId"]
permit(other_id)
refused("VLAN id taken", ec2.associate_trunk_interface, **{**association, "BranchInterfaceId": other_id})
refused("GRE key", ec2.associate_trunk_interface, TrunkInterfaceId=trunk_id, BranchInterfaceId=other_id, GreKey=1)
found = ec2.describe_trunk_interface_associations(Filters=[{"Name": "trunk-interface-association.trunk-interface-id", "Values": [trunk_id]}])
tell("associations", [item["VlanId"] for item in found["InterfaceAssociations"]])
instance = ec2.describe_instances(InstanceIds=[scene["instanceId"]])["Reservations"][0]["Instances"][0]
tell("instance", sorted([item["InterfaceType"], item["Attachment"]["DeviceIndex"]] for item in instance["NetworkInterfaces"]))
ec2.get_waiter("instance_running").wait(InstanceIds=[scene["instanceId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 2})
tell("wait until running", instance["State"]["Name"])

# Tags and groups.
ec2.create_tags(Resources=[branch_id], Tags=[{"Key": "vlan", "Value": "2"}, {"Key": "<&>", "Value": "\"é\""}])
ec2.delete_tags(Resources=[branch_id], Tags=[{"Key": "owner"}])
found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [branch_id]}])["Tags"]
tell("tags", sorted([tag["Key"], tag["Value"]] for tag in found))
found = ec2.describe_network_interfaces(Filters=[{"Name": "tag:vlan", "Values": ["?"]}, {"Name": "interface-type", "Values": ["branch"]}])
tell("filter by tag", [item["NetworkInterfaceId"] == branch_id for item in found["NetworkInterfaces"]])
ec2.modify_network_interface_attribute(NetworkInterfaceId=branch_id, Groups=scene["groupIds"][:2])
tell("groups", [group["GroupId"] for group in described(branch_id)["Groups"]] == scene["groupIds"][:2])

# What EC2 refuses.
refused("dry run", ec2.delete_network_interface, NetworkInterfaceId=branch_id, DryRun=True)
refused("no such interface", ec2.describe_network_interfaces, NetworkInterfaceIds=["eni-0123456789abcdef0"])
refused("malformed id", ec2.describe_network_interfaces, NetworkInterfaceIds=["eni-1"])
refused("no such association", ec2.disassociate_trunk_interface, AssociationId="trunk-assoc-0123456789abcdef0")
refused("no such group", ec2.create_network_interface, SubnetId=scene["subnetId"], Groups=["sg-0123456789abcdef0"])
refused("no such subnet", ec2.create_network_interface, SubnetId="subnet-0123456789abcdef0")
refused("too many groups", ec2.create_network_interface, SubnetId=scene["subnetId"], Groups=scene["groupIds"])
refused("subnet full", ec2.create_network_interface, SubnetId=scene["fullSubnetId"])
refused("no CIDR blocks", create, Description="no CIDR blocks")
refused("unknown filter", ec2.describe_network_interfaces, Filters=[{"Name": "colour", "Values": ["red"]}])
refused("pages of ids", ec2.describe_network_interfaces, NetworkInterfaceIds=[trunk_id], MaxResults=5)
ec2.describe_regions()
refused("throttled", ec2.describe_regions)

# 2,500 interfaces, page after page.
pages = list(ec2.get_paginator("describe_network_interfaces").paginate(
    Filters=[{"Name": "tag:made", "Values": ["for paging"]}], PaginationConfig={"PageSize": 1000}))
ids = [item["NetworkInterfaceId"] for page in pages for item in page["NetworkInterfaces"]]
tell("pages", [[len(page["NetworkInterfaces"]) for page in pages], len(set(ids))])

# Release.
ec2.disassociate_trunk_interface(AssociationId=made["AssociationId"])
branch = described(branch_id)
tell("disassociate", f'{branch["InterfaceType"]} {branch["Status"]}')
refused("disassociate again", ec2.disassociate_trunk_interface, AssociationId=made["AssociationId"])
ec2.delete_network_interface(NetworkInterfaceId=branch_id)
ec2.delete_network_interface(NetworkInterfaceId=other_id)
refused("deleted", ec2.describe_network_interfaces, NetworkInterfaceIds=[branch_id])
tell("create again by its token, deleted since", "the same" if create(**asked)["NetworkInterfaceId"] == branch_id else "another")
ec2.detach_network_interface(AttachmentId=attachment_id)
ec2.delete_network_interface(NetworkInterfaceId=trunk_id)
refused("trunk deleted", ec2.describe_network_interfaces, NetworkInterfaceIds=[trunk_id])

# Until the Region is full.
made = []
for _ in range(20):
    try:
        made.append(create()["NetworkInterfaceId"])
    except ClientError as error:
        tell("Region full", error.response["Error"]["Code"])
        break
for eni_id in made:
    ec2.delete_network_interface(NetworkInterfaceId=eni_id)
sys.exit(0)
