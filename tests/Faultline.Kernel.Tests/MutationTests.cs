using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>Each deliberate defect is found by the check that is there for it, on a program that is clean without it.</summary>
public sealed class MutationTests
{
    private static readonly UserProgram TwoStoresToAHole = Of(Hole, true, [Load(0), Store(1)], [Store(2, word: 1)]);
    private static readonly UserProgram PrivateLoadAgainstStore = Of(Block7, false, [Store(1)], [Load(0)]);
    private static readonly UserProgram LoadAgainstWrite = Of(Hole, true, [Load(0), Load(1)], [Write(1)]);
    private static readonly UserProgram ThreeLoadsOfAHole = Of(Hole, true, [Load(0)], [Load(0)], [Load(0)]);

    [Theory]
    [InlineData("v4.14", Mutation.NoEntryLock, "I3")]
    [InlineData("v6.12", Mutation.NoEntryLock, "I3")]
    [InlineData("v6.12", Mutation.NoInvalidate, "I3")]
    [InlineData("v6.12", Mutation.NoInvalidate, "refinement")]
    public void Against_write(string version, Mutation mutation, string violation) =>
        FoundOnlyWithMutation(LoadAgainstWrite, version, mutation, violation);

    [Theory]
    [InlineData("v4.14", Mutation.WritableZeroPage, "zero-page-writable")]
    [InlineData("v6.12", Mutation.WritableZeroPage, "zero-page-writable")]
    [InlineData("v6.12", Mutation.WritableZeroPage, "refinement")]
    [InlineData("v6.12", Mutation.NoUnmapOfZeroPage, "livelock")]
    [InlineData("v6.12", Mutation.NoWakeOnUnlock, "I8")]
    [InlineData("v4.14", Mutation.NoWakeOnUnlock, "I8")]
    public void Two_stores_to_a_hole(string version, Mutation mutation, string violation) =>
        FoundOnlyWithMutation(TwoStoresToAHole, version, mutation, violation);

    [Theory]
    [InlineData("v4.12", Mutation.OverwritePresentPte, "I5")]
    [InlineData("v4.14", Mutation.OverwritePresentPte, "refinement")]
    [InlineData("v6.12", Mutation.OverwritePresentPte, "I5")]
    [InlineData("v6.12", Mutation.NoPtlInFinishFault, "race(pte A)")]
    public void A_private_load_against_a_store(string version, Mutation mutation, string violation) =>
        FoundOnlyWithMutation(PrivateLoadAgainstStore, version, mutation, violation);

    [Fact]
    public void Without_wake_ups_three_loads_of_a_hole_hang() =>
        FoundOnlyWithMutation(ThreeLoadsOfAHole, "v4.14", Mutation.NoWakeOnUnlock, "I8");

    [Fact]
    public void Every_mutation_is_tested()
    {
        HashSet<object> tested = [.. typeof(MutationTests).GetMethods()
            .SelectMany(m => m.GetCustomAttributes(typeof(InlineDataAttribute), false))
            .Select(a => ((InlineDataAttribute)a).Data[1]!)];
        Assert.Equal(Enum.GetValues<Mutation>().Where(m => m != Mutation.None), tested.Cast<Mutation>().Order());
    }

    private static void FoundOnlyWithMutation(UserProgram program, string version, Mutation mutation, string violation)
    {
        Assert.DoesNotContain(violation, Violations(program, Version(version)));
        Assert.Contains(violation, Violations(program, Version(version) with { Mutation = mutation }));
    }
}
