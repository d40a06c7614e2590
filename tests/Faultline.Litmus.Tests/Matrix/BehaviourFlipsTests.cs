using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Litmus.Tests.Matrix;

/// <summary>Which test notices which change of a behaviour.</summary>
public sealed class BehaviourFlipsTests
{
    private static readonly FilesystemKind[] Ext4 = [FilesystemKind.Ext4];

    [Fact]
    public void A_test_notices_the_change_that_it_is_about()
    {
        BehaviourFlip flip = Flip(Run("generic-344"), "f2c57d91b0d9");
        Assert.True(flip.IsExercised);
        Assert.Equal("v4.20", flip.Version!.Name);
        FlipNotice notice = Assert.Single(flip.Notices);
        Assert.Equal("Never", notice.With.ToString());
        Assert.Equal("Sometimes; warn(insert_pfn)", notice.Without.ToString());
    }

    [Fact]
    public void A_change_that_no_test_asks_for_is_not_exercised()
    {
        BehaviourFlip flip = Flip(Run("generic-437-loop"), "0e40de0338d0");
        Assert.False(flip.IsExercised);
        Assert.Equal(0, flip.Candidates);
        Assert.True(flip.IsComplete);
    }

    [Fact]
    public void A_change_that_is_asked_for_and_makes_no_difference_is_not_exercised()
    {
        BehaviourFlip flip = Flip(Run("first-store"), "b15cd800682f");
        Assert.False(flip.IsExercised);
        Assert.True(flip.Candidates > 0);
    }

    [Fact]
    public void There_is_one_answer_for_each_change()
    {
        IReadOnlyList<BehaviourFlip> flips = Run("generic-344", "generic-437-loop", "stale-read-dontneed");
        Assert.Equal(BehaviourChanges.All, flips.Select(f => f.Change));
        Assert.Equal(
            flips.Select(f => f.IsExercised),
            BehaviourFlips.Run(Files("generic-344", "generic-437-loop", "stale-read-dontneed"), Ext4, Seeds.Quick, 1, stopAtFirst: true).Select(f => f.IsExercised));
    }

    /// <summary>Also a change that a later one replaced before the oldest release.</summary>
    [Fact]
    public void Each_change_can_be_taken_out_of_some_version()
    {
        foreach (BehaviourChange change in BehaviourChanges.All)
        {
            IReadOnlyList<KernelVersion> versions = BehaviourFlips.VersionsWith(change);
            Assert.NotEmpty(versions);
            Assert.All(versions, v => Assert.True(change.IsIn(v), $"{v.Name} {change}"));
            Assert.All(versions, v => Assert.False(change.IsIn(change.TakenOutOf(v)), $"{v.Name} {change}"));
        }
    }

    [Fact]
    public void A_search_that_was_cut_short_proves_nothing()
    {
        var options = new CheckOptions(new SearchLimits(MaxStates: 20), Witnesses: false);
        IReadOnlyList<BehaviourFlip> flips = BehaviourFlips.Run(Files("generic-344"), Ext4, options, 1);
        Assert.All(flips, f => Assert.False(f.IsExercised));
        Assert.False(Flip(flips, "f2c57d91b0d9").IsComplete);
    }

    private static IReadOnlyList<BehaviourFlip> Run(params string[] tests) => BehaviourFlips.Run(Files(tests), Ext4, Seeds.Quick, 2);

    private static List<TestFile> Files(params string[] tests) => [.. tests.Select(Seeds.Named)];

    private static BehaviourFlip Flip(IReadOnlyList<BehaviourFlip> flips, string commit) => flips.Single(f => f.Change.Commit == commit);
}
