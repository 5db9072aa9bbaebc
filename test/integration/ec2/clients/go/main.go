// Drives EC2 by the AWS SDK for Go through a trunk's and a branch's life, and prints what each step saw: one JSON object a line.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

type scene struct {
	Account      string   `json:"account"`
	SubnetID     string   `json:"subnetId"`
	FullSubnetID string   `json:"fullSubnetId"`
	GroupID      string   `json:"groupId"`
	GroupIDs     []string `json:"groupIds"`
	InstanceID   string   `json:"instanceId"`
}

var (
	ctx    = context.Background()
	here   scene
	client *ec2.Client
)

func tell(step string, saw any) {
	line, _ := json.Marshal(map[string]any{"step": step, "saw": saw})
	fmt.Println(string(line))
}

func must[T any](answer T, err error) T {
	if err != nil {
		panic(err)
	}
	return answer
}

func refused[T any](step string, _ T, err error) {
	var refusal smithy.APIError
	var response *awshttp.ResponseError
	if errors.As(err, &refusal) && errors.As(err, &response) {
		tell(step, fmt.Sprintf("%s %d", refusal.ErrorCode(), response.HTTPStatusCode()))
		return
	}
	tell(step, fmt.Sprintf("not refused: %v", err))
}

func same(is bool) string {
	if is {
		return "the same"
	}
	return "another"
}

func named(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

func describe(id string) (*ec2.DescribeNetworkInterfacesOutput, error) {
	return client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{id}})
}

func described(id string) types.NetworkInterface {
	return must(describe(id)).NetworkInterfaces[0]
}

func tags(pairs ...string) []types.TagSpecification {
	list := []types.Tag{}
	for at := 0; at < len(pairs); at += 2 {
		list = append(list, types.Tag{Key: aws.String(pairs[at]), Value: aws.String(pairs[at+1])})
	}
	return []types.TagSpecification{{ResourceType: types.ResourceTypeNetworkInterface, Tags: list}}
}

func create(input ec2.CreateNetworkInterfaceInput) (*ec2.CreateNetworkInterfaceOutput, error) {
	input.SubnetId = aws.String(here.SubnetID)
	input.Groups = []string{here.GroupID}
	return client.CreateNetworkInterface(ctx, &input)
}

func inSubnet(subnet string, groups ...string) (*ec2.CreateNetworkInterfaceOutput, error) {
	return client.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: aws.String(subnet), Groups: groups})
}

func permit(id string) string {
	answer := must(client.CreateNetworkInterfacePermission(ctx, &ec2.CreateNetworkInterfacePermissionInput{
		NetworkInterfaceId: aws.String(id), AwsAccountId: aws.String(here.Account), Permission: types.InterfacePermissionTypeInstanceAttach,
	}))
	return string(answer.InterfacePermission.PermissionState.State)
}

func attach(id, instance string, index int32) (*ec2.AttachNetworkInterfaceOutput, error) {
	return client.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: aws.String(id), InstanceId: aws.String(instance), DeviceIndex: aws.Int32(index),
	})
}

func associate(trunk, branch string, vlan int32, token string) (*ec2.AssociateTrunkInterfaceOutput, error) {
	input := ec2.AssociateTrunkInterfaceInput{TrunkInterfaceId: aws.String(trunk), BranchInterfaceId: aws.String(branch), VlanId: aws.Int32(vlan)}
	if token != "" {
		input.ClientToken = aws.String(token)
	}
	return client.AssociateTrunkInterface(ctx, &input)
}

func disassociate(id string) (*ec2.DisassociateTrunkInterfaceOutput, error) {
	return client.DisassociateTrunkInterface(ctx, &ec2.DisassociateTrunkInterfaceInput{AssociationId: aws.String(id)})
}

func remove(id string, dry bool) (*ec2.DeleteNetworkInterfaceOutput, error) {
	return client.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: aws.String(id), DryRun: aws.Bool(dry)})
}

func state(id string) string {
	face := described(id)
	return fmt.Sprintf("%s %s", face.InterfaceType, face.Status)
}

func trunkOnInstance() (trunk, attachment string) {
	made := must(create(ec2.CreateNetworkInterfaceInput{
		InterfaceType: types.NetworkInterfaceCreationTypeTrunk, Description: aws.String("aws-k8s-trunk-eni"), TagSpecifications: tags("owner", "go"),
	})).NetworkInterface
	trunk = *made.NetworkInterfaceId
	tell("create trunk", fmt.Sprintf("%s %s [{'Key': '%s', 'Value': '%s'}]", made.InterfaceType, made.Status, *made.TagSet[0].Key, *made.TagSet[0].Value))
	waiter := ec2.NewNetworkInterfaceAvailableWaiter(client)
	if err := waiter.Wait(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{trunk}}, 20*time.Second); err != nil {
		panic(err)
	}
	tell("wait until available", described(trunk).Status)
	denied, err := attach(trunk, here.InstanceID, 2)
	refused("attach without permission", denied, err)
	tell("permit", permit(trunk))
	taken, err := attach(trunk, here.InstanceID, 0)
	refused("device index taken", taken, err)
	high, err := attach(trunk, here.InstanceID, 3)
	refused("device index too high", high, err)
	nowhere, err := attach(trunk, "i-0123456789abcdef0", 2)
	refused("no such instance", nowhere, err)
	attachment = *must(attach(trunk, here.InstanceID, 2)).AttachmentId
	must(client.ModifyNetworkInterfaceAttribute(ctx, &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: aws.String(trunk),
		Attachment:         &types.NetworkInterfaceAttachmentChanges{AttachmentId: aws.String(attachment), DeleteOnTermination: aws.Bool(true)},
	}))
	its := described(trunk).Attachment
	ends := map[bool]string{true: "True", false: "False"}[*its.DeleteOnTermination]
	tell("attach", fmt.Sprintf("%s at %d, ends with its instance: %s", its.Status, *its.DeviceIndex, ends))
	inUse, err := remove(trunk, false)
	refused("attached trunk deleted", inUse, err)
	return trunk, attachment
}

func branchUnder(trunk string) (branch, other, association string, asked ec2.CreateNetworkInterfaceInput) {
	asked = ec2.CreateNetworkInterfaceInput{
		Description: aws.String("aws-k8s-branch-eni"), ClientToken: aws.String("go-branch"), TagSpecifications: tags("owner", "go", "vlan", "1"),
	}
	branch = *must(create(asked)).NetworkInterface.NetworkInterfaceId
	tell("create again by its token", same(*must(create(asked)).NetworkInterface.NetworkInterfaceId == branch))
	changed := asked
	changed.Description = aws.String("another")
	mismatch, err := create(changed)
	refused("token with other parameters", mismatch, err)
	denied, err := associate(trunk, branch, 1, "")
	refused("associate without permission", denied, err)
	permit(branch)
	made := must(associate(trunk, branch, 1, "go-association")).InterfaceAssociation
	association = *made.AssociationId
	tell("associate", fmt.Sprintf("%s %d", made.InterfaceProtocol, *made.VlanId))
	tell("associate again by its token", same(*must(associate(trunk, branch, 1, "go-association")).InterfaceAssociation.AssociationId == association))
	tell("branch", state(branch))
	twice, err := associate(trunk, branch, 2, "")
	refused("already associated", twice, err)
	other = *must(create(ec2.CreateNetworkInterfaceInput{})).NetworkInterface.NetworkInterfaceId
	permit(other)
	taken, err := associate(trunk, other, 1, "")
	refused("VLAN id taken", taken, err)
	gre, err := client.AssociateTrunkInterface(ctx, &ec2.AssociateTrunkInterfaceInput{
		TrunkInterfaceId: aws.String(trunk), BranchInterfaceId: aws.String(other), GreKey: aws.Int32(1),
	})
	refused("GRE key", gre, err)
	found := must(client.DescribeTrunkInterfaceAssociations(ctx, &ec2.DescribeTrunkInterfaceAssociationsInput{
		Filters: []types.Filter{named("trunk-interface-association.trunk-interface-id", trunk)},
	}))
	vlans := []int32{}
	for _, item := range found.InterfaceAssociations {
		vlans = append(vlans, *item.VlanId)
	}
	tell("associations", vlans)
	return branch, other, association, asked
}

func instance() {
	input := &ec2.DescribeInstancesInput{InstanceIds: []string{here.InstanceID}}
	found := must(client.DescribeInstances(ctx, input)).Reservations[0].Instances[0]
	faces := [][]any{}
	for _, item := range found.NetworkInterfaces {
		faces = append(faces, []any{*item.InterfaceType, *item.Attachment.DeviceIndex})
	}
	sort.Slice(faces, func(a, b int) bool { return faces[a][0].(string) < faces[b][0].(string) })
	tell("instance", faces)
	if err := ec2.NewInstanceRunningWaiter(client).Wait(ctx, input, 20*time.Second); err != nil {
		panic(err)
	}
	tell("wait until running", found.State.Name)
}

func tagsAndGroups(branch string) {
	must(client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{branch}, Tags: []types.Tag{
		{Key: aws.String("vlan"), Value: aws.String("2")}, {Key: aws.String("<&>"), Value: aws.String("\"é\"")},
	}}))
	must(client.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{branch}, Tags: []types.Tag{{Key: aws.String("owner")}}}))
	list := must(client.DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: []types.Filter{named("resource-id", branch)}})).Tags
	pairs := [][]string{}
	for _, tag := range list {
		pairs = append(pairs, []string{*tag.Key, *tag.Value})
	}
	sort.Slice(pairs, func(a, b int) bool { return pairs[a][0] < pairs[b][0] })
	tell("tags", pairs)
	found := must(client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{named("tag:vlan", "?"), named("interface-type", "branch")},
	}))
	hits := []bool{}
	for _, item := range found.NetworkInterfaces {
		hits = append(hits, *item.NetworkInterfaceId == branch)
	}
	tell("filter by tag", hits)
	must(client.ModifyNetworkInterfaceAttribute(ctx, &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: aws.String(branch), Groups: here.GroupIDs[:2],
	}))
	groups := described(branch).Groups
	tell("groups", len(groups) == 2 && *groups[0].GroupId == here.GroupIDs[0] && *groups[1].GroupId == here.GroupIDs[1])
}

func refusals(trunk, branch string) {
	dry, err := remove(branch, true)
	refused("dry run", dry, err)
	missing, err := describe("eni-0123456789abcdef0")
	refused("no such interface", missing, err)
	malformed, err := describe("eni-1")
	refused("malformed id", malformed, err)
	ended, err := disassociate("trunk-assoc-0123456789abcdef0")
	refused("no such association", ended, err)
	group, err := inSubnet(here.SubnetID, "sg-0123456789abcdef0")
	refused("no such group", group, err)
	subnet, err := inSubnet("subnet-0123456789abcdef0")
	refused("no such subnet", subnet, err)
	groups, err := inSubnet(here.SubnetID, here.GroupIDs...)
	refused("too many groups", groups, err)
	full, err := inSubnet(here.FullSubnetID)
	refused("subnet full", full, err)
	blocks, err := create(ec2.CreateNetworkInterfaceInput{Description: aws.String("no CIDR blocks")})
	refused("no CIDR blocks", blocks, err)
	filter, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{named("colour", "red")}})
	refused("unknown filter", filter, err)
	pages, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{trunk}, MaxResults: aws.Int32(5)})
	refused("pages of ids", pages, err)
	must(client.DescribeRegions(ctx, &ec2.DescribeRegionsInput{}))
	throttled, err := client.DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
	refused("throttled", throttled, err)
}

func pages() {
	paginator := ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{named("tag:made", "for paging")}, MaxResults: aws.Int32(1000),
	})
	sizes := []int{}
	ids := map[string]bool{}
	for paginator.HasMorePages() {
		page := must(paginator.NextPage(ctx))
		sizes = append(sizes, len(page.NetworkInterfaces))
		for _, item := range page.NetworkInterfaces {
			ids[*item.NetworkInterfaceId] = true
		}
	}
	tell("pages", []any{sizes, len(ids)})
}

func release(trunk, attachment, branch, other, association string, asked ec2.CreateNetworkInterfaceInput) {
	must(disassociate(association))
	tell("disassociate", state(branch))
	again, err := disassociate(association)
	refused("disassociate again", again, err)
	must(remove(branch, false))
	must(remove(other, false))
	gone, err := describe(branch)
	refused("deleted", gone, err)
	tell("create again by its token, deleted since", same(*must(create(asked)).NetworkInterface.NetworkInterfaceId == branch))
	must(client.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: aws.String(attachment)}))
	must(remove(trunk, false))
	trunkGone, err := describe(trunk)
	refused("trunk deleted", trunkGone, err)
}

func fillRegion() {
	made := []string{}
	for range 20 {
		answer, err := create(ec2.CreateNetworkInterfaceInput{})
		var refusal smithy.APIError
		if errors.As(err, &refusal) {
			tell("Region full", refusal.ErrorCode())
			break
		}
		made = append(made, *must(answer, err).NetworkInterface.NetworkInterfaceId)
	}
	for _, id := range made {
		must(remove(id, false))
	}
}

func main() {
	if err := json.Unmarshal([]byte(os.Getenv("EC2_SCENE")), &here); err != nil {
		panic(err)
	}
	client = ec2.New(ec2.Options{
		Region:       os.Getenv("AWS_REGION"),
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:  credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
		// One try a call: what EC2 refuses is to be seen, not to be tried again.
		Retryer: aws.NopRetryer{},
	})
	trunk, attachment := trunkOnInstance()
	branch, other, association, asked := branchUnder(trunk)
	instance()
	tagsAndGroups(branch)
	refusals(trunk, branch)
	pages()
	release(trunk, attachment, branch, other, association, asked)
	fillRegion()
}
