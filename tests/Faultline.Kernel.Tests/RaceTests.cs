using Faultline.Engine.Search;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>Known races of the seed family: found on the kernels that had them, absent on those that did not.</summary>
public sealed class RaceTests
{
    private static readonly UserProgram LoadAgainstWrite = Of(Hole, true, [Write(1), Load(0)], [Load(0)]);
    private static readonly UserProgram StoreAgainstWrite = Of(Hole, true, [Load(0), Store(1)], [Write(2, word: 1)]);
    private static readonly UserProgram CopyAgainstDontneed = Of(
        Block7, false, [Load(0), StoreRegister(0)], [DontNeed(), Load(0)]);

    public static TheoryData<string, FilesystemKind> Everywhere
    {
        get
        {
            var all = new TheoryData<string, FilesystemKind>();
            foreach (KernelVersion version in KernelVersions.All)
            {
                all.Add(version.Name, FilesystemKind.Ext4);
                all.Add(version.Name, FilesystemKind.Xfs);
            }

            return all;
        }
    }

    [Theory]
    [InlineData("v4.12", true)]
    [InlineData("v4.14", false)]
    [InlineData("v6.15", false)]
    public void A_fault_that_waits_for_a_hole_page_brings_zeroes_back_only_before_v4_14(string version, bool found) =>
        Assert.Equal(found, Violations(LoadAgainstWrite, Version(version)).Contains("refinement"));

    [Theory]
    [InlineData("v4.12+mkwrite-v3", "I11,refinement,zero-page-writable")]
    [InlineData("v4.12+pfn-ebusy", "")]
    [InlineData("v4.12+pfn-warn", "warn(insert_pfn)")]
    [InlineData("v4.14", "warn(insert_pfn)")]
    [InlineData("v4.20", "")]
    [InlineData("v6.12", "")]
    [InlineData("v6.15", "refinement")]
    public void A_store_to_the_zero_page_against_write_does(string version, string violations)
    {
        foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>())
        {
            Assert.Equal(violations, string.Join(",", Violations(StoreAgainstWrite, Version(version), fs)));
        }
    }

    [Theory]
    [InlineData("v4.12", true)]
    [InlineData("v4.14", true)]
    [InlineData("v4.20", true)]
    [InlineData("v6.12", false)]
    [InlineData("v6.15", false)]
    public void A_copy_whose_source_is_zapped_is_zeroes_before_v5_6(string version, bool found) =>
        Assert.Equal(found, Violations(CopyAgainstDontneed, Version(version)).Contains("I6"));

    [Fact]
    public void Taking_the_retry_out_of_v6_12_brings_the_zeroes_back()
    {
        KernelVersion without = Version("v6.12") with { CowCopyFailure = CowCopyFailure.ZeroFill };
        Assert.Contains("I6", Violations(CopyAgainstDontneed, without));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void The_model_is_deterministic(string version, FilesystemKind fs)
    {
        foreach (UserProgram program in new[] { LoadAgainstWrite, StoreAgainstWrite, CopyAgainstDontneed })
        {
            Assert.True(Search(program, Version(version), fs, twice: true).Complete);
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void No_lock_order_race_or_hang_anywhere(string version, FilesystemKind fs)
    {
        foreach (UserProgram program in new[] { LoadAgainstWrite, StoreAgainstWrite, CopyAgainstDontneed, Of(Hole, true, [Store(1)], [Store(2, word: 1)]) })
        {
            Assert.DoesNotContain(
                Violations(program, Version(version), fs),
                v => v.StartsWith("race", StringComparison.Ordinal) || v.StartsWith("lock", StringComparison.Ordinal)
                    || v is "deadlock" or "I8" or "livelock" || v.StartsWith("sleep", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_reference_allows_both_orders_and_nothing_else()
    {
        Assert.Equal(2, AtomicReference.Explore(Of(Block7, true, [Store(1)], [Load(0)]), SearchLimits.None)!.Count);
        Assert.Equal(2, AtomicReference.Explore(Of(Block7, false, [Store(1)], [Load(0)]), SearchLimits.None)!.Count);
        Assert.Equal(1, AtomicReference.Explore(Of(Block7, true, [Store(1)], [Store(2, word: 1)]), SearchLimits.None)!.Count);
        Assert.Equal(4, AtomicReference.Explore(Of(Block7, true, [WritePage(1)], [Load(0), Load(1, word: 1)]), SearchLimits.None)!.Count);
    }
}
