using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>
/// What one thread sees, step by step, on each kernel: fault counts of the worked sequences, and for v6.12 the states that a real
/// kernel was seen to be in.
/// </summary>
public sealed class SequentialTests
{
    public static TheoryData<string> Versions => [.. Kernel.Versions.KernelVersions.All.Select(v => v.Name)];

    [Theory]
    [InlineData("v4.12", 2)]
    [InlineData("v4.12+mkwrite-v3", 1)]
    [InlineData("v4.14", 1)]
    [InlineData("v6.12", 1)]
    [InlineData("v6.15", 1)]
    public void A_first_shared_store_takes_this_many_faults(string version, int faults)
    {
        foreach (FilePage page in new[] { Hole, Unwritten, Block7 })
        {
            Assert.Equal(faults, End(version, page, true, Store(1)).Costs.Faults);
        }
    }

    [Theory]
    [InlineData("v4.12", 3)]
    [InlineData("v4.14", 2)]
    [InlineData("v6.15", 2)]
    public void A_load_of_a_hole_and_then_a_store_takes_this_many(string version, int faults) =>
        Assert.Equal(faults, End(version, Hole, true, Load(0), Store(1)).Costs.Faults);

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_private_store_takes_one_fault_and_after_a_load_two(string version)
    {
        Assert.Equal(1, End(version, Block7, false, Store(1)).Costs.Faults);
        Assert.Equal(2, End(version, Block7, false, Load(0), Store(1)).Costs.Faults);
    }

    [Theory]
    [InlineData("v4.12", PfnKind.HolePage, 1)]
    [InlineData("v4.14", PfnKind.Zero, 0)]
    [InlineData("v6.12", PfnKind.Zero, 0)]
    [InlineData("v6.15", PfnKind.Zero, 0)]
    public void A_load_of_a_hole_is_served_by(string version, PfnKind kind, int pageCachePages)
    {
        foreach (FilePage page in new[] { Hole, Unwritten })
        {
            foreach (bool shared in new[] { true, false })
            {
                Programs.End end = End(version, page, shared, Load(0));
                Assert.Equal(kind, end.Pte.Pfn.Kind);
                Assert.False(end.Pte.IsWritable || end.Pte.IsDirty);
                Assert.Equal(pageCachePages, end.Costs.PageCachePages);
                Assert.Equal(0, end.R0);
                Assert.Equal(0, end.Costs.BlocksAllocated);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_store_to_a_zero_mapped_page_brings_the_block_and_takes_the_zero_page_from_other_mappings(string version)
    {
        MapSpec[] twice = [new("A", 0, true, true), new("B", 0, true, true)];
        Programs.End end = RunOnce(Of(Hole, twice, [Load(0), Load(1, map: 1), Store(5)]), version);
        Assert.True(end.Pte is { Pfn.IsBlock: true, IsWritable: true, IsDirty: true });
        Assert.True(end.OtherPte.IsNone);
        Assert.True(end.Entry is { IsReal: true, IsDirty: true, IsLocked: false });
        Assert.Equal(5, end.FileWord);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Write_into_a_hole_takes_the_zero_page_away_and_onto_a_block_leaves_the_PTE(string version)
    {
        Programs.End hole = End(version, Hole, true, Load(0), Write(5));
        Assert.True(hole.Pte.IsNone);
        Assert.True(hole.Entry.IsNone || (version == "v6.1" && hole.Entry is { IsZero: true, IsDirty: true })); // v6.1: a load's entry is DIRTY, hence kept
        Assert.Equal(5, hole.FileWord);
        Assert.True(End(version, Block7, true, Load(0), Write(5)).Pte.IsPresent);
        Assert.Equal(5, End(version, Hole, true, Load(0), Write(5), Load(1)).R1);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_private_store_makes_a_dirty_writable_copy_and_leaves_the_file_alone(string version)
    {
        foreach (FilePage page in new[] { Hole, Unwritten, Block7 })
        {
            int before = page.Backing == PageBacking.Block ? 7 : 0;
            foreach (Instruction[] code in new Instruction[][] { [Store(1)], [Load(0), Store(1)] })
            {
                Programs.End end = End(version, page, false, code);
                Assert.True(end.Pte is { Pfn.IsAnon: true, IsWritable: true, IsDirty: true });
                Assert.Equal(before, end.FileWord);
                Assert.Equal(0, end.Costs.BlocksAllocated);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Dontneed_drops_the_private_copy_and_keeps_shared_data(string version)
    {
        Programs.End priv = End(version, Block7, false, Store(1), DontNeed(), Load(0));
        Assert.Equal(7, priv.R0);
        Assert.True(priv.Pte.Pfn.IsBlock);
        Programs.End shared = End(version, Block7, true, Store(1), DontNeed());
        Assert.True(shared.Pte.IsNone);
        Assert.Equal(1, shared.FileWord);
        Assert.True(shared.Entry.IsDirty);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_private_copy_stays_when_the_file_changes(string version)
    {
        Programs.End end = End(version, Hole, false, Store(1), Write(5), Load(0));
        Assert.Equal(1, end.R0);
        Assert.Equal(5, end.FileWord);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_private_page_of_a_hole_shows_what_a_shared_store_wrote(string version)
    {
        MapSpec[] both = [new("A", 0, true, true), new("B", 0, false, true)];
        Programs.End end = RunOnce(Of(Hole, both, [Load(0, map: 1), Store(5), Load(1, map: 1)]), version);
        Assert.Equal((0, 5), (end.R0, end.R1));
    }

    [Fact]
    public void From_v6_15_a_read_only_PTE_made_writable_by_the_handler_is_dirty_only_once_stored_to()
    {
        Programs.End end = End("v6.15", Block7, true, Load(0), Store(1));
        Assert.True(end.Pte is { IsWritable: true, IsDirty: true });
        Assert.Equal(2, end.Costs.Faults);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Both_filesystems_end_in_the_same_state(string version)
    {
        foreach (FilePage page in new[] { Hole, Unwritten, Block7 })
        {
            foreach (Instruction[] code in new Instruction[][] { [Store(1)], [Load(0), Store(1)], [Load(0), Write(3), Load(1)], [Read(0), Store(2), Read(1)] })
            {
                UserProgram program = Of(page, true, code);
                Programs.End ext4 = RunOnce(program, version), xfs = RunOnce(program, version, FilesystemKind.Xfs);
                Assert.Equal((ext4.Pte, ext4.Entry, ext4.R0, ext4.R1, ext4.FileWord), (xfs.Pte, xfs.Entry, xfs.R0, xfs.R1, xfs.FileWord));
            }
        }
    }

    private static Programs.End End(string version, FilePage page, bool shared, params Instruction[] code) =>
        RunOnce(Of(page, shared, code), version);
}
